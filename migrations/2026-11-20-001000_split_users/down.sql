DROP TABLE split.users;
DROP FUNCTION platform.audit_split_users();
DROP SCHEMA split;
