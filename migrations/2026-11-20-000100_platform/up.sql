-- What every system shares: the type of sealed columns and the triggers that keep times and versions.
-- The roles named here are made by `db-manage init`; migrations only grant to them.

CREATE SCHEMA platform;
COMMENT ON SCHEMA platform IS 'What the five systems share: keys, audit, API keys';
GRANT USAGE ON SCHEMA platform TO strongroom_app, strongroom_reader;

CREATE DOMAIN platform.sealed AS BYTEA
    CONSTRAINT sealed_is_an_envelope CHECK (octet_length(VALUE) >= 33 AND get_byte(VALUE, 0) = 1);
COMMENT ON DOMAIN platform.sealed IS
    'AES-256-GCM envelope: version, key id (4 bytes), nonce (12), ciphertext, tag (16)';

CREATE DOMAIN platform.blind_index AS BYTEA
    CONSTRAINT blind_index_is_a_digest CHECK (octet_length(VALUE) = 32);
COMMENT ON DOMAIN platform.blind_index IS
    'HMAC-SHA256 of a normalised value under its column''s index key';

CREATE FUNCTION platform.touch() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    NEW.updated_at := now();
    RETURN NEW;
END $$;
COMMENT ON FUNCTION platform.touch() IS 'Keeps updated_at';

CREATE FUNCTION platform.touch_version() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    NEW.updated_at := now();
    NEW.row_version := OLD.row_version + 1;
    RETURN NEW;
END $$;
COMMENT ON FUNCTION platform.touch_version() IS 'Keeps updated_at and raises row_version, which is the ETag';

CREATE TABLE platform.migration_ledger (
    version    VARCHAR(50) NOT NULL,
    digest     BYTEA NOT NULL,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    CONSTRAINT migration_ledger_pkey PRIMARY KEY (version),
    CONSTRAINT migration_ledger_digest_is_sha256 CHECK (octet_length(digest) = 32)
);
COMMENT ON TABLE platform.migration_ledger IS 'The text of every migration that ran, as a digest: a landed migration never changes';
COMMENT ON COLUMN platform.migration_ledger.version IS 'Version of the migration, as in its folder name';
COMMENT ON COLUMN platform.migration_ledger.digest IS 'SHA-256 of its up.sql';
COMMENT ON COLUMN platform.migration_ledger.created_at IS 'When it ran';
COMMENT ON COLUMN platform.migration_ledger.updated_at IS 'When this row last changed';
GRANT SELECT ON platform.migration_ledger TO strongroom_app, strongroom_reader;
