DROP TABLE export.reports;
DROP FUNCTION platform.audit_export_reports();
