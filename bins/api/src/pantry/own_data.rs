//! Everything that is kept of a household.

use repository::domain::pantry::User;
use service::pantry::users;

use super::PantryRead;
use crate::http::own_data::OwnRowBody;
use crate::http::{ApiResult, Caller, List, Paging, PathId, Routes, add_routes};

pub(super) fn routes(routes: &mut Routes) {
    add_routes!(routes, "pantry users": list_own_data);
}

/// Shows everything that is kept of a household, table by table, deleted conversations and receipts included.
///
/// A page has at most 100 rows, and at most 8 MiB unless its only row has more.
#[utoipa::path(get, path = "/v1/pantry/users/{id}/data")]
async fn list_own_data(
    caller: Caller<PantryRead>,
    PathId(id): PathId<User>,
    paging: Paging,
) -> ApiResult<List<OwnRowBody>> {
    caller.list("pantry.list_own_data", id, &paging, move |conn, page| users::own_data(conn, id, page)).await
}
