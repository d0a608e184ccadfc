DROP TABLE pantry.conversations;
DROP FUNCTION platform.audit_pantry_conversations();
