DROP TABLE export.chat_sessions;
DROP FUNCTION platform.audit_export_chat_sessions();
