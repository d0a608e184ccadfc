//! Everything that is kept of an exporter.

use repository::domain::export::User;
use service::export::users;

use super::ExportRead;
use crate::http::own_data::OwnRowBody;
use crate::http::{ApiResult, Caller, List, Paging, PathId, Routes, add_routes};

pub(super) fn routes(routes: &mut Routes) {
    add_routes!(routes, "export users": list_own_data);
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
