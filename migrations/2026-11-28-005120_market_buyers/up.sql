-- People who write to the bot.

CREATE TABLE market.buyers (
    id                      UUID NOT NULL DEFAULT gen_random_uuid(),
    wallapop_user_id        VARCHAR(50) NOT NULL,
    username                platform.sealed NOT NULL,
    username_bidx           platform.blind_index NOT NULL,
    display_name            platform.sealed,
    phone                   platform.sealed,
    phone_bidx              platform.blind_index,
    email                   platform.sealed,
    email_bidx              platform.blind_index,
    is_verified             BOOLEAN NOT NULL DEFAULT false,
    is_blocked              BOOLEAN NOT NULL DEFAULT false,
    trust_score             FLOAT8 NOT NULL DEFAULT 0.5,
    total_conversations     INTEGER NOT NULL DEFAULT 0,
    completed_purchases     INTEGER NOT NULL DEFAULT 0,
    cancelled_conversations INTEGER NOT NULL DEFAULT 0,
    profile_data            platform.sealed,
    last_active_at          TIMESTAMPTZ,
    anonymised_at           TIMESTAMPTZ,
    CONSTRAINT buyers_pkey PRIMARY KEY (id),
    CONSTRAINT buyers_phone_indexed CHECK ((phone IS NULL) = (phone_bidx IS NULL)),
    CONSTRAINT buyers_email_indexed CHECK ((email IS NULL) = (email_bidx IS NULL)),
    CONSTRAINT buyers_trust_score_is_a_share CHECK (trust_score BETWEEN 0 AND 1),
    CONSTRAINT buyers_total_not_negative CHECK (total_conversations >= 0),
    CONSTRAINT buyers_completed_not_negative CHECK (completed_purchases >= 0),
    CONSTRAINT buyers_cancelled_not_negative CHECK (cancelled_conversations >= 0)
);
COMMENT ON TABLE market.buyers IS 'People who ask about goods, and what is known of them';
COMMENT ON COLUMN market.buyers.wallapop_user_id IS 'The marketplace''s id of the person';
COMMENT ON COLUMN market.buyers.username IS 'User name on the marketplace; sealed';
COMMENT ON COLUMN market.buyers.display_name IS 'Name that the marketplace shows; sealed';
COMMENT ON COLUMN market.buyers.phone IS 'Phone number; sealed';
COMMENT ON COLUMN market.buyers.email IS 'E-mail address; sealed';
COMMENT ON COLUMN market.buyers.is_verified IS 'Whether the marketplace has verified the person';
COMMENT ON COLUMN market.buyers.is_blocked IS 'Whether the bot does not talk to the person any more';
COMMENT ON COLUMN market.buyers.trust_score IS 'From 0 to 1; computed by maintenance';
COMMENT ON COLUMN market.buyers.total_conversations IS 'Conversations that were begun';
COMMENT ON COLUMN market.buyers.completed_purchases IS 'Conversations that ended in a sale';
COMMENT ON COLUMN market.buyers.cancelled_conversations IS 'Conversations that were cancelled, except for reasons that count against nobody';
COMMENT ON COLUMN market.buyers.profile_data IS 'What else the marketplace tells, a JSON object; sealed';
COMMENT ON COLUMN market.buyers.last_active_at IS 'When the bot last told of the person';
COMMENT ON COLUMN market.buyers.anonymised_at IS 'When everything that identifies the person was overwritten';
SELECT platform.make_table('market.buyers', versioned => true, soft_delete => true);
SELECT platform.secure_programs('market.buyers');
CREATE UNIQUE INDEX buyers_wallapop_user_id_unique ON market.buyers (wallapop_user_id) WHERE deleted_at IS NULL;
CREATE INDEX buyers_username ON market.buyers (username_bidx);
CREATE INDEX buyers_phone ON market.buyers (phone_bidx) WHERE phone_bidx IS NOT NULL;
CREATE INDEX buyers_email ON market.buyers (email_bidx) WHERE email_bidx IS NOT NULL;
CREATE INDEX buyers_created_at ON market.buyers (created_at, id);
CREATE INDEX buyers_blocked_created_at ON market.buyers (created_at, id) WHERE is_blocked;
CREATE INDEX buyers_blocked_active ON market.buyers (is_blocked, last_active_at);
