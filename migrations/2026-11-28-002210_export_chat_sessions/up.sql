-- Conversations about a report.

CREATE TABLE export.chat_sessions (
    id            UUID NOT NULL DEFAULT gen_random_uuid(),
    user_id       UUID NOT NULL,
    report_id     UUID NOT NULL,
    context_data  JSONB,
    last_activity TIMESTAMPTZ NOT NULL DEFAULT now(),
    expires_at    TIMESTAMPTZ,
    CONSTRAINT chat_sessions_pkey PRIMARY KEY (id),
    CONSTRAINT chat_sessions_report_fkey FOREIGN KEY (report_id, user_id)
        REFERENCES export.reports (id, user_id) ON DELETE CASCADE,
    CONSTRAINT chat_sessions_context_data_is_an_object CHECK (jsonb_typeof(context_data) = 'object')
);
COMMENT ON TABLE export.chat_sessions IS 'Conversations about a report';
COMMENT ON COLUMN export.chat_sessions.user_id IS 'The exporter';
COMMENT ON COLUMN export.chat_sessions.report_id IS 'The report the conversation is about';
COMMENT ON COLUMN export.chat_sessions.context_data IS 'What the agent is to know; in clear';
COMMENT ON COLUMN export.chat_sessions.last_activity IS 'When something was last said';
COMMENT ON COLUMN export.chat_sessions.expires_at IS 'From then on the conversation is absent; never where there is none';
-- What is said is recorded with the messages.
SELECT platform.make_table('export.chat_sessions', ignored => '{last_activity}');
SELECT platform.secure_table('export.chat_sessions', 'user_id', may => 'SELECT, INSERT, UPDATE, DELETE');

CREATE INDEX chat_sessions_report ON export.chat_sessions (report_id, user_id, created_at, id);
CREATE INDEX chat_sessions_user ON export.chat_sessions (user_id, id);
CREATE INDEX chat_sessions_expires_at ON export.chat_sessions (expires_at);
