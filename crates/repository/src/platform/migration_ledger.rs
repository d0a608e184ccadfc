//! The digests of the migrations that ran; [`ops::migrations`](crate::ops::migrations) keeps them.

use crate::{Audit, Table};

/// What the shared machinery knows of this table.
pub const TABLE: Table = Table {
    key: "version",
    clear: &[("digest", "the digest of a migration's text"), ("version", "which migrations ran")],
    audit: Audit::Nothing("migrations run before the audit log is there"),
    ..Table::new("platform", "migration_ledger", "migration")
};
