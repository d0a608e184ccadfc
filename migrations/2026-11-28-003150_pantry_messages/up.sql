-- What households and the assistant say to each other.

CREATE TABLE pantry.messages (
    id              UUID NOT NULL DEFAULT gen_random_uuid(),
    conversation_id UUID NOT NULL,
    role            VARCHAR(20) NOT NULL,
    content         platform.sealed NOT NULL,
    words           BIGINT[] NOT NULL DEFAULT '{}',
    agent_used      VARCHAR(50),
    confidence      FLOAT8,
    metadata        JSONB NOT NULL DEFAULT '{}',
    CONSTRAINT messages_pkey PRIMARY KEY (id),
    CONSTRAINT messages_conversation_fkey FOREIGN KEY (conversation_id) REFERENCES pantry.conversations (id) ON DELETE CASCADE,
    CONSTRAINT messages_role_known CHECK (role IN ('user', 'assistant')),
    CONSTRAINT messages_confidence_is_a_share CHECK (confidence >= 0 AND confidence <= 1),
    CONSTRAINT messages_metadata_object CHECK (jsonb_typeof(metadata) = 'object')
);
COMMENT ON TABLE pantry.messages IS 'Messages of conversations';
COMMENT ON COLUMN pantry.messages.conversation_id IS 'The conversation';
COMMENT ON COLUMN pantry.messages.role IS 'Who wrote it: user or assistant';
COMMENT ON COLUMN pantry.messages.content IS 'The text; sealed';
COMMENT ON COLUMN pantry.messages.words IS 'Word index of the text: of each different word a keyed digest, of 64 bits, of the user and the word';
COMMENT ON COLUMN pantry.messages.agent_used IS 'The agent that answered';
COMMENT ON COLUMN pantry.messages.confidence IS 'How sure that agent was, from 0 to 1';
COMMENT ON COLUMN pantry.messages.metadata IS 'Whatever the agent keeps with it, as an object';
SELECT platform.make_table('pantry.messages', enums => '{role}');
SELECT platform.secure_table('pantry.messages', 'conversation_id', 'pantry.conversations', may => 'SELECT, INSERT');
CREATE INDEX idx_messages_conversation_id ON pantry.messages (conversation_id, created_at, id);
CREATE INDEX idx_messages_created_at ON pantry.messages (created_at);
CREATE INDEX messages_words ON pantry.messages USING gin (words);
