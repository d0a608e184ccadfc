DROP TRIGGER raise_bill_version ON split.contacts;
DROP FUNCTION split.raise_bill_version_for_contact();
DROP TABLE split.bill_participants;
DROP FUNCTION split.raise_bill_version();
DROP FUNCTION platform.audit_split_bill_participants();
