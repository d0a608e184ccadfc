DROP TABLE export.chat_messages;
DROP FUNCTION platform.audit_export_chat_messages();
