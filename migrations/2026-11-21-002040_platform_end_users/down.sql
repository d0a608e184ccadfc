DROP TRIGGER end_sessions ON split.users;
DROP TRIGGER forget_end_user ON split.users;
DROP FUNCTION platform.has_end_users(REGCLASS);
DROP FUNCTION platform.end_sessions();
DROP FUNCTION platform.forget_end_user();
