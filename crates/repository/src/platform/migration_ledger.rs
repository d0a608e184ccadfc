//! The digests of the migrations that ran; [`ops::migrations`](crate::ops::migrations) keeps them.

use crate::Table;

/// What the shared machinery knows of this table.
pub const TABLE: Table = Table {
    schema: "platform",
    name: "migration_ledger",
    sealed: &[],
    indexed: &[],
    soft_delete: false,
    audited: false,
};
