-- Households, and the day that it is where they live.

CREATE SCHEMA pantry;
COMMENT ON SCHEMA pantry IS 'Household pantries';
GRANT USAGE ON SCHEMA pantry TO strongroom_app, strongroom_reader, strongroom_user;

CREATE TABLE pantry.users (
    id            UUID NOT NULL DEFAULT gen_random_uuid(),
    username      platform.sealed NOT NULL,
    username_bidx platform.blind_index NOT NULL,
    email         platform.sealed NOT NULL,
    email_bidx    platform.blind_index NOT NULL,
    preferences   JSONB NOT NULL DEFAULT '{}',
    CONSTRAINT users_pkey PRIMARY KEY (id),
    CONSTRAINT users_preferences_object CHECK (jsonb_typeof(preferences) = 'object'),
    -- An unknown zone fails with an error of its own.
    CONSTRAINT users_timezone_known CHECK (
        preferences ->> 'timezone' IS NULL OR timezone(preferences ->> 'timezone', 'epoch'::timestamptz) IS NOT NULL)
);
COMMENT ON TABLE pantry.users IS 'Households';
COMMENT ON COLUMN pantry.users.username IS 'Name of the account; sealed';
COMMENT ON COLUMN pantry.users.email IS 'E-mail address; sealed';
COMMENT ON COLUMN pantry.users.preferences IS 'Settings of the assistant as an object; timezone decides which day it is';
SELECT platform.make_table('pantry.users', versioned => true, soft_delete => true);
SELECT platform.secure_table('pantry.users', 'id', may => 'SELECT, UPDATE');
SELECT platform.has_end_users('pantry.users');
CREATE UNIQUE INDEX users_username_unique ON pantry.users (username_bidx) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX users_email_unique ON pantry.users (email_bidx) WHERE deleted_at IS NULL;
CREATE INDEX users_created_at ON pantry.users (created_at, id);

CREATE FUNCTION pantry.local_date(preferences JSONB, at TIMESTAMPTZ) RETURNS DATE
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog AS $$
    SELECT (at AT TIME ZONE coalesce(preferences ->> 'timezone', 'UTC'))::date
$$;
COMMENT ON FUNCTION pantry.local_date(JSONB, TIMESTAMPTZ) IS 'The day at a moment in the time zone of a user''s preferences, else in UTC';
