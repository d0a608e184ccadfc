DROP TABLE platform.idempotency_keys;
REVOKE USAGE ON SCHEMA platform FROM strongroom_user;
