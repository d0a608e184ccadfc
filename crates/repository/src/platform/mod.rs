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

use crate::System;

/// What the systems share.
pub const SYSTEM: System = System {
    name: "platform",
    about: "keys, sessions, idempotency and the audit log, for all systems",
    tables: &[
        &migration_ledger::TABLE,
        &audit_log::TABLE,
        &audit_seals::TABLE,
        &encryption_keys::TABLE,
        &api_keys::TABLE,
        &sessions::TABLE,
        &credentials::TABLE,
        &password_history::TABLE,
        &login_failures::TABLE,
        &idempotency_keys::TABLE,
    ],
    end_users: None,
};
