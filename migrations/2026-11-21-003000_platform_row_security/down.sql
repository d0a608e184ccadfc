COMMENT ON COLUMN platform.audit_log.actor IS 'Who: api_key:<id>, user:<id>, operator:<name>, system, or login:<role> for hand-written SQL';
DROP FUNCTION platform.secure_table(REGCLASS, NAME, REGCLASS);
DROP FUNCTION platform.end_user(TEXT);
