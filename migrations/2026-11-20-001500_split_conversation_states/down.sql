DROP TABLE split.conversation_states;
DROP FUNCTION platform.audit_split_conversation_states();
