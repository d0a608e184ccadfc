DROP TABLE whatsapp.message_deliveries;
