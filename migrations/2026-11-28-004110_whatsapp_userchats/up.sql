-- Conversations. A chat holds its messages as one array, so that keeping a message is one statement; a chat that is full is
-- closed and continued by another.

CREATE TABLE whatsapp.userchats (
    chat_id           VARCHAR(16) NOT NULL DEFAULT right(replace(gen_random_uuid()::text, '-', ''), 16),
    customer_id       UUID NOT NULL,
    is_active         BOOLEAN NOT NULL DEFAULT true,
    messages          JSONB NOT NULL DEFAULT '[]',
    message_count     INTEGER NOT NULL GENERATED ALWAYS AS (jsonb_array_length(messages)) STORED,
    continues_chat_id VARCHAR(16),
    waiting_since     TIMESTAMPTZ,
    last_inbound_at   TIMESTAMPTZ,
    claim_id          UUID,
    claimed_until     TIMESTAMPTZ,
    import_digest     BYTEA,
    CONSTRAINT userchats_pkey PRIMARY KEY (chat_id),
    CONSTRAINT userchats_customer_fkey FOREIGN KEY (customer_id) REFERENCES whatsapp.users (user_id) ON DELETE CASCADE,
    CONSTRAINT userchats_continues_unique UNIQUE (continues_chat_id),
    CONSTRAINT userchats_import_unique UNIQUE (customer_id, import_digest),
    CONSTRAINT userchats_chat_id_well_formed CHECK (chat_id ~ '^[0-9a-f]{16}$'),
    CONSTRAINT userchats_messages_array CHECK (jsonb_typeof(messages) = 'array'),
    CONSTRAINT userchats_claim_complete CHECK ((claim_id IS NULL) = (claimed_until IS NULL)),
    CONSTRAINT userchats_import_digest_length CHECK (octet_length(import_digest) = 32)
);
-- Compressing would be undone and done again by every message.
ALTER TABLE whatsapp.userchats ALTER COLUMN messages SET STORAGE EXTERNAL;
COMMENT ON TABLE whatsapp.userchats IS 'Conversations with the bot';
COMMENT ON COLUMN whatsapp.userchats.chat_id IS 'Primary key: 16 hexadecimal digits';
COMMENT ON COLUMN whatsapp.userchats.customer_id IS 'The person who writes';
COMMENT ON COLUMN whatsapp.userchats.is_active IS 'Whether messages are still added; a person has at most one such chat';
COMMENT ON COLUMN whatsapp.userchats.messages IS 'An array, oldest first: role, content and timestamp; for messages with media or a place also media, message_sid, location. Content and location are sealed for the customer';
COMMENT ON COLUMN whatsapp.userchats.message_count IS 'How many messages there are';
COMMENT ON COLUMN whatsapp.userchats.continues_chat_id IS 'The chat that was full and continues here; it may have been purged';
COMMENT ON COLUMN whatsapp.userchats.waiting_since IS 'When the first message came that has no answer yet';
COMMENT ON COLUMN whatsapp.userchats.last_inbound_at IS 'When the person last wrote: for 24 hours after it WhatsApp lets free text go out';
COMMENT ON COLUMN whatsapp.userchats.claim_id IS 'Which agent is answering';
COMMENT ON COLUMN whatsapp.userchats.claimed_until IS 'Until when that agent alone may answer';
COMMENT ON COLUMN whatsapp.userchats.import_digest IS 'Of a chat that was imported: a keyed digest of the file and of the chat''s place in it';
SELECT platform.make_table('whatsapp.userchats', ignored => '{messages}');
SELECT platform.secure_table('whatsapp.userchats', 'customer_id', may => 'SELECT, UPDATE');
REVOKE SELECT ON whatsapp.userchats FROM strongroom_reader;
GRANT SELECT (chat_id, customer_id, is_active, messages, message_count, continues_chat_id, waiting_since, last_inbound_at,
              claim_id, claimed_until, created_at, updated_at) ON whatsapp.userchats TO strongroom_reader;
CREATE UNIQUE INDEX userchats_active_unique ON whatsapp.userchats (customer_id) WHERE is_active;
CREATE INDEX idx_userchats_customer_id ON whatsapp.userchats (customer_id, created_at, chat_id);
CREATE INDEX idx_userchats_is_active ON whatsapp.userchats (created_at) WHERE is_active;
CREATE INDEX idx_userchats_created_at ON whatsapp.userchats (created_at DESC);
CREATE INDEX userchats_waiting ON whatsapp.userchats (waiting_since, chat_id) WHERE is_active AND waiting_since IS NOT NULL;
