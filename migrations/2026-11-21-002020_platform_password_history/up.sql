-- The last passwords of end users, so that none of them is set again.

CREATE TABLE platform.password_history (
    id            UUID NOT NULL DEFAULT gen_random_uuid(),
    credential_id UUID NOT NULL,
    password_hash VARCHAR(255) NOT NULL,
    created_at    TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at    TIMESTAMPTZ NOT NULL DEFAULT now(),
    CONSTRAINT password_history_pkey PRIMARY KEY (id),
    CONSTRAINT password_history_credential_fkey FOREIGN KEY (credential_id)
        REFERENCES platform.credentials (id) ON DELETE CASCADE,
    CONSTRAINT password_history_password_hash_is_argon2id CHECK (password_hash LIKE '$argon2id$%')
);
CREATE INDEX password_history_credential ON platform.password_history (credential_id, created_at DESC);
COMMENT ON TABLE platform.password_history IS 'The last five passwords of a user, the one that is good now included';
COMMENT ON COLUMN platform.password_history.id IS 'Primary key';
COMMENT ON COLUMN platform.password_history.credential_id IS 'Whose password it was';
COMMENT ON COLUMN platform.password_history.password_hash IS 'Argon2id, as it was hashed when it was set';
COMMENT ON COLUMN platform.password_history.created_at IS 'When it was set';
COMMENT ON COLUMN platform.password_history.updated_at IS 'When this row last changed';

CREATE TRIGGER touch BEFORE UPDATE ON platform.password_history FOR EACH ROW EXECUTE FUNCTION platform.touch();
SELECT platform.audit_table('platform.password_history');
GRANT SELECT, INSERT, DELETE ON platform.password_history TO strongroom_app;
GRANT SELECT (id, credential_id, created_at, updated_at) ON platform.password_history TO strongroom_reader;
