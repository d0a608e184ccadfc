DROP TABLE export.finance_analysis;
DROP FUNCTION platform.audit_export_finance_analysis();
