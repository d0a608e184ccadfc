DROP TABLE platform.password_history;
DROP FUNCTION platform.audit_platform_password_history();
