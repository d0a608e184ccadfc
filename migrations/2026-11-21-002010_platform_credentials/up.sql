-- Passwords of end users, as Argon2id hashes.

CREATE TABLE platform.credentials (
    id            UUID NOT NULL DEFAULT gen_random_uuid(),
    system        VARCHAR(20) NOT NULL,
    user_id       UUID NOT NULL,
    password_hash VARCHAR(255) NOT NULL,
    changed_at    TIMESTAMPTZ NOT NULL DEFAULT now(),
    created_at    TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at    TIMESTAMPTZ NOT NULL DEFAULT now(),
    CONSTRAINT credentials_pkey PRIMARY KEY (id),
    CONSTRAINT credentials_user_unique UNIQUE (system, user_id),
    CONSTRAINT credentials_password_hash_is_argon2id CHECK (password_hash LIKE '$argon2id$%'),
    CONSTRAINT credentials_system_is_a_name CHECK (system ~ '^[a-z]+$')
);
COMMENT ON TABLE platform.credentials IS 'What the systems'' users log in with';
COMMENT ON COLUMN platform.credentials.id IS 'Primary key';
COMMENT ON COLUMN platform.credentials.system IS 'The system whose user it is, which is a schema';
COMMENT ON COLUMN platform.credentials.user_id IS 'The row of that system''s users; a trigger there removes the credentials with it';
COMMENT ON COLUMN platform.credentials.password_hash IS 'Argon2id with its parameters and salt; nobody but the service reads it';
COMMENT ON COLUMN platform.credentials.changed_at IS 'When the password was set; hashing it anew with other parameters does not count';
COMMENT ON COLUMN platform.credentials.created_at IS 'When there first was a password';
COMMENT ON COLUMN platform.credentials.updated_at IS 'When this row last changed';

CREATE TRIGGER touch BEFORE UPDATE ON platform.credentials FOR EACH ROW EXECUTE FUNCTION platform.touch();
SELECT platform.audit_table('platform.credentials', enums => '{system}');
GRANT SELECT, INSERT, DELETE ON platform.credentials TO strongroom_app;
GRANT UPDATE (password_hash, changed_at) ON platform.credentials TO strongroom_app;
GRANT SELECT (id, system, user_id, changed_at, created_at, updated_at) ON platform.credentials TO strongroom_reader;
