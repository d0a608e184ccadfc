-- What the tables of every system have in common, given to a table by one call, so that its migration states only what
-- is special about it.

-- Columns, triggers, audit log, grants and comments. `audited` is false for a table whose changes the audit log leaves
-- out; `enums` and `ignored` are as for platform.audit_table. Comments that are there already stay.
CREATE FUNCTION platform.make_table(
    target      REGCLASS,
    versioned   BOOLEAN DEFAULT false,
    soft_delete BOOLEAN DEFAULT false,
    enums       TEXT[]  DEFAULT '{}',
    ignored     TEXT[]  DEFAULT '{}',
    audited     BOOLEAN DEFAULT true
) RETURNS VOID LANGUAGE plpgsql SET search_path = pg_catalog AS $function$
DECLARE
    table_name NAME;
    uncommented RECORD;
BEGIN
    SELECT relname INTO STRICT table_name FROM pg_class WHERE oid = target;
    IF versioned THEN
        EXECUTE format('ALTER TABLE %s ADD COLUMN row_version BIGINT NOT NULL DEFAULT 1,
                        ADD CONSTRAINT %I CHECK (row_version > 0)', target, table_name || '_row_version_positive');
    END IF;
    EXECUTE format('ALTER TABLE %s ADD COLUMN created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
                    ADD COLUMN updated_at TIMESTAMPTZ NOT NULL DEFAULT now()', target);
    IF soft_delete THEN
        EXECUTE format('ALTER TABLE %s ADD COLUMN deleted_at TIMESTAMPTZ, ADD COLUMN deletion_id UUID,
                        ADD CONSTRAINT %I CHECK ((deleted_at IS NULL) = (deletion_id IS NULL))',
                       target, table_name || '_deletion_complete');
        EXECUTE format('CREATE INDEX %I ON %s (deleted_at) WHERE deleted_at IS NOT NULL', table_name || '_deleted_at', target);
        EXECUTE format('CREATE INDEX %I ON %s (deletion_id) WHERE deletion_id IS NOT NULL', table_name || '_deletion_id', target);
    END IF;
    FOR uncommented IN
        SELECT a.attname AS name,
               CASE
                   WHEN a.attname = 'id' THEN 'Primary key'
                   WHEN a.attname = 'row_version' THEN 'Raised by every change: the ETag'
                   WHEN a.attname = 'created_at' THEN 'When the row was made'
                   WHEN a.attname = 'updated_at' THEN 'When the row last changed'
                   WHEN a.attname = 'deleted_at' THEN 'When the row was deleted; it can be restored until it is purged'
                   WHEN a.attname = 'deletion_id' THEN 'Names the deletion that took this row along: restoring brings back just those'
                   WHEN a.attname LIKE '%\_bidx' THEN 'Blind index of ' || left(a.attname, -5)
               END AS text
          FROM pg_attribute a
         WHERE a.attrelid = target AND a.attnum > 0 AND NOT a.attisdropped AND col_description(target, a.attnum) IS NULL
    LOOP
        CONTINUE WHEN uncommented.text IS NULL;
        EXECUTE format('COMMENT ON COLUMN %s.%I IS %L', target, uncommented.name, uncommented.text);
    END LOOP;
    EXECUTE format('CREATE TRIGGER touch BEFORE UPDATE ON %s FOR EACH ROW EXECUTE FUNCTION platform.%I()',
                   target, CASE WHEN versioned THEN 'touch_version' ELSE 'touch' END);
    IF audited THEN
        PERFORM platform.audit_table(target, enums, ignored);
    END IF;
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO strongroom_app', target);
    EXECUTE format('GRANT SELECT ON %s TO strongroom_reader', target);
END $function$;
COMMENT ON FUNCTION platform.make_table(REGCLASS, BOOLEAN, BOOLEAN, TEXT[], TEXT[], BOOLEAN) IS
    'Gives a new table what all have: times, version, deletion, triggers, audit log, grants, comments';
REVOKE ALL ON FUNCTION platform.make_table(REGCLASS, BOOLEAN, BOOLEAN, TEXT[], TEXT[], BOOLEAN) FROM PUBLIC;

-- Row security, in four forms. Each is named in the table list of the program, and a guard compares the two. `may` is what
-- end users may do to the rows they reach, such as 'SELECT, INSERT'.

-- For programs: end users reach no row. The other forms build on it.
CREATE FUNCTION platform.secure_programs(target REGCLASS) RETURNS VOID
    LANGUAGE plpgsql SET search_path = pg_catalog AS $function$
BEGIN
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', target);
    EXECUTE format('CREATE POLICY service ON %s TO strongroom_app USING (true) WITH CHECK (true)', target);
    EXECUTE format('CREATE POLICY reader ON %s FOR SELECT TO strongroom_reader USING (true)', target);
END $function$;
COMMENT ON FUNCTION platform.secure_programs(REGCLASS) IS 'Puts a table behind row security that end users have no part in';
REVOKE ALL ON FUNCTION platform.secure_programs(REGCLASS) FROM PUBLIC;

-- The condition under which the row of `target` is the end user's: the value of `owner_column` is that user, where it is a
-- UUID; the actor as the audit log names it, where it is text; the key of a row of `parent` that the same user sees, where
-- there is a parent. The user stands in a SELECT of its own, so that it is looked up once for a statement and not for each
-- row.
CREATE FUNCTION platform.owner_condition(target REGCLASS, owner_column NAME, parent REGCLASS) RETURNS TEXT
    LANGUAGE plpgsql SET search_path = pg_catalog AS $function$
DECLARE
    system     TEXT;
    owner_type REGTYPE;
    parent_key NAME;
    condition  TEXT;
BEGIN
    SELECT n.nspname, a.atttypid INTO STRICT system, owner_type
      FROM pg_class c
      JOIN pg_namespace n ON n.oid = c.relnamespace
      JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = owner_column AND NOT a.attisdropped
     WHERE c.oid = target;
    SELECT a.attname INTO parent_key
      FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
     WHERE i.indrelid = parent AND i.indisprimary;
    condition := CASE
        WHEN parent IS NOT NULL THEN format('EXISTS (SELECT FROM %s parent WHERE parent.%I = %s.%I)', parent, parent_key, target, owner_column)
        WHEN owner_type = 'uuid'::regtype THEN format('%I = (SELECT platform.end_user(%L))', owner_column, system)
        WHEN owner_type = 'text'::regtype THEN format($$%I = (SELECT 'user:' || nullif(current_setting('strongroom.end_user', true), ''))$$, owner_column)
    END;
    IF condition IS NULL THEN
        RAISE EXCEPTION '%.% names no owner: it is neither a UUID nor text', target, owner_column;
    END IF;
    RETURN condition;
END $function$;
COMMENT ON FUNCTION platform.owner_condition(REGCLASS, NAME, REGCLASS) IS 'The condition under which a row is the end user''s';
REVOKE ALL ON FUNCTION platform.owner_condition(REGCLASS, NAME, REGCLASS) FROM PUBLIC;

-- Owned by a user, who reaches just those rows.
DROP FUNCTION platform.secure_table(REGCLASS, NAME, REGCLASS);
CREATE FUNCTION platform.secure_table(target REGCLASS, owner_column NAME, parent REGCLASS DEFAULT NULL, may TEXT DEFAULT NULL)
    RETURNS VOID LANGUAGE plpgsql SET search_path = pg_catalog AS $function$
BEGIN
    PERFORM platform.secure_programs(target);
    EXECUTE format('CREATE POLICY end_user ON %s TO strongroom_user USING (%s) WITH CHECK (%2$s)',
                   target, platform.owner_condition(target, owner_column, parent));
    IF may IS NOT NULL THEN
        EXECUTE format('GRANT %s ON %s TO strongroom_user', may, target);
    END IF;
END $function$;
COMMENT ON FUNCTION platform.secure_table(REGCLASS, NAME, REGCLASS, TEXT) IS
    'Puts a table behind row security: end users reach only rows that are theirs';
REVOKE ALL ON FUNCTION platform.secure_table(REGCLASS, NAME, REGCLASS, TEXT) FROM PUBLIC;

-- A catalogue: every end user reads all of it, and programs write.
CREATE FUNCTION platform.secure_catalogue(target REGCLASS) RETURNS VOID
    LANGUAGE plpgsql SET search_path = pg_catalog AS $function$
BEGIN
    PERFORM platform.secure_programs(target);
    EXECUTE format('CREATE POLICY end_user ON %s FOR SELECT TO strongroom_user USING (true)', target);
    EXECUTE format('GRANT SELECT ON %s TO strongroom_user', target);
END $function$;
COMMENT ON FUNCTION platform.secure_catalogue(REGCLASS) IS
    'Puts a table behind row security that all end users read and only programs write';
REVOKE ALL ON FUNCTION platform.secure_catalogue(REGCLASS) FROM PUBLIC;

-- A catalogue with rows of a user's own: end users read rows without an owner and their own, and write their own. One
-- policy for both would let a user delete from the catalogue.
CREATE FUNCTION platform.secure_shared(target REGCLASS, owner_column NAME, may TEXT) RETURNS VOID
    LANGUAGE plpgsql SET search_path = pg_catalog AS $function$
DECLARE
    condition TEXT := platform.owner_condition(target, owner_column, NULL);
BEGIN
    PERFORM platform.secure_programs(target);
    EXECUTE format('CREATE POLICY end_user ON %s TO strongroom_user USING (%s) WITH CHECK (%2$s)', target, condition);
    EXECUTE format('CREATE POLICY catalogue ON %s FOR SELECT TO strongroom_user USING (%I IS NULL)', target, owner_column);
    EXECUTE format('GRANT %s ON %s TO strongroom_user', may, target);
END $function$;
COMMENT ON FUNCTION platform.secure_shared(REGCLASS, NAME, TEXT) IS
    'Puts a table behind row security: end users read rows that have no owner, and reach rows that are theirs';
REVOKE ALL ON FUNCTION platform.secure_shared(REGCLASS, NAME, TEXT) FROM PUBLIC;

-- Users of a system may have another key than `id`, and an account can be switched off by `is_active`.

CREATE OR REPLACE FUNCTION platform.forget_end_user() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    gone UUID := to_jsonb(OLD) ->> coalesce(TG_ARGV[0], 'id');
BEGIN
    DELETE FROM platform.sessions WHERE system = TG_TABLE_SCHEMA AND user_id = gone;
    DELETE FROM platform.credentials WHERE system = TG_TABLE_SCHEMA AND user_id = gone;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION platform.end_sessions() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    who UUID := to_jsonb(NEW) ->> coalesce(TG_ARGV[0], 'id');
BEGIN
    UPDATE platform.sessions SET revoked_at = now()
     WHERE system = TG_TABLE_SCHEMA AND user_id = who AND revoked_at IS NULL;
    RETURN NULL;
END $$;
COMMENT ON FUNCTION platform.end_sessions() IS 'Revokes the sessions of a user who is deleted or switched off';

DROP FUNCTION platform.has_end_users(REGCLASS);
CREATE FUNCTION platform.has_end_users(target REGCLASS, key NAME DEFAULT 'id') RETURNS VOID
    LANGUAGE plpgsql SET search_path = pg_catalog AS $function$
BEGIN
    EXECUTE format('CREATE TRIGGER forget_end_user AFTER DELETE ON %s
                    FOR EACH ROW EXECUTE FUNCTION platform.forget_end_user(%L)', target, key);
    EXECUTE format('CREATE TRIGGER end_sessions AFTER UPDATE OF deleted_at ON %s
                    FOR EACH ROW WHEN (OLD.deleted_at IS NULL AND NEW.deleted_at IS NOT NULL)
                    EXECUTE FUNCTION platform.end_sessions(%L)', target, key);
    IF EXISTS (SELECT FROM pg_attribute WHERE attrelid = target AND attname = 'is_active' AND NOT attisdropped) THEN
        EXECUTE format('CREATE TRIGGER end_sessions_of_inactive AFTER UPDATE OF is_active ON %s
                        FOR EACH ROW WHEN (OLD.is_active AND NOT NEW.is_active)
                        EXECUTE FUNCTION platform.end_sessions(%L)', target, key);
    END IF;
END $function$;
COMMENT ON FUNCTION platform.has_end_users(REGCLASS, NAME) IS
    'Ties sessions and credentials to a system''s table of users; each system whose users have tokens calls it once';
REVOKE ALL ON FUNCTION platform.has_end_users(REGCLASS, NAME) FROM PUBLIC;

-- A new system brings scopes of its own.
ALTER TABLE platform.api_keys DROP CONSTRAINT api_keys_scopes_known,
    ADD CONSTRAINT api_keys_scopes_well_formed
        CHECK (array_to_string(scopes, ' ', '') ~ '^[a-z]+:(read|write|admin)( [a-z]+:(read|write|admin))*$');
COMMENT ON COLUMN platform.api_keys.scopes IS 'What the key may do: a system and read, write or admin, as in split:write';
