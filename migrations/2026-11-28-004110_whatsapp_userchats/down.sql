DROP TABLE whatsapp.userchats;
DROP FUNCTION platform.audit_whatsapp_userchats();
