ALTER TABLE platform.api_keys DROP CONSTRAINT api_keys_scopes_well_formed,
    ADD CONSTRAINT api_keys_scopes_known CHECK (cardinality(scopes) > 0 AND scopes <@ ARRAY[
        'split:read', 'split:write', 'split:admin', 'platform:admin']);
COMMENT ON COLUMN platform.api_keys.scopes IS 'What the key may do, as split:read, split:write, split:admin, platform:admin';

DROP FUNCTION platform.has_end_users(REGCLASS, NAME);
CREATE FUNCTION platform.has_end_users(target REGCLASS) RETURNS VOID
    LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    EXECUTE format('CREATE TRIGGER forget_end_user AFTER DELETE ON %s
                    FOR EACH ROW EXECUTE FUNCTION platform.forget_end_user()', target);
    EXECUTE format('CREATE TRIGGER end_sessions AFTER UPDATE OF deleted_at ON %s
                    FOR EACH ROW WHEN (OLD.deleted_at IS NULL AND NEW.deleted_at IS NOT NULL)
                    EXECUTE FUNCTION platform.end_sessions()', target);
END $$;
COMMENT ON FUNCTION platform.has_end_users(REGCLASS) IS
    'Ties sessions and credentials to a system''s table of users; each system whose users have tokens calls it once';
REVOKE ALL ON FUNCTION platform.has_end_users(REGCLASS) FROM PUBLIC;

CREATE OR REPLACE FUNCTION platform.end_sessions() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    UPDATE platform.sessions SET revoked_at = now()
     WHERE system = TG_TABLE_SCHEMA AND user_id = NEW.id AND revoked_at IS NULL;
    RETURN NULL;
END $$;
COMMENT ON FUNCTION platform.end_sessions() IS 'Revokes the sessions of a user who is deleted, and may be restored';

CREATE OR REPLACE FUNCTION platform.forget_end_user() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    DELETE FROM platform.sessions WHERE system = TG_TABLE_SCHEMA AND user_id = OLD.id;
    DELETE FROM platform.credentials WHERE system = TG_TABLE_SCHEMA AND user_id = OLD.id;
    RETURN NULL;
END $$;

DROP FUNCTION platform.secure_shared(REGCLASS, NAME, TEXT);
DROP FUNCTION platform.secure_catalogue(REGCLASS);
DROP FUNCTION platform.secure_table(REGCLASS, NAME, REGCLASS, TEXT);
DROP FUNCTION platform.owner_condition(REGCLASS, NAME, REGCLASS);
DROP FUNCTION platform.secure_programs(REGCLASS);
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

DROP FUNCTION platform.make_table(REGCLASS, BOOLEAN, BOOLEAN, TEXT[], TEXT[], BOOLEAN);
