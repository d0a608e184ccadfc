-- Sessions of end users: what an access token names, and what a refresh token renews.

CREATE TABLE platform.sessions (
    id           UUID NOT NULL DEFAULT gen_random_uuid(),
    system       VARCHAR(20) NOT NULL,
    user_id      UUID NOT NULL,
    scope        VARCHAR(10) NOT NULL,
    refresh_hash BYTEA NOT NULL,
    last_used_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    expires_at   TIMESTAMPTZ NOT NULL,
    revoked_at   TIMESTAMPTZ,
    created_at   TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at   TIMESTAMPTZ NOT NULL DEFAULT now(),
    CONSTRAINT sessions_pkey PRIMARY KEY (id),
    CONSTRAINT sessions_refresh_hash_is_sha256 CHECK (octet_length(refresh_hash) = 32),
    CONSTRAINT sessions_scope_known CHECK (scope IN ('read', 'write')),
    CONSTRAINT sessions_system_is_a_name CHECK (system ~ '^[a-z]+$')
);
CREATE INDEX sessions_user ON platform.sessions (system, user_id);
CREATE INDEX sessions_expires_at ON platform.sessions (expires_at);
COMMENT ON TABLE platform.sessions IS 'Sessions of the systems'' users: made at log-in or for a program, until they expire or are revoked';
COMMENT ON COLUMN platform.sessions.id IS 'Primary key; access tokens name it as sid';
COMMENT ON COLUMN platform.sessions.system IS 'The system whose user it is, which is a schema';
COMMENT ON COLUMN platform.sessions.user_id IS 'The row of that system''s users; a trigger there removes the session with it';
COMMENT ON COLUMN platform.sessions.scope IS 'What its tokens may do with the user''s rows: read or write';
COMMENT ON COLUMN platform.sessions.refresh_hash IS 'SHA-256 of the one refresh token that is good now; every use replaces it';
COMMENT ON COLUMN platform.sessions.last_used_at IS 'When it was made or last renewed';
COMMENT ON COLUMN platform.sessions.expires_at IS 'It is refused from then on; renewing does not move this';
COMMENT ON COLUMN platform.sessions.revoked_at IS 'It is refused from then on';
COMMENT ON COLUMN platform.sessions.created_at IS 'When it was made';
COMMENT ON COLUMN platform.sessions.updated_at IS 'When this row last changed';

CREATE TRIGGER touch BEFORE UPDATE ON platform.sessions FOR EACH ROW EXECUTE FUNCTION platform.touch();
SELECT platform.audit_table('platform.sessions', enums => '{system,scope}', ignored => '{last_used_at}');
GRANT SELECT, INSERT, DELETE ON platform.sessions TO strongroom_app;
GRANT UPDATE (refresh_hash, last_used_at, revoked_at) ON platform.sessions TO strongroom_app;
GRANT SELECT (id, system, user_id, scope, last_used_at, expires_at, revoked_at, created_at, updated_at)
    ON platform.sessions TO strongroom_reader;
