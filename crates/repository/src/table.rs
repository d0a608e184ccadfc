//! The list of tables, which everything that works on all of them loops over.

use crate::{platform, split};

/// What the shared machinery (audit, cleanup, statistics, rotation, health) must know of a table.
///
/// Every module of a table has one as `TABLE`; [`TABLES`] lists them. A guard test compares the list with the
/// database's own catalogue.
#[derive(Debug)]
pub struct Table {
    /// PostgreSQL schema, which is the system's name: `split`.
    pub schema: &'static str,
    /// Name inside the schema: `contacts`.
    pub name: &'static str,
    /// Columns of type `platform.sealed`.
    pub sealed: &'static [&'static str],
    /// Those of the sealed columns that have a companion `<column>_bidx` for look-up.
    pub indexed: &'static [&'static str],
    /// Whether rows are deleted by setting `deleted_at`, and purged later.
    pub soft_delete: bool,
    /// Whether every change is written to the audit log.
    pub audited: bool,
}

impl Table {
    /// The table's name with its schema: `split.contacts`.
    pub fn qualified_name(&self) -> String {
        format!("{}.{}", self.schema, self.name)
    }

    /// The places of this table whose values are sealed, as the codec names them.
    pub fn sealed_columns(&self) -> impl Iterator<Item = codec::Column> + '_ {
        self.sealed.iter().map(|column| codec::Column::new(self.schema, self.name, column))
    }
}

/// Every table of every system, owners before what they own.
pub static TABLES: &[&Table] = &[
    &platform::migration_ledger::TABLE,
    &platform::audit_log::TABLE,
    &platform::audit_seals::TABLE,
    &platform::encryption_keys::TABLE,
    &platform::api_keys::TABLE,
    &platform::sessions::TABLE,
    &platform::credentials::TABLE,
    &platform::password_history::TABLE,
    &platform::login_failures::TABLE,
    &platform::idempotency_keys::TABLE,
    &split::users::TABLE,
    &split::contacts::TABLE,
    &split::bills::TABLE,
    &split::bill_participants::TABLE,
    &split::payment_requests::TABLE,
    &split::conversation_states::TABLE,
];
