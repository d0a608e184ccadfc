-- The people who write to the bot.

CREATE SCHEMA whatsapp;
COMMENT ON SCHEMA whatsapp IS 'WhatsApp conversations';
GRANT USAGE ON SCHEMA whatsapp TO strongroom_app, strongroom_reader, strongroom_user;

CREATE TABLE whatsapp.users (
    user_id           UUID NOT NULL DEFAULT gen_random_uuid(),
    email             platform.sealed,
    email_bidx        platform.blind_index,
    phone_number      platform.sealed,
    phone_number_bidx platform.blind_index,
    whatsapp_id       platform.sealed,
    whatsapp_id_bidx  platform.blind_index,
    full_name         platform.sealed,
    full_name_is_set  BOOLEAN NOT NULL DEFAULT false,
    is_active         BOOLEAN NOT NULL DEFAULT true,
    CONSTRAINT users_pkey PRIMARY KEY (user_id),
    CONSTRAINT users_reachable CHECK (phone_number IS NOT NULL OR whatsapp_id IS NOT NULL),
    CONSTRAINT users_email_indexed CHECK ((email IS NULL) = (email_bidx IS NULL)),
    CONSTRAINT users_phone_number_indexed CHECK ((phone_number IS NULL) = (phone_number_bidx IS NULL)),
    CONSTRAINT users_whatsapp_id_indexed CHECK ((whatsapp_id IS NULL) = (whatsapp_id_bidx IS NULL)),
    CONSTRAINT users_full_name_set CHECK (full_name IS NOT NULL OR NOT full_name_is_set)
);
COMMENT ON TABLE whatsapp.users IS 'People who write to the bot';
COMMENT ON COLUMN whatsapp.users.user_id IS 'Primary key';
COMMENT ON COLUMN whatsapp.users.email IS 'E-mail address, by which the person may log in; sealed';
COMMENT ON COLUMN whatsapp.users.phone_number IS 'Number as WhatsApp last delivered it, in E.164; sealed. NULL where WhatsApp does not show it';
COMMENT ON COLUMN whatsapp.users.whatsapp_id IS 'Business-scoped id that WhatsApp gives the person, such as US.1234567890; sealed';
COMMENT ON COLUMN whatsapp.users.full_name IS 'Name; sealed';
COMMENT ON COLUMN whatsapp.users.full_name_is_set IS 'Whether the name was set here, so that the one of the WhatsApp profile does not replace it';
COMMENT ON COLUMN whatsapp.users.is_active IS 'Whether messages of the person are kept and the person may log in';
SELECT platform.make_table('whatsapp.users', versioned => true, soft_delete => true);
SELECT platform.secure_table('whatsapp.users', 'user_id', may => 'SELECT, UPDATE');
SELECT platform.has_end_users('whatsapp.users', 'user_id');
CREATE UNIQUE INDEX idx_users_email ON whatsapp.users (email_bidx) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX idx_users_phone_number ON whatsapp.users (phone_number_bidx) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX idx_users_whatsapp_id ON whatsapp.users (whatsapp_id_bidx) WHERE deleted_at IS NULL;
CREATE INDEX idx_users_is_active ON whatsapp.users (is_active, created_at, user_id);
CREATE INDEX users_created_at ON whatsapp.users (created_at, user_id);

-- The nine columns that the requirement gives users, under its names. The owner alone reads it: passwords are kept where
-- those of every system are, and nobody else sees a hash.
CREATE VIEW whatsapp.accounts WITH (security_invoker = true) AS
SELECT u.user_id, u.email, u.phone_number, u.full_name, c.password_hash AS hashed_password,
       (SELECT jsonb_agg(jsonb_build_object('hashed_password', h.password_hash, 'changed_at', h.created_at)
                         ORDER BY h.created_at, h.id)
          FROM platform.password_history h WHERE h.credential_id = c.id) AS password_history,
       u.is_active, u.created_at, u.updated_at
  FROM whatsapp.users u
  LEFT JOIN platform.credentials c ON c.system = 'whatsapp' AND c.user_id = u.user_id
 WHERE u.deleted_at IS NULL;
COMMENT ON VIEW whatsapp.accounts IS 'Users with their passwords'' hashes, as the requirement lists them; for the owner alone';
