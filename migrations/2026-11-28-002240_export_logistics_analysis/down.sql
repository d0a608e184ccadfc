DROP TABLE export.logistics_analysis;
DROP FUNCTION platform.audit_export_logistics_analysis();
