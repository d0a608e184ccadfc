DROP TABLE platform.api_keys;
DROP FUNCTION platform.audit_platform_api_keys();
