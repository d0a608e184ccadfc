DROP TABLE whatsapp.inbound_messages;
