-- The people an organiser shares bills with.

CREATE TABLE split.contacts (
    id                UUID NOT NULL DEFAULT gen_random_uuid(),
    user_id           UUID NOT NULL,
    name              platform.sealed NOT NULL,
    name_bidx         platform.blind_index NOT NULL,
    phone_number      platform.sealed NOT NULL,
    phone_number_bidx platform.blind_index NOT NULL,
    row_version       BIGINT NOT NULL DEFAULT 1,
    created_at        TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at        TIMESTAMPTZ NOT NULL DEFAULT now(),
    deleted_at        TIMESTAMPTZ,
    deletion_id       UUID,
    CONSTRAINT contacts_pkey PRIMARY KEY (id),
    CONSTRAINT contacts_id_user_unique UNIQUE (id, user_id),
    CONSTRAINT contacts_user_fkey FOREIGN KEY (user_id) REFERENCES split.users (id) ON DELETE CASCADE,
    CONSTRAINT contacts_row_version_positive CHECK (row_version > 0),
    CONSTRAINT contacts_deletion_complete CHECK ((deleted_at IS NULL) = (deletion_id IS NULL))
);
CREATE UNIQUE INDEX contacts_phone_unique ON split.contacts (user_id, phone_number_bidx) WHERE deleted_at IS NULL;
CREATE INDEX contacts_user_created_at ON split.contacts (user_id, created_at, id);
CREATE INDEX contacts_name ON split.contacts (user_id, name_bidx);
CREATE INDEX contacts_phone ON split.contacts (phone_number_bidx);
CREATE INDEX contacts_deleted_at ON split.contacts (deleted_at) WHERE deleted_at IS NOT NULL;

COMMENT ON TABLE split.contacts IS 'People an organiser shares bills with';
COMMENT ON COLUMN split.contacts.id IS 'Primary key';
COMMENT ON COLUMN split.contacts.user_id IS 'Whose contact this is';
COMMENT ON COLUMN split.contacts.name IS 'Name; sealed';
COMMENT ON COLUMN split.contacts.name_bidx IS 'Blind index of the name';
COMMENT ON COLUMN split.contacts.phone_number IS 'Phone number, E.164; sealed';
COMMENT ON COLUMN split.contacts.phone_number_bidx IS 'Blind index of the phone number';
COMMENT ON COLUMN split.contacts.row_version IS 'Raised by every change: the ETag';
COMMENT ON COLUMN split.contacts.created_at IS 'When the row was made';
COMMENT ON COLUMN split.contacts.updated_at IS 'When the row last changed';
COMMENT ON COLUMN split.contacts.deleted_at IS 'When the row was deleted; it can be restored until it is purged';
COMMENT ON COLUMN split.contacts.deletion_id IS 'Names the deletion that took this row along: restoring brings back just those';

CREATE TRIGGER touch BEFORE UPDATE ON split.contacts FOR EACH ROW EXECUTE FUNCTION platform.touch_version();
SELECT platform.audit_table('split.contacts');
GRANT SELECT, INSERT, UPDATE, DELETE ON split.contacts TO strongroom_app;
GRANT SELECT ON split.contacts TO strongroom_reader;
