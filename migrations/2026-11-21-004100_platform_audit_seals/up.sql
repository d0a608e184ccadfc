-- What makes tampering with the audit log show: rows are sealed in batches, by a key that the database does not have.
-- docs/audit.md says how, and what it is good for.

CREATE TABLE platform.audit_seals (
    number         BIGINT NOT NULL,
    after_id       BIGINT NOT NULL,
    last_id        BIGINT NOT NULL,
    row_count      INTEGER NOT NULL,
    entries        BYTEA NOT NULL,
    retired_before TIMESTAMPTZ,
    previous       BYTEA NOT NULL,
    digest         BYTEA NOT NULL,
    created_at     TIMESTAMPTZ NOT NULL DEFAULT now(),
    CONSTRAINT audit_seals_pkey PRIMARY KEY (number),
    CONSTRAINT audit_seals_number_positive CHECK (number > 0),
    CONSTRAINT audit_seals_ids_in_order CHECK (last_id >= after_id),
    CONSTRAINT audit_seals_entries_complete CHECK (row_count >= 0 AND octet_length(entries) = 32 * row_count),
    CONSTRAINT audit_seals_digests_are_tags CHECK (octet_length(previous) = 16 AND octet_length(digest) = 16)
);
COMMENT ON TABLE platform.audit_seals IS 'Seals of the audit log, each over a batch of its rows and the seal before';
COMMENT ON COLUMN platform.audit_seals.number IS 'Place in the chain: 1, 2, 3, …';
COMMENT ON COLUMN platform.audit_seals.after_id IS 'The seal covers every audit row with a greater id than this';
COMMENT ON COLUMN platform.audit_seals.last_id IS '… up to this one';
COMMENT ON COLUMN platform.audit_seals.row_count IS 'How many rows it covers';
COMMENT ON COLUMN platform.audit_seals.entries IS 'For each row, in order of id: id, time in microseconds since 2000, keyed digest (8, 8 and 16 bytes)';
COMMENT ON COLUMN platform.audit_seals.retired_before IS 'Says that rows of before this time were dropped on purpose, where it says so';
COMMENT ON COLUMN platform.audit_seals.previous IS 'Digest of the seal before; zeros in the first';
COMMENT ON COLUMN platform.audit_seals.digest IS 'Keyed digest of everything else in this row; HMAC-SHA256, 16 bytes';
COMMENT ON COLUMN platform.audit_seals.created_at IS 'When it was made';

-- Nobody changes a seal. Whoever adds a wrong one, or takes one away, breaks the chain.
GRANT SELECT, INSERT ON platform.audit_seals TO strongroom_app;
GRANT SELECT (number, after_id, last_id, row_count, retired_before, created_at) ON platform.audit_seals TO strongroom_reader;

CREATE FUNCTION platform.last_audit_id() RETURNS BIGINT
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
    SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM platform.audit_log_id_seq
$$;
COMMENT ON FUNCTION platform.last_audit_id() IS 'The last id that any transaction, finished or not, took for an audit row';
REVOKE ALL ON FUNCTION platform.last_audit_id() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION platform.last_audit_id() TO strongroom_app;
