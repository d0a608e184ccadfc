-- What became of messages that were sent, as Twilio's status callbacks tell. The audit log leaves it out: there are several
-- callbacks for each message.

CREATE TABLE whatsapp.message_deliveries (
    message_sid VARCHAR(64) NOT NULL,
    customer_id UUID NOT NULL,
    status      VARCHAR(20) NOT NULL,
    error_code  INTEGER,
    CONSTRAINT message_deliveries_pkey PRIMARY KEY (message_sid),
    CONSTRAINT message_deliveries_customer_fkey FOREIGN KEY (customer_id) REFERENCES whatsapp.users (user_id) ON DELETE CASCADE,
    CONSTRAINT message_deliveries_message_sid_well_formed CHECK (message_sid ~ '^[A-Za-z0-9]+$'),
    CONSTRAINT message_deliveries_status_known CHECK (status IN (
        'accepted', 'scheduled', 'queued', 'sending', 'sent', 'undelivered', 'failed', 'canceled', 'delivered',
        'partially_delivered', 'read')),
    CONSTRAINT message_deliveries_error_code_positive CHECK (error_code > 0)
);
COMMENT ON TABLE whatsapp.message_deliveries IS 'What became of messages that were sent';
COMMENT ON COLUMN whatsapp.message_deliveries.message_sid IS 'Primary key: what Twilio calls the message';
COMMENT ON COLUMN whatsapp.message_deliveries.customer_id IS 'To whom it was sent';
COMMENT ON COLUMN whatsapp.message_deliveries.status IS 'How far it has come, of Twilio''s eleven; it never goes back';
COMMENT ON COLUMN whatsapp.message_deliveries.error_code IS 'Twilio''s number of what went wrong';
SELECT platform.make_table('whatsapp.message_deliveries', audited => false);
SELECT platform.secure_table('whatsapp.message_deliveries', 'customer_id', may => 'SELECT');
CREATE INDEX message_deliveries_customer ON whatsapp.message_deliveries (customer_id, created_at);
CREATE INDEX message_deliveries_status ON whatsapp.message_deliveries (status, created_at, message_sid);
CREATE INDEX message_deliveries_created_at ON whatsapp.message_deliveries (created_at, message_sid);
