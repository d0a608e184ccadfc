//! `export.users`: exporters.

mod bodies;

use repository::Tx;
use repository::domain::export::User;
use service::export::users;

use super::{Export, ExportRead, ExportWrite};
use crate::http::error::responses::{LooksUp, MayHaveLostPlace, TakesMail};
use crate::http::{
    ApiResult, Caller, Change, Created, Found, IfMatch, Json, KeysOnly, List, Paging, PathId, Removal,
    Removed, Routes, add_routes,
};

pub(super) use bodies::{CreateUser, UserBody};
use bodies::{LookupUser, UpdateUser};

pub(super) fn routes(routes: &mut Routes) {
    add_routes!(
        routes,
        "export users": create_user, list_users, lookup_user, get_user, update_user, delete_user, restore_user
    );
}

/// Makes an exporter, without a password.
#[utoipa::path(post, path = "/v1/export/users", responses(TakesMail))]
async fn create_user(
    change: Change<KeysOnly<ExportWrite>>,
    Json(body): Json<CreateUser>,
) -> ApiResult<Created<UserBody>> {
    let new = body.read()?;
    change.write("export.create_user", move |tx| users::create(tx, new.clone())).await
}

/// Lists exporters, newest first.
#[utoipa::path(get, path = "/v1/export/users")]
async fn list_users(caller: Caller<KeysOnly<ExportRead>>, paging: Paging) -> ApiResult<List<UserBody>> {
    caller.list("export.list_users", "", &paging, users::list).await
}

/// Finds the exporter who has an e-mail address.
#[utoipa::path(post, path = "/v1/export/users/lookup", responses(LooksUp))]
async fn lookup_user(caller: Caller<ExportRead>, Json(body): Json<LookupUser>) -> ApiResult<Found<UserBody>> {
    let email = body.read()?;
    caller.read("export.lookup_user", move |conn| users::get_by_email(conn, &email)).await
}

/// Shows an exporter.
#[utoipa::path(get, path = "/v1/export/users/{id}")]
async fn get_user(caller: Caller<ExportRead>, PathId(id): PathId<User>) -> ApiResult<Found<UserBody>> {
    caller.read("export.get_user", move |conn| users::get(conn, id)).await
}

/// Changes an exporter.
///
/// The e-mail address takes an API key: it says who somebody is, and trying addresses would tell which are taken.
#[utoipa::path(patch, path = "/v1/export/users/{id}", responses(TakesMail))]
async fn update_user(
    change: Change<ExportWrite>,
    PathId(id): PathId<User>,
    IfMatch(version): IfMatch,
    Json(body): Json<UpdateUser>,
) -> ApiResult<Found<UserBody>> {
    let changes = body.read()?;
    if changes.email.is_some() {
        change.require::<KeysOnly<ExportWrite>>()?;
    }
    change.write("export.update_user", move |tx| users::update(tx, id, version, changes.clone())).await
}

/// Deletes an exporter, whose sessions are over then. Restoring brings the user back, until it is purged.
///
/// With `erase=true` everything of the user's goes for good, also of one who is deleted.
#[utoipa::path(delete, path = "/v1/export/users/{id}")]
async fn delete_user(
    removal: Removal<Export>,
    PathId(id): PathId<User>,
    IfMatch(version): IfMatch,
) -> ApiResult<Removed> {
    let delete = move |tx: &mut Tx<'_>| users::delete(tx, id, version);
    let erase = move |tx: &mut Tx<'_>| users::erase(tx, id, version);
    removal.make("export.delete_user", delete, "export.erase_user", erase).await
}

/// Brings back a deleted exporter.
#[utoipa::path(post, path = "/v1/export/users/{id}/restore", responses(MayHaveLostPlace))]
async fn restore_user(change: Change<ExportWrite>, PathId(id): PathId<User>) -> ApiResult<Found<UserBody>> {
    change.write("export.restore_user", move |tx| users::restore(tx, id)).await
}
