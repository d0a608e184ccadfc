DROP TABLE platform.encryption_keys;
DROP FUNCTION platform.audit_platform_encryption_keys();
