DROP TABLE platform.sessions;
DROP FUNCTION platform.audit_platform_sessions();
