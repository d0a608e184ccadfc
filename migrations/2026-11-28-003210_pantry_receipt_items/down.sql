DROP TABLE pantry.receipt_items;
DROP FUNCTION platform.audit_pantry_receipt_items();
