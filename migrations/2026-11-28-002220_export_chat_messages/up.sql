-- What is said in a conversation.

CREATE TABLE export.chat_messages (
    id         UUID NOT NULL DEFAULT gen_random_uuid(),
    session_id UUID NOT NULL,
    role       VARCHAR(20) NOT NULL,
    content    platform.sealed NOT NULL,
    sources    JSONB,
    CONSTRAINT chat_messages_pkey PRIMARY KEY (id),
    CONSTRAINT chat_messages_session_fkey FOREIGN KEY (session_id) REFERENCES export.chat_sessions (id) ON DELETE CASCADE,
    CONSTRAINT chat_messages_role_known CHECK (role IN ('user', 'assistant')),
    CONSTRAINT chat_messages_sources_are_a_list CHECK (jsonb_typeof(sources) = 'array'),
    CONSTRAINT chat_messages_sources_of_answers_only CHECK (sources IS NULL OR role = 'assistant')
);
COMMENT ON TABLE export.chat_messages IS 'Questions and answers of a conversation';
COMMENT ON COLUMN export.chat_messages.session_id IS 'The conversation';
COMMENT ON COLUMN export.chat_messages.role IS 'user, who asks, or assistant, who answers';
COMMENT ON COLUMN export.chat_messages.content IS 'What is said; sealed';
COMMENT ON COLUMN export.chat_messages.sources IS 'What an answer is founded on; in clear';
SELECT platform.make_table('export.chat_messages', enums => '{role}');
SELECT platform.secure_table('export.chat_messages', 'session_id', 'export.chat_sessions', may => 'SELECT, DELETE');

CREATE INDEX chat_messages_session ON export.chat_messages (session_id, created_at, id);
CREATE INDEX chat_messages_created_at ON export.chat_messages (created_at);
