//! `pantry.users`: households.

mod bodies;

use repository::Tx;
use repository::domain::pantry::User;
use service::pantry::users;

use super::{Pantry, PantryKey, PantryRead, PantryWrite};
use crate::http::error::responses::{LooksUp, MayHaveLostPlace, TakesNameOrMail};
use crate::http::{
    ApiResult, Caller, Change, Created, Found, IfMatch, Json, KeysOnly, List, Paging, PathId, Removal,
    Removed, Routes, add_routes,
};

use bodies::{CreateUser, LookupUser, UpdateUser, UserBody};

pub(super) fn routes(routes: &mut Routes) {
    add_routes!(
        routes,
        "pantry users": create_user, list_users, lookup_user, get_user, update_user, delete_user, restore_user
    );
}

/// Makes a household.
#[utoipa::path(post, path = "/v1/pantry/users", responses(TakesNameOrMail))]
async fn create_user(
    change: Change<PantryKey>,
    Json(body): Json<CreateUser>,
) -> ApiResult<Created<UserBody>> {
    let new = body.read()?;
    change.write("pantry.create_user", move |tx| users::create(tx, new.clone())).await
}

/// Lists households, newest first.
#[utoipa::path(get, path = "/v1/pantry/users")]
async fn list_users(caller: Caller<KeysOnly<PantryRead>>, paging: Paging) -> ApiResult<List<UserBody>> {
    caller.list("pantry.list_users", "", &paging, users::list).await
}

/// Finds the household that has a user name or an e-mail address.
#[utoipa::path(post, path = "/v1/pantry/users/lookup", responses(LooksUp))]
async fn lookup_user(caller: Caller<PantryRead>, Json(body): Json<LookupUser>) -> ApiResult<Found<UserBody>> {
    let lookup = body.read()?;
    caller.read("pantry.lookup_user", move |conn| users::lookup(conn, &lookup)).await
}

/// Shows a household.
#[utoipa::path(get, path = "/v1/pantry/users/{id}")]
async fn get_user(caller: Caller<PantryRead>, PathId(id): PathId<User>) -> ApiResult<Found<UserBody>> {
    caller.read("pantry.get_user", move |conn| users::get(conn, id)).await
}

/// Changes a household.
///
/// The user name and the e-mail address take an API key: they say who somebody is, and trying them would tell which are
/// taken.
#[utoipa::path(patch, path = "/v1/pantry/users/{id}", responses(TakesNameOrMail))]
async fn update_user(
    change: Change<PantryWrite>,
    PathId(id): PathId<User>,
    IfMatch(version): IfMatch,
    Json(body): Json<UpdateUser>,
) -> ApiResult<Found<UserBody>> {
    let (changes, preferences) = body.read()?;
    if !changes.is_empty() {
        change.require::<PantryKey>()?;
    }
    let update = move |tx: &mut Tx<'_>| users::update(tx, id, version, changes.clone(), preferences.clone());
    change.write("pantry.update_user", update).await
}

/// Deletes a household with its conversations and receipts. Restoring brings all of it back, until it is purged.
///
/// With `erase=true` everything of the household's goes for good, also of one that is deleted.
#[utoipa::path(delete, path = "/v1/pantry/users/{id}")]
async fn delete_user(
    removal: Removal<Pantry>,
    PathId(id): PathId<User>,
    IfMatch(version): IfMatch,
) -> ApiResult<Removed> {
    let delete = move |tx: &mut Tx<'_>| users::delete(tx, id, version);
    let erase = move |tx: &mut Tx<'_>| users::erase(tx, id, version);
    removal.make("pantry.delete_user", delete, "pantry.erase_user", erase).await
}

/// Brings back a deleted household, and just what went with that deletion.
#[utoipa::path(post, path = "/v1/pantry/users/{id}/restore", responses(MayHaveLostPlace))]
async fn restore_user(change: Change<PantryWrite>, PathId(id): PathId<User>) -> ApiResult<Found<UserBody>> {
    change.write("pantry.restore_user", move |tx| users::restore(tx, id)).await
}
