//! `split.users`: organisers.

mod bodies;

use repository::Tx;
use repository::domain::split::User;
use service::split::users;

use super::{Split, SplitRead, SplitWrite};
use crate::http::error::responses::{LooksUp, MayHaveLostPlace, TakesPhone};
use crate::http::{
    ApiResult, Caller, Change, Created, CreatedOrFound, Found, IfMatch, Json, KeysOnly, PathId, Removal,
    Removed, Routes, add_routes,
};

use bodies::{CreateUser, LookupUser, UpdateUser, UserBody};

pub(super) fn routes(routes: &mut Routes) {
    add_routes!(
        routes,
        "split users": create_user, lookup_user, find_or_create_user, get_user, update_user, delete_user,
        restore_user
    );
}

/// Makes a user.
#[utoipa::path(post, path = "/v1/split/users", responses(TakesPhone))]
async fn create_user(
    change: Change<KeysOnly<SplitWrite>>,
    Json(body): Json<CreateUser>,
) -> ApiResult<Created<UserBody>> {
    let new = body.read()?;
    change.write("split.create_user", move |tx| users::create(tx, new.clone())).await
}

/// Finds the user who has a phone number.
#[utoipa::path(post, path = "/v1/split/users/lookup", responses(LooksUp))]
async fn lookup_user(caller: Caller<SplitRead>, Json(body): Json<LookupUser>) -> ApiResult<Found<UserBody>> {
    let phone = body.read()?;
    caller.read("split.lookup_user", move |conn| users::get_by_phone(conn, &phone)).await
}

/// Finds the user who has a phone number, or makes one.
///
/// A user who is there stays as it is; `name` and `upi_id` are for a new one.
#[utoipa::path(put, path = "/v1/split/users/by-phone")]
async fn find_or_create_user(
    change: Change<KeysOnly<SplitWrite>>,
    Json(body): Json<CreateUser>,
) -> ApiResult<CreatedOrFound<UserBody>> {
    let new = body.read()?;
    change.write("split.find_or_create_user", move |tx| users::find_or_create(tx, new.clone())).await
}

/// Shows a user.
#[utoipa::path(get, path = "/v1/split/users/{id}")]
async fn get_user(caller: Caller<SplitRead>, PathId(id): PathId<User>) -> ApiResult<Found<UserBody>> {
    caller.read("split.get_user", move |conn| users::get(conn, id)).await
}

/// Changes a user.
///
/// The phone number takes an API key: it says who somebody is, and trying numbers would tell which are taken.
#[utoipa::path(patch, path = "/v1/split/users/{id}", responses(TakesPhone))]
async fn update_user(
    change: Change<SplitWrite>,
    PathId(id): PathId<User>,
    IfMatch(version): IfMatch,
    Json(body): Json<UpdateUser>,
) -> ApiResult<Found<UserBody>> {
    let changes = body.read()?;
    if changes.phone_number.is_some() {
        change.require::<KeysOnly<SplitWrite>>()?;
    }
    change.write("split.update_user", move |tx| users::update(tx, id, version, changes.clone())).await
}

/// Deletes a user with contacts and bills. Restoring brings all of it back, until it is purged.
///
/// With `erase=true` everything of the user's goes for good, also of one who is deleted, and so does the same person among
/// the contacts of others; where a bill of theirs needs the contact, its name and number are overwritten.
#[utoipa::path(delete, path = "/v1/split/users/{id}")]
async fn delete_user(
    removal: Removal<Split>,
    PathId(id): PathId<User>,
    IfMatch(version): IfMatch,
) -> ApiResult<Removed> {
    let delete = move |tx: &mut Tx<'_>| users::delete(tx, id, version);
    let erase = move |tx: &mut Tx<'_>| users::erase(tx, id, version);
    removal.make("split.delete_user", delete, "split.erase_user", erase).await
}

/// Brings back a deleted user, and just what went with that deletion.
#[utoipa::path(post, path = "/v1/split/users/{id}/restore", responses(MayHaveLostPlace))]
async fn restore_user(change: Change<SplitWrite>, PathId(id): PathId<User>) -> ApiResult<Found<UserBody>> {
    change.write("split.restore_user", move |tx| users::restore(tx, id)).await
}
