DROP TABLE split.contacts;
DROP FUNCTION platform.audit_split_contacts();
