DROP TABLE export.user_metrics;
DROP FUNCTION platform.audit_export_user_metrics();
