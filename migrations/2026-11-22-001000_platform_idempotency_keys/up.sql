-- Answers that were given to requests with an idempotency key, so that the same request, sent again, is answered again
-- and not done again. Not in the audit log: every change that such a request made stands there, with its request id.

CREATE TABLE platform.idempotency_keys (
    id             UUID NOT NULL DEFAULT gen_random_uuid(),
    caller         TEXT NOT NULL,
    key_digest     BYTEA NOT NULL,
    request_digest BYTEA NOT NULL,
    status         SMALLINT NOT NULL,
    answer         platform.sealed NOT NULL,
    about          UUID[] NOT NULL,
    created_at     TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at     TIMESTAMPTZ NOT NULL DEFAULT now(),
    CONSTRAINT idempotency_keys_pkey PRIMARY KEY (id),
    CONSTRAINT idempotency_keys_key_unique UNIQUE (caller, key_digest),
    CONSTRAINT idempotency_keys_key_digest_is_hmac CHECK (octet_length(key_digest) = 32),
    CONSTRAINT idempotency_keys_request_digest_is_hmac CHECK (octet_length(request_digest) = 32),
    CONSTRAINT idempotency_keys_status_is_success CHECK (status BETWEEN 200 AND 299)
);
CREATE INDEX idempotency_keys_created_at ON platform.idempotency_keys (created_at);
CREATE INDEX idempotency_keys_about ON platform.idempotency_keys USING gin (about);

COMMENT ON TABLE platform.idempotency_keys IS 'Answers to requests with an idempotency key, kept for a day';
COMMENT ON COLUMN platform.idempotency_keys.id IS 'Primary key, and the row id in the associated data of the answer';
COMMENT ON COLUMN platform.idempotency_keys.caller IS 'Who sent the key, as the audit log names actors';
COMMENT ON COLUMN platform.idempotency_keys.key_digest IS 'HMAC-SHA256 of caller and key; the key itself never stands here';
COMMENT ON COLUMN platform.idempotency_keys.request_digest IS 'HMAC-SHA256 of method, path, query and body';
COMMENT ON COLUMN platform.idempotency_keys.status IS 'Status of the answer: only what was done is kept';
COMMENT ON COLUMN platform.idempotency_keys.answer IS 'Location, ETag and body, as JSON; sealed';
COMMENT ON COLUMN platform.idempotency_keys.about IS 'Ids of all rows that path and answer name, so that erasing one erases the answer';
COMMENT ON COLUMN platform.idempotency_keys.created_at IS 'When the request was done; a day later the key is free again';
COMMENT ON COLUMN platform.idempotency_keys.updated_at IS 'When this row last changed';

CREATE TRIGGER touch BEFORE UPDATE ON platform.idempotency_keys FOR EACH ROW EXECUTE FUNCTION platform.touch();
GRANT SELECT, INSERT, UPDATE, DELETE ON platform.idempotency_keys TO strongroom_app;
GRANT SELECT (id, caller, status, about, created_at, updated_at) ON platform.idempotency_keys TO strongroom_reader;
-- End users claim keys of their own.
SELECT platform.secure_table('platform.idempotency_keys', 'caller');
GRANT USAGE ON SCHEMA platform TO strongroom_user;
GRANT SELECT, INSERT, UPDATE ON platform.idempotency_keys TO strongroom_user;
