//! `whatsapp.users`: people who write to the bot.

mod bodies;

use repository::Tx;
use repository::domain::whatsapp::User;
use serde::Deserialize;
use service::whatsapp::users;
use utoipa::IntoParams;

use super::store::InDatabase;
use super::{WhatsApp, WhatsAppRead, WhatsAppWrite, store};
use crate::http::error::responses::{LooksUp, MayHaveLostPlace, TakesMail, TakesPhone};
use crate::http::{
    ApiResult, Caller, Change, Created, CreatedOrFound, Found, IfMatch, Json, KeysOnly, List, Paging, PathId,
    Query, Removal, Removed, Routes, add_routes,
};

use bodies::{CreateUser, LookupUser, UpdateUser};
pub(super) use bodies::{UserBody, read_lookup};

pub(super) fn routes(routes: &mut Routes) {
    add_routes!(
        routes,
        "whatsapp users": create_user, ensure_user, list_users, lookup_user, get_user, update_user, delete_user,
        restore_user
    );
}

/// Which users to list.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct UserFilter {
    /// Only those who are active, or only those who are not.
    is_active: Option<bool>,
}

/// Makes a user.
#[utoipa::path(post, path = "/v1/whatsapp/users", responses(TakesPhone))]
async fn create_user(
    change: Change<KeysOnly<WhatsAppWrite>>,
    _: InDatabase,
    Json(body): Json<CreateUser>,
) -> ApiResult<Created<UserBody>> {
    let new = body.read()?;
    change.write("whatsapp.create_user", move |tx| users::create(tx, new.clone().into())).await
}

/// Finds who has a phone number, or makes a user with it. Who is there already stays as it is.
///
/// In Argentina, Brazil and Mexico one number has two spellings, either of which finds the person.
#[utoipa::path(put, path = "/v1/whatsapp/users/by-phone", responses(TakesMail))]
async fn ensure_user(
    change: Change<KeysOnly<WhatsAppWrite>>,
    Json(body): Json<CreateUser>,
) -> ApiResult<CreatedOrFound<UserBody>> {
    let new = body.read()?;
    store::write(change, "whatsapp.ensure_user", move |store| {
        let new = new.clone();
        store.find_or_create(new.phone_number, new.full_name, new.email)
    })
    .await
}

/// Lists users, newest first.
#[utoipa::path(get, path = "/v1/whatsapp/users")]
async fn list_users(
    caller: Caller<KeysOnly<WhatsAppRead>>,
    Query(filter): Query<UserFilter>,
    paging: Paging,
) -> ApiResult<List<UserBody>> {
    let UserFilter { is_active } = filter;
    let owner = format!("{is_active:?}");
    store::list(&caller, "whatsapp.list_users", owner, &paging, move |store, page| {
        store.users(is_active, page)
    })
    .await
}

/// Finds the user who has a phone number or an e-mail address.
#[utoipa::path(post, path = "/v1/whatsapp/users/lookup", responses(LooksUp))]
async fn lookup_user(
    caller: Caller<KeysOnly<WhatsAppRead>>,
    Json(body): Json<LookupUser>,
) -> ApiResult<Found<UserBody>> {
    let lookup = body.read()?;
    store::read(&caller, "whatsapp.lookup_user", move |store| store.lookup(&lookup)).await
}

/// Shows a user.
#[utoipa::path(get, path = "/v1/whatsapp/users/{id}")]
async fn get_user(caller: Caller<WhatsAppRead>, PathId(id): PathId<User>) -> ApiResult<Found<UserBody>> {
    store::read(&caller, "whatsapp.get_user", move |store| store.user(id)).await
}

/// Changes a user. The phone number and whether the user is active take an API key.
#[utoipa::path(patch, path = "/v1/whatsapp/users/{id}", responses(TakesPhone))]
async fn update_user(
    change: Change<WhatsAppWrite>,
    _: InDatabase,
    PathId(id): PathId<User>,
    IfMatch(version): IfMatch,
    Json(body): Json<UpdateUser>,
) -> ApiResult<Found<UserBody>> {
    let changes = body.read()?;
    if changes.phone_number.is_some() || changes.is_active.is_some() {
        change.require::<KeysOnly<WhatsAppWrite>>()?;
    }
    change.write("whatsapp.update_user", move |tx| users::update(tx, id, version, changes.clone())).await
}

/// Deletes a user, whose chats are hidden and whose sessions are over then. Restoring brings the user back, until it is
/// purged.
///
/// With `erase=true` everything of the user's goes for good, also of one who is deleted.
#[utoipa::path(delete, path = "/v1/whatsapp/users/{id}")]
async fn delete_user(
    removal: Removal<WhatsApp>,
    _: InDatabase,
    PathId(id): PathId<User>,
    IfMatch(version): IfMatch,
) -> ApiResult<Removed> {
    let delete = move |tx: &mut Tx<'_>| users::delete(tx, id, version);
    let erase = move |tx: &mut Tx<'_>| users::erase(tx, id, version);
    removal.make("whatsapp.delete_user", delete, "whatsapp.erase_user", erase).await
}

/// Brings back a deleted user.
#[utoipa::path(post, path = "/v1/whatsapp/users/{id}/restore", responses(MayHaveLostPlace))]
async fn restore_user(
    change: Change<WhatsAppWrite>,
    _: InDatabase,
    PathId(id): PathId<User>,
) -> ApiResult<Found<UserBody>> {
    change.write("whatsapp.restore_user", move |tx| users::restore(tx, id)).await
}
