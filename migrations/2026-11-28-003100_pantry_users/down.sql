DROP FUNCTION pantry.local_date(JSONB, TIMESTAMPTZ);
DROP TABLE pantry.users;
DROP FUNCTION platform.audit_pantry_users();
DROP SCHEMA pantry;
