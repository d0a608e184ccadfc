//! Rows of a user as the lists of own data show them, whatever the system.

use repository::OwnRow;
use repository::domain::JsonObject;
use serde::Serialize;
use utoipa::ToSchema;

/// A row of some table.
#[derive(Serialize, ToSchema)]
pub(crate) struct OwnRowBody {
    /// The table that holds it.
    #[schema(example = "users")]
    table: &'static str,
    /// Its columns.
    #[schema(value_type = Object)]
    row: JsonObject,
}

impl From<OwnRow> for OwnRowBody {
    fn from(OwnRow { table, row }: OwnRow) -> Self {
        Self { table, row }
    }
}
