-- What was written in conversations, and the queue of what buyers wrote and the bot has not processed.

CREATE TABLE market.messages (
    id                  UUID NOT NULL DEFAULT gen_random_uuid(),
    wallapop_message_id VARCHAR(50),
    conversation_id     UUID NOT NULL,
    buyer_id            UUID,
    content             platform.sealed NOT NULL,
    message_type        VARCHAR(20) NOT NULL,
    intent              VARCHAR(50),
    entities            platform.sealed,
    sentiment           FLOAT8,
    is_read             BOOLEAN NOT NULL DEFAULT false,
    is_processed        BOOLEAN NOT NULL DEFAULT false,
    processed_at        TIMESTAMPTZ,
    processing_error    platform.sealed,
    claim_id            UUID,
    claimed_until       TIMESTAMPTZ,
    attempts            INTEGER NOT NULL DEFAULT 0,
    CONSTRAINT messages_pkey PRIMARY KEY (id),
    CONSTRAINT messages_wallapop_message_id_unique UNIQUE (wallapop_message_id),
    CONSTRAINT messages_conversation_fkey FOREIGN KEY (conversation_id)
        REFERENCES market.conversations (id) ON DELETE CASCADE,
    CONSTRAINT messages_buyer_fkey FOREIGN KEY (conversation_id, buyer_id)
        REFERENCES market.conversations (id, buyer_id) ON DELETE CASCADE,
    CONSTRAINT messages_message_type_known CHECK (message_type IN ('user_message', 'bot_message', 'system_message')),
    CONSTRAINT messages_buyer_of_user_message CHECK ((buyer_id IS NOT NULL) = (message_type = 'user_message')),
    CONSTRAINT messages_sentiment_in_range CHECK (sentiment BETWEEN -1 AND 1),
    CONSTRAINT messages_processed_at_when_processed CHECK ((processed_at IS NOT NULL) = is_processed),
    CONSTRAINT messages_claim_has_an_end CHECK (claim_id IS NULL OR claimed_until IS NOT NULL),
    CONSTRAINT messages_attempts_not_negative CHECK (attempts >= 0)
);
COMMENT ON TABLE market.messages IS 'Messages of conversations';
COMMENT ON COLUMN market.messages.wallapop_message_id IS 'The marketplace''s id of the message';
COMMENT ON COLUMN market.messages.conversation_id IS 'Where it was written';
COMMENT ON COLUMN market.messages.buyer_id IS 'The buyer who wrote it; none for messages of the bot and the system';
COMMENT ON COLUMN market.messages.content IS 'What was written; sealed';
COMMENT ON COLUMN market.messages.message_type IS 'user_message, bot_message or system_message';
COMMENT ON COLUMN market.messages.intent IS 'What the bot thinks is meant';
COMMENT ON COLUMN market.messages.entities IS 'Names, numbers and places that the bot found in it, a JSON object; sealed';
COMMENT ON COLUMN market.messages.sentiment IS 'How friendly it is, from -1 to 1';
COMMENT ON COLUMN market.messages.is_read IS 'Whether a buyer''s message was read';
COMMENT ON COLUMN market.messages.is_processed IS 'Whether the bot is done with a buyer''s message';
COMMENT ON COLUMN market.messages.processed_at IS 'Since when';
COMMENT ON COLUMN market.messages.processing_error IS 'Why processing last failed; sealed';
COMMENT ON COLUMN market.messages.claim_id IS 'The claim of the worker that has it';
COMMENT ON COLUMN market.messages.claimed_until IS 'Until when the claim holds; without one, until when the message is held back';
COMMENT ON COLUMN market.messages.attempts IS 'How often it was handed out and not released';
SELECT platform.make_table('market.messages', enums => '{message_type}');
SELECT platform.secure_programs('market.messages');
CREATE INDEX idx_message_conversation_created ON market.messages (conversation_id, created_at, id);
CREATE INDEX messages_buyer ON market.messages (buyer_id, conversation_id);
CREATE INDEX messages_created_at ON market.messages (created_at, id);
CREATE INDEX messages_system_created_at ON market.messages (created_at, id) WHERE message_type = 'system_message';
-- The queue. A finished message stands in neither, so that they stay as small as the work that is left.
CREATE INDEX messages_queue ON market.messages (created_at, id)
    WHERE message_type = 'user_message' AND NOT is_processed;
CREATE INDEX messages_queue_of_conversation ON market.messages (conversation_id, created_at, id)
    WHERE message_type = 'user_message' AND NOT is_processed;

-- Whether an older message of the conversation waits, as of this moment: `requeue` may have brought one back since the calling
-- statement began. VOLATILE, because only then does the query see what was committed meanwhile.
CREATE FUNCTION market.older_waits(conversation UUID, moment TIMESTAMPTZ, message UUID, max_attempts INTEGER) RETURNS BOOLEAN
    LANGUAGE sql VOLATILE SET search_path = pg_catalog AS $$
    SELECT EXISTS (SELECT FROM market.messages o
                    WHERE o.conversation_id = conversation AND o.message_type = 'user_message' AND NOT o.is_processed
                      AND (o.created_at, o.id) < (moment, message) AND o.attempts < max_attempts)
$$;
COMMENT ON FUNCTION market.older_waits(UUID, TIMESTAMPTZ, UUID, INTEGER)
    IS 'Whether an older message of a buyer waits in the conversation, as of this moment';
