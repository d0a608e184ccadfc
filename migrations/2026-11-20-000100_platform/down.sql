DROP TABLE platform.migration_ledger;
DROP FUNCTION platform.touch_version();
DROP FUNCTION platform.touch();
DROP DOMAIN platform.blind_index;
DROP DOMAIN platform.sealed;
DROP SCHEMA platform;
