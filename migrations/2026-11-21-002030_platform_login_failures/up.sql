-- Attempts to log in that did not succeed, by the name that was given: whether somebody has that name or not, so that
-- the lock tells nobody which names there are.

CREATE TABLE platform.login_failures (
    id              UUID NOT NULL DEFAULT gen_random_uuid(),
    system          VARCHAR(20) NOT NULL,
    name_digest     BYTEA NOT NULL,
    failed_attempts INTEGER NOT NULL,
    first_failed_at TIMESTAMPTZ NOT NULL,
    locked_until    TIMESTAMPTZ,
    created_at      TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at      TIMESTAMPTZ NOT NULL DEFAULT now(),
    CONSTRAINT login_failures_pkey PRIMARY KEY (id),
    CONSTRAINT login_failures_name_unique UNIQUE (system, name_digest),
    CONSTRAINT login_failures_name_digest_is_a_tag CHECK (octet_length(name_digest) = 16),
    CONSTRAINT login_failures_failed_attempts_positive CHECK (failed_attempts > 0),
    CONSTRAINT login_failures_system_is_a_name CHECK (system ~ '^[a-z]+$')
);
CREATE INDEX login_failures_updated_at ON platform.login_failures (updated_at);
COMMENT ON TABLE platform.login_failures IS 'Failed attempts to log in, until one succeeds or a day has passed';
COMMENT ON COLUMN platform.login_failures.id IS 'Primary key';
COMMENT ON COLUMN platform.login_failures.system IS 'The system, which is a schema';
COMMENT ON COLUMN platform.login_failures.name_digest IS 'HMAC-SHA256, cut to 16 bytes, of the name that was given';
COMMENT ON COLUMN platform.login_failures.failed_attempts IS 'Attempts since first_failed_at; one counts from its beginning until it succeeds';
COMMENT ON COLUMN platform.login_failures.first_failed_at IS 'When counting began';
COMMENT ON COLUMN platform.login_failures.locked_until IS 'No attempt with this name is looked at before';
COMMENT ON COLUMN platform.login_failures.created_at IS 'When the name was first tried';
COMMENT ON COLUMN platform.login_failures.updated_at IS 'When this row last changed';

CREATE TRIGGER touch BEFORE UPDATE ON platform.login_failures FOR EACH ROW EXECUTE FUNCTION platform.touch();
GRANT SELECT, INSERT, UPDATE, DELETE ON platform.login_failures TO strongroom_app;
GRANT SELECT (id, system, failed_attempts, first_failed_at, locked_until, created_at, updated_at)
    ON platform.login_failures TO strongroom_reader;
