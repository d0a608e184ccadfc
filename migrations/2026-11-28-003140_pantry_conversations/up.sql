-- Conversations of households with the assistant.

CREATE TABLE pantry.conversations (
    id         UUID NOT NULL DEFAULT gen_random_uuid(),
    user_id    UUID NOT NULL,
    session_id VARCHAR(100) NOT NULL,
    title      VARCHAR(255),
    metadata   JSONB NOT NULL DEFAULT '{}',
    CONSTRAINT conversations_pkey PRIMARY KEY (id),
    -- For foreign keys that name the user as well.
    CONSTRAINT conversations_user_unique UNIQUE (id, user_id),
    CONSTRAINT conversations_user_fkey FOREIGN KEY (user_id) REFERENCES pantry.users (id) ON DELETE CASCADE,
    CONSTRAINT conversations_metadata_object CHECK (jsonb_typeof(metadata) = 'object')
);
COMMENT ON TABLE pantry.conversations IS 'Conversations with the assistant';
COMMENT ON COLUMN pantry.conversations.user_id IS 'Whose conversation this is';
COMMENT ON COLUMN pantry.conversations.session_id IS 'What the agent calls it, unique among the user''s living conversations';
COMMENT ON COLUMN pantry.conversations.title IS 'Title';
COMMENT ON COLUMN pantry.conversations.metadata IS 'Whatever the agent keeps with it, as an object';
SELECT platform.make_table('pantry.conversations', versioned => true, soft_delete => true);
SELECT platform.secure_table('pantry.conversations', 'user_id', may => 'SELECT, INSERT, UPDATE');
CREATE UNIQUE INDEX conversations_session_unique ON pantry.conversations (user_id, session_id) WHERE deleted_at IS NULL;
CREATE INDEX idx_conversations_user_id ON pantry.conversations (user_id, updated_at, id);
CREATE INDEX idx_conversations_session_id ON pantry.conversations (session_id);
