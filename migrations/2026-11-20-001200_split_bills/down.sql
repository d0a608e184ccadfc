DROP TABLE split.bills;
DROP FUNCTION platform.audit_split_bills();
