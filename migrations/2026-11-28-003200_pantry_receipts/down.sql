DROP TABLE pantry.receipts;
DROP FUNCTION platform.audit_pantry_receipts();
