DROP TABLE platform.credentials;
DROP FUNCTION platform.audit_platform_credentials();
