-- What was delivered once already, so that a repeated delivery changes nothing. The audit log leaves it out: it records
-- what a message causes.

CREATE TABLE whatsapp.inbound_messages (
    message_sid       VARCHAR(64) NOT NULL,
    customer_id       UUID NOT NULL,
    chat_id           VARCHAR(16),
    outcome           VARCHAR(20) NOT NULL,
    idempotency_token VARCHAR(64),
    CONSTRAINT inbound_messages_pkey PRIMARY KEY (message_sid),
    CONSTRAINT inbound_messages_customer_fkey FOREIGN KEY (customer_id) REFERENCES whatsapp.users (user_id) ON DELETE CASCADE,
    CONSTRAINT inbound_messages_message_sid_well_formed CHECK (message_sid ~ '^[A-Za-z0-9]+$'),
    CONSTRAINT inbound_messages_chat_id_well_formed CHECK (chat_id ~ '^[0-9a-f]{16}$'),
    CONSTRAINT inbound_messages_outcome_known CHECK (outcome IN ('kept', 'command', 'ignored')),
    CONSTRAINT inbound_messages_kept_somewhere CHECK ((outcome = 'kept') = (chat_id IS NOT NULL))
);
COMMENT ON TABLE whatsapp.inbound_messages IS 'Messages that were delivered to the bot';
COMMENT ON COLUMN whatsapp.inbound_messages.message_sid IS 'Primary key: what Twilio calls the message';
COMMENT ON COLUMN whatsapp.inbound_messages.customer_id IS 'Who wrote it';
COMMENT ON COLUMN whatsapp.inbound_messages.chat_id IS 'The chat in which it was kept, if it was; the chat may have been purged';
COMMENT ON COLUMN whatsapp.inbound_messages.outcome IS 'kept, command or ignored: what a repeated delivery is answered by';
COMMENT ON COLUMN whatsapp.inbound_messages.idempotency_token IS 'Header I-Twilio-Idempotency-Token of the first delivery, for tracing';
SELECT platform.make_table('whatsapp.inbound_messages', audited => false);
SELECT platform.secure_programs('whatsapp.inbound_messages');
CREATE INDEX inbound_messages_customer ON whatsapp.inbound_messages (customer_id);
CREATE INDEX inbound_messages_created_at ON whatsapp.inbound_messages (created_at);
