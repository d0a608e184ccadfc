-- Which keys sealed values in this database, and the index key, wrapped by each of them.

CREATE TABLE platform.encryption_keys (
    id         UUID NOT NULL DEFAULT gen_random_uuid(),
    key_id     BIGINT NOT NULL,
    canary     platform.sealed NOT NULL,
    index_key  platform.sealed NOT NULL,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    CONSTRAINT encryption_keys_pkey PRIMARY KEY (id),
    CONSTRAINT encryption_keys_key_id_unique UNIQUE (key_id),
    CONSTRAINT encryption_keys_key_id_is_32_bits CHECK (key_id BETWEEN 0 AND 4294967295)
);
COMMENT ON TABLE platform.encryption_keys IS 'Encryption keys this database knows, by id; the keys themselves never stand here';
COMMENT ON COLUMN platform.encryption_keys.id IS 'Primary key, and the row id in the associated data of the two envelopes';
COMMENT ON COLUMN platform.encryption_keys.key_id IS 'The key id that envelopes carry, derived from the key';
COMMENT ON COLUMN platform.encryption_keys.canary IS 'A known text sealed by this key: a process with a wrong key stops at once';
COMMENT ON COLUMN platform.encryption_keys.index_key IS 'The index key of all blind indexes, wrapped by this key';
COMMENT ON COLUMN platform.encryption_keys.created_at IS 'When the key was registered';
COMMENT ON COLUMN platform.encryption_keys.updated_at IS 'When this row last changed';

CREATE TRIGGER touch BEFORE UPDATE ON platform.encryption_keys FOR EACH ROW EXECUTE FUNCTION platform.touch();
SELECT platform.audit_table('platform.encryption_keys');
GRANT SELECT ON platform.encryption_keys TO strongroom_app;
