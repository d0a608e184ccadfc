-- Exporters: the people of small companies who want to know what an export takes.

CREATE SCHEMA export;
COMMENT ON SCHEMA export IS 'Export readiness';
GRANT USAGE ON SCHEMA export TO strongroom_app, strongroom_reader, strongroom_user;

CREATE TABLE export.users (
    id             UUID NOT NULL DEFAULT gen_random_uuid(),
    email          platform.sealed NOT NULL,
    email_bidx     platform.blind_index NOT NULL,
    business_type  VARCHAR(50) NOT NULL,
    company_size   VARCHAR(50) NOT NULL,
    company_name   platform.sealed,
    monthly_volume INTEGER,
    last_login     TIMESTAMPTZ,
    CONSTRAINT users_pkey PRIMARY KEY (id),
    CONSTRAINT users_business_type_known CHECK (business_type IN ('Manufacturing', 'SaaS', 'Merchant')),
    CONSTRAINT users_company_size_known CHECK (company_size IN ('Micro', 'Small', 'Medium')),
    CONSTRAINT users_monthly_volume_positive CHECK (monthly_volume > 0)
);
COMMENT ON TABLE export.users IS 'Exporters';
COMMENT ON COLUMN export.users.email IS 'E-mail address, by which an exporter logs in; sealed';
COMMENT ON COLUMN export.users.business_type IS 'Manufacturing, SaaS or Merchant';
COMMENT ON COLUMN export.users.company_size IS 'Micro, Small or Medium';
COMMENT ON COLUMN export.users.company_name IS 'Name of the company; sealed';
COMMENT ON COLUMN export.users.monthly_volume IS 'What the company ships in a month';
COMMENT ON COLUMN export.users.last_login IS 'When a session was last opened with the password';
SELECT platform.make_table('export.users', versioned => true, soft_delete => true, enums => '{business_type,company_size}');
SELECT platform.secure_table('export.users', 'id', may => 'SELECT, UPDATE');
SELECT platform.has_end_users('export.users');
CREATE UNIQUE INDEX users_email_unique ON export.users (email_bidx) WHERE deleted_at IS NULL;
CREATE INDEX users_created_at ON export.users (created_at, id);
CREATE INDEX users_business_type ON export.users (business_type);
