-- API keys of the programs that call the HTTP API: hashes only.

CREATE TABLE platform.api_keys (
    id           UUID NOT NULL DEFAULT gen_random_uuid(),
    name         VARCHAR(200) NOT NULL,
    key_hash     BYTEA NOT NULL,
    scopes       TEXT[] NOT NULL,
    last_used_at TIMESTAMPTZ,
    revoked_at   TIMESTAMPTZ,
    created_at   TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at   TIMESTAMPTZ NOT NULL DEFAULT now(),
    CONSTRAINT api_keys_pkey PRIMARY KEY (id),
    CONSTRAINT api_keys_key_hash_unique UNIQUE (key_hash),
    CONSTRAINT api_keys_key_hash_is_sha256 CHECK (octet_length(key_hash) = 32),
    CONSTRAINT api_keys_name_not_blank CHECK (btrim(name) <> ''),
    CONSTRAINT api_keys_scopes_known CHECK (cardinality(scopes) > 0 AND scopes <@ ARRAY[
        'split:read', 'split:write', 'split:admin', 'platform:admin'])
);
CREATE INDEX api_keys_created_at ON platform.api_keys (created_at, id);
COMMENT ON TABLE platform.api_keys IS 'API keys; the key itself is shown once, when it is made';
COMMENT ON COLUMN platform.api_keys.id IS 'Primary key; the audit log names it';
COMMENT ON COLUMN platform.api_keys.name IS 'What the operator calls the program that holds the key';
COMMENT ON COLUMN platform.api_keys.key_hash IS 'SHA-256 of the key, which is 256 random bits';
COMMENT ON COLUMN platform.api_keys.scopes IS 'What the key may do, as split:read, split:write, split:admin, platform:admin';
COMMENT ON COLUMN platform.api_keys.last_used_at IS 'Last use, recorded at most once a minute';
COMMENT ON COLUMN platform.api_keys.revoked_at IS 'When the key was revoked; it is refused from then on';
COMMENT ON COLUMN platform.api_keys.created_at IS 'When the key was made';
COMMENT ON COLUMN platform.api_keys.updated_at IS 'When this row last changed';

CREATE TRIGGER touch BEFORE UPDATE ON platform.api_keys FOR EACH ROW EXECUTE FUNCTION platform.touch();
SELECT platform.audit_table('platform.api_keys', ignored => '{last_used_at}');
GRANT SELECT, INSERT ON platform.api_keys TO strongroom_app;
GRANT UPDATE (last_used_at, revoked_at) ON platform.api_keys TO strongroom_app;
GRANT SELECT (id, name, scopes, last_used_at, revoked_at, created_at, updated_at) ON platform.api_keys TO strongroom_reader;
