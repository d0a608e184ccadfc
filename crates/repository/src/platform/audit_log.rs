//! Who changed what, when. Written by triggers alone; this module looks after its partitions.

use diesel::prelude::*;
use diesel::sql_types::Integer;

use crate::{Result, Table, Tx};

/// What the shared machinery knows of this table.
pub const TABLE: Table = Table {
    schema: "platform",
    name: "audit_log",
    sealed: &[],
    indexed: &[],
    soft_delete: false,
    audited: false,
};

/// Months for which partitions are kept ready.
const MONTHS_AHEAD: i32 = 3;

diesel::define_sql_function! {
    /// Makes the missing partitions of this month and of so many more; answers how many there were.
    #[sql_name = "platform.ensure_audit_partitions"]
    fn ensure_audit_partitions(months_ahead: Integer) -> Integer;
}

/// Makes the partitions of this month and the next three, where they are missing; answers how many were made.
///
/// Rows that had to wait in the default partition move to their month.
pub fn ensure_partitions(tx: &mut Tx<'_>) -> Result<i32> {
    Ok(diesel::select(ensure_audit_partitions(MONTHS_AHEAD)).get_result(tx.conn)?)
}
