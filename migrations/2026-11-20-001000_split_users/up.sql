-- Organisers: the people who pay the bill and get their money back.

CREATE SCHEMA split;
COMMENT ON SCHEMA split IS 'Bill splitting';
GRANT USAGE ON SCHEMA split TO strongroom_app, strongroom_reader;

CREATE TABLE split.users (
    id                UUID NOT NULL DEFAULT gen_random_uuid(),
    phone_number      platform.sealed NOT NULL,
    phone_number_bidx platform.blind_index NOT NULL,
    name              platform.sealed,
    upi_id            platform.sealed,
    row_version       BIGINT NOT NULL DEFAULT 1,
    created_at        TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at        TIMESTAMPTZ NOT NULL DEFAULT now(),
    deleted_at        TIMESTAMPTZ,
    deletion_id       UUID,
    CONSTRAINT users_pkey PRIMARY KEY (id),
    CONSTRAINT users_row_version_positive CHECK (row_version > 0),
    CONSTRAINT users_deletion_complete CHECK ((deleted_at IS NULL) = (deletion_id IS NULL))
);
CREATE UNIQUE INDEX users_phone_unique ON split.users (phone_number_bidx) WHERE deleted_at IS NULL;
CREATE INDEX users_created_at ON split.users (created_at, id);
CREATE INDEX users_deleted_at ON split.users (deleted_at) WHERE deleted_at IS NOT NULL;

COMMENT ON TABLE split.users IS 'Organisers of bills';
COMMENT ON COLUMN split.users.id IS 'Primary key';
COMMENT ON COLUMN split.users.phone_number IS 'Phone number, E.164; sealed';
COMMENT ON COLUMN split.users.phone_number_bidx IS 'Blind index of the phone number';
COMMENT ON COLUMN split.users.name IS 'Name; sealed';
COMMENT ON COLUMN split.users.upi_id IS 'UPI address where this person is paid; sealed';
COMMENT ON COLUMN split.users.row_version IS 'Raised by every change: the ETag';
COMMENT ON COLUMN split.users.created_at IS 'When the row was made';
COMMENT ON COLUMN split.users.updated_at IS 'When the row last changed';
COMMENT ON COLUMN split.users.deleted_at IS 'When the row was deleted; it can be restored until it is purged';
COMMENT ON COLUMN split.users.deletion_id IS 'Names the deletion that took this row along: restoring brings back just those';

CREATE TRIGGER touch BEFORE UPDATE ON split.users FOR EACH ROW EXECUTE FUNCTION platform.touch_version();
SELECT platform.audit_table('split.users');
GRANT SELECT, INSERT, UPDATE, DELETE ON split.users TO strongroom_app;
GRANT SELECT ON split.users TO strongroom_reader;
