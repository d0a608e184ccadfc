//! Everything that is kept of an exporter.

use repository::domain::JsonObject;
use repository::domain::export::User;
use repository::{OwnPosition, OwnRow};
use serde::Serialize;
use service::export::users;
use utoipa::ToSchema;
use uuid::Uuid;

use super::ExportRead;
use crate::http::{ApiResult, Caller, CursorPosition, List, Paging, PathId, Routes, add_routes};

pub(super) fn routes(routes: &mut Routes) {
    add_routes!(routes, "export users": list_own_data);
}

/// A row of some table.
#[derive(Serialize, ToSchema)]
struct OwnRowBody {
    /// The table that holds it.
    #[schema(example = "reports")]
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

/// The number of the table, and the row.
impl CursorPosition for OwnPosition {
    fn to_bytes(&self) -> Vec<u8> {
        [self.table.to_be_bytes().as_slice(), self.id.as_bytes()].concat()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (table, id) = bytes.split_first_chunk()?;
        Some(Self { table: i32::from_be_bytes(*table), id: Uuid::from_slice(id).ok()? })
    }
}

/// Shows everything that is kept of an exporter, table by table, deleted reports included.
///
/// A page has at most 100 rows, and at most 8 MiB unless its only row has more. No password is in it, not even its hash.
#[utoipa::path(get, path = "/v1/export/users/{id}/data")]
async fn list_own_data(
    caller: Caller<ExportRead>,
    PathId(id): PathId<User>,
    paging: Paging,
) -> ApiResult<List<OwnRowBody>> {
    caller.list("export.list_own_data", id, &paging, move |conn, page| users::own_data(conn, id, page)).await
}
