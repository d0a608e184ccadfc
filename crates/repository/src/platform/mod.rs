//! What the five systems share: encryption keys, API keys, idempotency keys, end users' sessions and passwords, the audit
//! log.

pub mod api_keys;
pub mod audit_log;
pub mod audit_seals;
pub mod credentials;
pub mod encryption_keys;
pub mod idempotency_keys;
pub mod login_failures;
pub mod migration_ledger;
pub mod password_history;
pub mod sessions;
