-- The database as a second fence: what belongs to a user, an end user's request reaches only for that user, whatever its
-- statement says. `docs/row-security.md` tells the whole story.
--
-- FORCE is left out on purpose. The owner of a table bypasses row security without it, and has to: triggers that run as
-- the owner, migrations that change rows, and pg_dump, which would refuse. The service never is the owner.

CREATE FUNCTION platform.end_user(system TEXT) RETURNS UUID
    LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog AS $$
    SELECT CASE WHEN split_part(who, ':', 1) = system THEN split_part(who, ':', 2)::uuid END
      FROM current_setting('strongroom.end_user', true) AS who
$$;
COMMENT ON FUNCTION platform.end_user(TEXT) IS
    'The end user of this transaction, if it is one of this system; none sees nothing';

-- Puts a table behind row security. The service and the reader see every row. An end user sees
--   rows whose `owner_column` is that user, where it is a UUID;
--   rows whose `owner_column` is the actor as the audit log names it, where it is text;
--   rows whose `owner_column` is the key of a row of `parent` that the same user sees, where there is a parent.
-- What the end user may do with those rows, grants to strongroom_user say.
CREATE FUNCTION platform.secure_table(target REGCLASS, owner_column NAME, parent REGCLASS DEFAULT NULL) RETURNS VOID
    LANGUAGE plpgsql SET search_path = pg_catalog AS $function$
DECLARE
    system     TEXT;
    owner_type REGTYPE;
    condition  TEXT;
BEGIN
    SELECT n.nspname, a.atttypid INTO STRICT system, owner_type
      FROM pg_class c
      JOIN pg_namespace n ON n.oid = c.relnamespace
      JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = owner_column AND NOT a.attisdropped
     WHERE c.oid = target;
    -- The user stands in a SELECT of its own, so that it is looked up once for a statement and not for each row.
    condition := CASE
        WHEN parent IS NOT NULL THEN format('EXISTS (SELECT FROM %s parent WHERE parent.id = %s.%I)', parent, target, owner_column)
        WHEN owner_type = 'uuid'::regtype THEN format('%I = (SELECT platform.end_user(%L))', owner_column, system)
        WHEN owner_type = 'text'::regtype THEN format($$%I = (SELECT 'user:' || nullif(current_setting('strongroom.end_user', true), ''))$$, owner_column)
    END;
    IF condition IS NULL THEN
        RAISE EXCEPTION '%.% names no owner: it is neither a UUID nor text', target, owner_column;
    END IF;
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', target);
    EXECUTE format('CREATE POLICY service ON %s TO strongroom_app USING (true) WITH CHECK (true)', target);
    EXECUTE format('CREATE POLICY reader ON %s FOR SELECT TO strongroom_reader USING (true)', target);
    EXECUTE format('CREATE POLICY end_user ON %s TO strongroom_user USING (%s) WITH CHECK (%2$s)', target, condition);
END $function$;
COMMENT ON FUNCTION platform.secure_table(REGCLASS, NAME, REGCLASS) IS
    'Puts a table behind row security: end users reach only rows that are theirs';
REVOKE ALL ON FUNCTION platform.secure_table(REGCLASS, NAME, REGCLASS) FROM PUBLIC;

COMMENT ON COLUMN platform.audit_log.actor IS
    'Who: api_key:<id>, user:<system>:<id>, operator:<name>, system, or login:<role> for hand-written SQL';
