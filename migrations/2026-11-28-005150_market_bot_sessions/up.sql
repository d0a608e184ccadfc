-- Sessions of the bot, and what it has done in them today.

CREATE TABLE market.bot_sessions (
    id                         UUID NOT NULL DEFAULT gen_random_uuid(),
    session_id                 VARCHAR(100) NOT NULL,
    active_conversations_count INTEGER NOT NULL DEFAULT 0,
    messages_sent_today        INTEGER NOT NULL DEFAULT 0,
    counted_on                 DATE,
    last_activity_at           TIMESTAMPTZ,
    expires_at                 TIMESTAMPTZ,
    is_rate_limited            BOOLEAN NOT NULL DEFAULT false,
    rate_limit_expires_at      TIMESTAMPTZ,
    CONSTRAINT bot_sessions_pkey PRIMARY KEY (id),
    CONSTRAINT bot_sessions_session_id_unique UNIQUE (session_id),
    CONSTRAINT bot_sessions_conversations_not_negative CHECK (active_conversations_count >= 0),
    CONSTRAINT bot_sessions_messages_not_negative CHECK (messages_sent_today >= 0),
    CONSTRAINT bot_sessions_limited_until CHECK (NOT is_rate_limited OR rate_limit_expires_at IS NOT NULL)
);
COMMENT ON TABLE market.bot_sessions IS 'Sessions of the bot';
COMMENT ON COLUMN market.bot_sessions.session_id IS 'The bot''s name of the session';
COMMENT ON COLUMN market.bot_sessions.active_conversations_count IS 'Conversations that the bot has open';
COMMENT ON COLUMN market.bot_sessions.messages_sent_today IS 'Messages sent on the day counted_on';
COMMENT ON COLUMN market.bot_sessions.counted_on IS 'The day, in the bot''s time zone, that messages_sent_today counts';
COMMENT ON COLUMN market.bot_sessions.last_activity_at IS 'When the bot last told of something';
COMMENT ON COLUMN market.bot_sessions.expires_at IS 'From then on a session of this name starts again';
COMMENT ON COLUMN market.bot_sessions.is_rate_limited IS 'Whether the marketplace limits the bot, until rate_limit_expires_at';
COMMENT ON COLUMN market.bot_sessions.rate_limit_expires_at IS 'When that ends';
SELECT platform.make_table('market.bot_sessions');
SELECT platform.secure_programs('market.bot_sessions');
CREATE INDEX bot_sessions_last_activity_at ON market.bot_sessions (last_activity_at);
CREATE INDEX bot_sessions_created_at ON market.bot_sessions (created_at, id);
