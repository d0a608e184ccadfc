-- A user who goes takes sessions and passwords along, whoever deletes the row: erasure, cleanup, or hand-written SQL.
-- `platform` knows no system's tables, so it is the system's table that tells.

CREATE FUNCTION platform.forget_end_user() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    DELETE FROM platform.sessions WHERE system = TG_TABLE_SCHEMA AND user_id = OLD.id;
    DELETE FROM platform.credentials WHERE system = TG_TABLE_SCHEMA AND user_id = OLD.id;
    RETURN NULL;
END $$;
COMMENT ON FUNCTION platform.forget_end_user() IS 'Removes the sessions and credentials of a user whose row is gone';
REVOKE ALL ON FUNCTION platform.forget_end_user() FROM PUBLIC;

CREATE FUNCTION platform.end_sessions() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    UPDATE platform.sessions SET revoked_at = now()
     WHERE system = TG_TABLE_SCHEMA AND user_id = NEW.id AND revoked_at IS NULL;
    RETURN NULL;
END $$;
COMMENT ON FUNCTION platform.end_sessions() IS 'Revokes the sessions of a user who is deleted, and may be restored';
REVOKE ALL ON FUNCTION platform.end_sessions() FROM PUBLIC;

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

SELECT platform.has_end_users('split.users');
