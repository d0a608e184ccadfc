//! What would go.

use super::Month;
use crate::platform::audit_log::{self, OldPart};
use crate::{Actor, Database, Result};

/// What the log holds of before a month.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Plan {
    /// The month: everything before it.
    pub before: Month,
    /// Rows in all.
    pub rows: i64,
    /// Bytes in all.
    pub size_bytes: i64,
    /// The partitions in which they stand.
    pub partitions: Vec<OldPart>,
}

impl Plan {
    pub(super) fn of(before: Month, partitions: Vec<OldPart>) -> Self {
        let rows = partitions.iter().map(|part| part.rows).sum();
        let size_bytes = partitions.iter().map(|part| part.size_bytes).sum();
        Self { before, rows, size_bytes, partitions }
    }
}

/// What the log holds of before a month. Changes nothing.
///
/// # Errors
/// What the database says.
pub fn plan(database: &Database, actor: &Actor, before: Month) -> Result<Plan> {
    let parts = database.read("platform.plan_audit_retirement", actor, |conn| {
        audit_log::parts_before(conn.pg, before.begin())
    })?;
    Ok(Plan::of(before, parts))
}
