DROP TABLE export.certification_progress;
DROP FUNCTION platform.audit_export_certification_progress();
