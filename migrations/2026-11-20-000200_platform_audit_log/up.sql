-- Who changed what, when, by which request. Written by triggers, so that hand-written SQL is recorded too.
-- Values of text, JSON and sealed columns never stand here: only their names.

CREATE TABLE platform.audit_log (
    id              BIGINT GENERATED ALWAYS AS IDENTITY,
    created_at      TIMESTAMPTZ NOT NULL DEFAULT now(),
    actor           TEXT NOT NULL,
    request_id      TEXT,
    action          TEXT NOT NULL,
    table_name      TEXT NOT NULL,
    row_id          TEXT NOT NULL,
    changed_columns TEXT[],
    old_values      JSONB,
    new_values      JSONB,
    CONSTRAINT audit_log_pkey PRIMARY KEY (id, created_at),
    CONSTRAINT audit_log_action_known CHECK (action IN ('insert', 'update', 'delete', 'query'))
) PARTITION BY RANGE (created_at);
CREATE INDEX audit_log_row ON platform.audit_log (table_name, row_id, created_at);
CREATE INDEX audit_log_created_at ON platform.audit_log (created_at);

COMMENT ON TABLE platform.audit_log IS 'Every change of every table of the table list; partitioned by month';
COMMENT ON COLUMN platform.audit_log.id IS 'Order of writing';
COMMENT ON COLUMN platform.audit_log.created_at IS 'Start of the transaction that changed the row';
COMMENT ON COLUMN platform.audit_log.actor IS 'Who: api_key:<id>, user:<id>, operator:<name>, system, or login:<role> for hand-written SQL';
COMMENT ON COLUMN platform.audit_log.request_id IS 'X-Request-Id of the HTTP request, where there was one';
COMMENT ON COLUMN platform.audit_log.action IS 'insert, update, delete, or query for a statement that an operator read with';
COMMENT ON COLUMN platform.audit_log.table_name IS 'Schema and table of the changed row; the schema alone for a query';
COMMENT ON COLUMN platform.audit_log.row_id IS 'Primary key of the changed row; SHA-256 of the text of a query, which may itself name people';
COMMENT ON COLUMN platform.audit_log.changed_columns IS 'Names of the columns an update changed';
COMMENT ON COLUMN platform.audit_log.old_values IS 'Enums, numbers, booleans, times and ids before the change';
COMMENT ON COLUMN platform.audit_log.new_values IS 'Enums, numbers, booleans, times and ids after the change';

-- A write never fails for want of a partition.
CREATE TABLE platform.audit_log_default PARTITION OF platform.audit_log DEFAULT;

CREATE FUNCTION platform.ensure_audit_partitions(months_ahead INTEGER) RETURNS INTEGER
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    month TIMESTAMP := date_trunc('month', now() AT TIME ZONE 'UTC');
    made  INTEGER := 0;
    first TIMESTAMPTZ;
    next  TIMESTAMPTZ;
    name  TEXT;
BEGIN
    -- Two callers at once: the second waits and finds nothing left to make.
    PERFORM pg_advisory_xact_lock(hashtext('platform.ensure_audit_partitions'));
    FOR ahead IN 0..least(months_ahead, 24) LOOP
        first := (month + make_interval(months => ahead)) AT TIME ZONE 'UTC';
        next := (month + make_interval(months => ahead + 1)) AT TIME ZONE 'UTC';
        name := 'audit_log_' || to_char(month + make_interval(months => ahead), 'YYYY_MM');
        CONTINUE WHEN to_regclass('platform.' || name) IS NOT NULL;
        -- Rows of this month that wait in the default partition move along: it may not keep what belongs elsewhere.
        EXECUTE format('CREATE TABLE platform.%I (LIKE platform.audit_log INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', name);
        EXECUTE format('WITH moved AS (DELETE FROM platform.audit_log_default
                                        WHERE created_at >= %L AND created_at < %L RETURNING *)
                        INSERT INTO platform.%I SELECT * FROM moved', first, next, name);
        EXECUTE format('ALTER TABLE platform.audit_log ATTACH PARTITION platform.%I FOR VALUES FROM (%L) TO (%L)',
                       name, first, next);
        made := made + 1;
    END LOOP;
    RETURN made;
END $$;
COMMENT ON FUNCTION platform.ensure_audit_partitions(INTEGER) IS
    'Makes the partitions of this month and of so many months ahead; answers how many were missing';
REVOKE ALL ON FUNCTION platform.ensure_audit_partitions(INTEGER) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION platform.ensure_audit_partitions(INTEGER) TO strongroom_app;
SELECT platform.ensure_audit_partitions(3);

CREATE FUNCTION platform.current_actor() RETURNS TEXT
    LANGUAGE sql STABLE SET search_path = pg_catalog AS $$
    SELECT coalesce(nullif(current_setting('strongroom.actor', true), ''), 'login:' || session_user)
$$;
COMMENT ON FUNCTION platform.current_actor() IS 'Whom the audit log names for this transaction';

CREATE FUNCTION platform.record_query(system TEXT, statement TEXT) RETURNS VOID
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
    INSERT INTO platform.audit_log (actor, action, table_name, row_id)
    VALUES (platform.current_actor(), 'query', system, encode(sha256(convert_to(statement, 'UTF8')), 'hex'))
$$;
COMMENT ON FUNCTION platform.record_query(TEXT, TEXT) IS 'Records that an operator is about to read with a statement';
REVOKE ALL ON FUNCTION platform.record_query(TEXT, TEXT) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION platform.record_query(TEXT, TEXT) TO strongroom_app;

-- Writes one trigger function with static SQL for the given table, and its three triggers.
-- `enums` are text columns that hold closed sets, whose values may stand in the log; `ignored` columns are not worth
-- a row of their own.
CREATE FUNCTION platform.audit_table(target REGCLASS, enums TEXT[] DEFAULT '{}', ignored TEXT[] DEFAULT '{}')
    RETURNS VOID LANGUAGE plpgsql SET search_path = pg_catalog AS $outer$
DECLARE
    schema_name  TEXT;
    bare_name    TEXT;
    function_name TEXT;
    key_column   TEXT;
    inserted     TEXT;
    deleted      TEXT;
    changed      TEXT;
    before_value TEXT;
    after_value  TEXT;
BEGIN
    SELECT n.nspname, c.relname INTO STRICT schema_name, bare_name
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = target;
    function_name := 'audit_' || schema_name || '_' || bare_name;

    SELECT a.attname INTO STRICT key_column
      FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
     WHERE i.indrelid = target AND i.indisprimary;

    SELECT string_agg(format('%L, n.%I', name, name), ', ' ORDER BY position) FILTER (WHERE recorded),
           string_agg(format('%L, o.%I', name, name), ', ' ORDER BY position) FILTER (WHERE recorded),
           string_agg(format('CASE WHEN o.%I IS DISTINCT FROM n.%I THEN %L END', name, name, name), ', ' ORDER BY position)
               FILTER (WHERE watched),
           string_agg(format('%L, CASE WHEN o.%I IS DISTINCT FROM n.%I THEN o.%I END', name, name, name, name), ', ' ORDER BY position)
               FILTER (WHERE recorded AND watched),
           string_agg(format('%L, CASE WHEN o.%I IS DISTINCT FROM n.%I THEN n.%I END', name, name, name, name), ', ' ORDER BY position)
               FILTER (WHERE recorded AND watched)
      INTO inserted, deleted, changed, before_value, after_value
      FROM (SELECT a.attname AS name, a.attnum AS position,
                   a.attname <> key_column AND a.attname NOT IN ('created_at', 'updated_at', 'row_version')
                       AND (a.atttypid::regtype::text = ANY ('{uuid,numeric,smallint,integer,bigint,double precision,real,boolean,date,timestamp with time zone}')
                            OR a.attname = ANY (enums)) AS recorded,
                   a.attname NOT IN ('updated_at', 'row_version') AND a.attname NOT LIKE '%\_bidx'
                       AND NOT a.attname = ANY (ignored) AS watched
              FROM pg_attribute a
             WHERE a.attrelid = target AND a.attnum > 0 AND NOT a.attisdropped) columns;

    EXECUTE format($function$
        CREATE OR REPLACE FUNCTION platform.%1$I() RETURNS trigger
            LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $body$
        DECLARE
            who     TEXT := platform.current_actor();
            request TEXT := nullif(current_setting('strongroom.request_id', true), '');
        BEGIN
            IF TG_OP = 'INSERT' THEN
                INSERT INTO platform.audit_log (actor, request_id, action, table_name, row_id, new_values)
                SELECT who, request, 'insert', %2$L, n.%3$I, jsonb_strip_nulls(jsonb_build_object(%4$s))
                  FROM new_rows n;
            ELSIF TG_OP = 'DELETE' THEN
                INSERT INTO platform.audit_log (actor, request_id, action, table_name, row_id, old_values)
                SELECT who, request, 'delete', %2$L, o.%3$I, jsonb_strip_nulls(jsonb_build_object(%5$s))
                  FROM old_rows o;
            ELSE
                INSERT INTO platform.audit_log (actor, request_id, action, table_name, row_id, changed_columns, old_values, new_values)
                SELECT who, request, 'update', %2$L, id, changed, before_values, after_values
                  FROM (SELECT n.%3$I AS id, array_remove(ARRAY[%6$s], NULL) AS changed,
                               jsonb_strip_nulls(jsonb_build_object(%7$s)) AS before_values,
                               jsonb_strip_nulls(jsonb_build_object(%8$s)) AS after_values
                          FROM old_rows o JOIN new_rows n USING (%3$I)) updates
                 WHERE cardinality(changed) > 0;
            END IF;
            RETURN NULL;
        END $body$ $function$,
        function_name, schema_name || '.' || bare_name, key_column, inserted, deleted, changed, before_value, after_value);
    EXECUTE format('COMMENT ON FUNCTION platform.%I() IS %L', function_name,
                   'Writes the audit log for ' || schema_name || '.' || bare_name || '; made by platform.audit_table');
    EXECUTE format('REVOKE ALL ON FUNCTION platform.%I() FROM PUBLIC', function_name);

    EXECUTE format('CREATE OR REPLACE TRIGGER audit_insert AFTER INSERT ON %s REFERENCING NEW TABLE AS new_rows
                    FOR EACH STATEMENT EXECUTE FUNCTION platform.%I()', target, function_name);
    EXECUTE format('CREATE OR REPLACE TRIGGER audit_update AFTER UPDATE ON %s REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
                    FOR EACH STATEMENT EXECUTE FUNCTION platform.%I()', target, function_name);
    EXECUTE format('CREATE OR REPLACE TRIGGER audit_delete AFTER DELETE ON %s REFERENCING OLD TABLE AS old_rows
                    FOR EACH STATEMENT EXECUTE FUNCTION platform.%I()', target, function_name);
END $outer$;
COMMENT ON FUNCTION platform.audit_table(REGCLASS, TEXT[], TEXT[]) IS
    'Attaches the audit log to a table; call it again after adding a column';
REVOKE ALL ON FUNCTION platform.audit_table(REGCLASS, TEXT[], TEXT[]) FROM PUBLIC;

GRANT SELECT ON platform.audit_log TO strongroom_app, strongroom_reader;
