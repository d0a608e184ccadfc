-- Where an agent stands in a conversation about a bill.

CREATE TABLE split.conversation_states (
    id           UUID NOT NULL DEFAULT gen_random_uuid(),
    user_id      UUID NOT NULL,
    session_id   VARCHAR(100) NOT NULL,
    current_step VARCHAR(50) NOT NULL DEFAULT 'initial',
    context      platform.sealed,
    retry_count  INTEGER NOT NULL DEFAULT 0,
    last_error   platform.sealed,
    expires_at   TIMESTAMPTZ,
    created_at   TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at   TIMESTAMPTZ NOT NULL DEFAULT now(),
    CONSTRAINT conversation_states_pkey PRIMARY KEY (id),
    CONSTRAINT conversation_states_session_unique UNIQUE (user_id, session_id),
    CONSTRAINT conversation_states_user_fkey FOREIGN KEY (user_id) REFERENCES split.users (id) ON DELETE CASCADE,
    CONSTRAINT conversation_states_session_id_not_blank CHECK (btrim(session_id) <> ''),
    CONSTRAINT conversation_states_current_step_known CHECK (current_step IN (
        'initial', 'extracting_bill', 'confirming_bill', 'collecting_contacts', 'calculating_splits',
        'confirming_splits', 'sending_requests', 'tracking_payments', 'completed')),
    CONSTRAINT conversation_states_retry_count_not_negative CHECK (retry_count >= 0)
);
CREATE INDEX conversation_states_session ON split.conversation_states (session_id);
CREATE INDEX conversation_states_current_step ON split.conversation_states (current_step);
CREATE INDEX conversation_states_expires_at ON split.conversation_states (expires_at);
CREATE INDEX conversation_states_updated_at ON split.conversation_states (user_id, updated_at, id);

COMMENT ON TABLE split.conversation_states IS 'State of a conversation, by organiser and session';
COMMENT ON COLUMN split.conversation_states.id IS 'Primary key';
COMMENT ON COLUMN split.conversation_states.user_id IS 'The organiser';
COMMENT ON COLUMN split.conversation_states.session_id IS 'The agent''s name for the conversation';
COMMENT ON COLUMN split.conversation_states.current_step IS 'Which of the nine steps';
COMMENT ON COLUMN split.conversation_states.context IS 'What the agent knows so far, as JSON; sealed';
COMMENT ON COLUMN split.conversation_states.retry_count IS 'Errors reported since the last success';
COMMENT ON COLUMN split.conversation_states.last_error IS 'The error reported last; sealed';
COMMENT ON COLUMN split.conversation_states.expires_at IS 'From then on the state reads as fresh';
COMMENT ON COLUMN split.conversation_states.created_at IS 'When the row was made';
COMMENT ON COLUMN split.conversation_states.updated_at IS 'When the row last changed';

CREATE TRIGGER touch BEFORE UPDATE ON split.conversation_states FOR EACH ROW EXECUTE FUNCTION platform.touch();
SELECT platform.audit_table('split.conversation_states', enums => '{current_step}');
GRANT SELECT, INSERT, UPDATE, DELETE ON split.conversation_states TO strongroom_app;
GRANT SELECT ON split.conversation_states TO strongroom_reader;
