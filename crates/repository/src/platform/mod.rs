//! What the five systems share: encryption keys, API keys, the audit log.

pub mod api_keys;
pub mod audit_log;
pub mod encryption_keys;
pub mod migration_ledger;
