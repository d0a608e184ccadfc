DROP TABLE split.payment_requests;
DROP FUNCTION platform.audit_split_payment_requests();
