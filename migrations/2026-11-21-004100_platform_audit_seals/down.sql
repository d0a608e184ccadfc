DROP FUNCTION platform.last_audit_id();
DROP TABLE platform.audit_seals;
