DROP TABLE pantry.messages;
DROP FUNCTION platform.audit_pantry_messages();
