DROP VIEW whatsapp.accounts;
DROP TABLE whatsapp.users;
DROP FUNCTION platform.audit_whatsapp_users();
DROP SCHEMA whatsapp;
