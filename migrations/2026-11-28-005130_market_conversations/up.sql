-- One conversation for each buyer and product that is active; earlier ones of the same pair stay.

CREATE TABLE market.conversations (
    id               UUID NOT NULL DEFAULT gen_random_uuid(),
    wallapop_chat_id VARCHAR(50) NOT NULL,
    product_id       UUID NOT NULL,
    buyer_id         UUID NOT NULL,
    status           VARCHAR(20) NOT NULL DEFAULT 'active',
    closed_reason    VARCHAR(20),
    last_message_at  TIMESTAMPTZ,
    message_count    INTEGER NOT NULL DEFAULT 0,
    negotiated_price NUMERIC(10, 2),
    meeting_location platform.sealed,
    meeting_time     TIMESTAMPTZ,
    intent_detected  VARCHAR(50),
    sentiment_score  FLOAT8,
    bot_confidence   FLOAT8,
    completed_at     TIMESTAMPTZ,
    archived_at      TIMESTAMPTZ,
    CONSTRAINT conversations_pkey PRIMARY KEY (id),
    CONSTRAINT conversations_wallapop_chat_id_unique UNIQUE (wallapop_chat_id),
    CONSTRAINT conversations_id_buyer_unique UNIQUE (id, buyer_id),
    CONSTRAINT conversations_product_fkey FOREIGN KEY (product_id) REFERENCES market.products (id) ON DELETE CASCADE,
    CONSTRAINT conversations_buyer_fkey FOREIGN KEY (buyer_id) REFERENCES market.buyers (id) ON DELETE CASCADE,
    CONSTRAINT conversations_status_known CHECK (status IN ('active', 'completed', 'cancelled', 'blocked')),
    CONSTRAINT conversations_closed_reason_known CHECK (closed_reason IN ('sold_to_other', 'anonymised')),
    CONSTRAINT conversations_closed_reason_of_cancelled CHECK (closed_reason IS NULL OR status = 'cancelled'),
    CONSTRAINT conversations_messages_not_negative CHECK (message_count >= 0),
    CONSTRAINT conversations_price_not_negative CHECK (negotiated_price >= 0 AND negotiated_price < 'Infinity'),
    CONSTRAINT conversations_sentiment_in_range CHECK (sentiment_score BETWEEN -1 AND 1),
    CONSTRAINT conversations_confidence_in_range CHECK (bot_confidence BETWEEN 0 AND 1),
    CONSTRAINT conversations_completed_at_while_completed CHECK ((completed_at IS NOT NULL) = (status = 'completed'))
);
COMMENT ON TABLE market.conversations IS 'Conversations of the bot with a buyer about a product';
COMMENT ON COLUMN market.conversations.wallapop_chat_id IS 'The marketplace''s id of the chat';
COMMENT ON COLUMN market.conversations.product_id IS 'What it is about';
COMMENT ON COLUMN market.conversations.buyer_id IS 'Who asks';
COMMENT ON COLUMN market.conversations.status IS 'active, completed, cancelled or blocked';
COMMENT ON COLUMN market.conversations.closed_reason IS 'Why a cancellation counts against nobody: sold_to_other or anonymised';
COMMENT ON COLUMN market.conversations.last_message_at IS 'When the newest message was stored';
COMMENT ON COLUMN market.conversations.message_count IS 'How many messages it has';
COMMENT ON COLUMN market.conversations.negotiated_price IS 'Price that was agreed on, in the product''s currency';
COMMENT ON COLUMN market.conversations.meeting_location IS 'Where the product changes hands; sealed';
COMMENT ON COLUMN market.conversations.meeting_time IS 'When it does';
COMMENT ON COLUMN market.conversations.intent_detected IS 'What the bot thinks the buyer wants';
COMMENT ON COLUMN market.conversations.sentiment_score IS 'How friendly the buyer is, from -1 to 1';
COMMENT ON COLUMN market.conversations.bot_confidence IS 'How sure the bot is, from 0 to 1';
COMMENT ON COLUMN market.conversations.completed_at IS 'When it ended in a sale';
COMMENT ON COLUMN market.conversations.archived_at IS 'When maintenance took it out of the usual lists';
SELECT platform.make_table('market.conversations', versioned => true, enums => '{status,closed_reason}',
                           ignored => '{message_count,last_message_at}');
SELECT platform.secure_programs('market.conversations');
CREATE UNIQUE INDEX conversations_one_active ON market.conversations (product_id, buyer_id) WHERE status = 'active';
CREATE INDEX conversations_product_updated ON market.conversations (product_id, updated_at, id);
CREATE INDEX conversations_buyer_updated ON market.conversations (buyer_id, updated_at, id);
CREATE INDEX idx_conversation_status_updated ON market.conversations (status, updated_at, id);
CREATE INDEX conversations_updated ON market.conversations (updated_at, id);
CREATE INDEX conversations_current_updated ON market.conversations (updated_at, id) WHERE archived_at IS NULL;
CREATE INDEX conversations_created_at ON market.conversations (created_at, id);
CREATE INDEX conversations_completed_at ON market.conversations (completed_at) WHERE completed_at IS NOT NULL;
