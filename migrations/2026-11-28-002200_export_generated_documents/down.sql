DROP TABLE export.generated_documents;
DROP FUNCTION platform.audit_export_generated_documents();
