DROP TABLE export.users;
DROP FUNCTION platform.audit_export_users();
DROP SCHEMA export;
