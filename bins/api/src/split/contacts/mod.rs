//! `split.contacts`: the people an organiser shares bills with.

mod batch;
mod bodies;

use repository::Tx;
use repository::domain::split::{Contact, User};
use service::split::contacts;

use super::{Split, SplitRead, SplitWrite};
use crate::http::error::responses::{MayHaveLostPlace, TakesPhone};
use crate::http::{
    ApiResult, Caller, Change, CreatedOrFound, Found, IfMatch, Json, List, Paging, PathId, Removal, Removed,
    Routes, Shown, add_routes,
};

use bodies::{ContactBody, CreateContact, FoundContacts, LookupContacts, UpdateContact};

pub(super) fn routes(routes: &mut Routes) {
    add_routes!(
        routes,
        "split contacts": create_contact, list_contacts, lookup_contacts, get_contact, update_contact,
        delete_contact, restore_contact
    );
    batch::routes(routes);
}

/// Adds a contact to a user.
///
/// Where the user has a contact with this phone number, it is answered as it is, and keeps its name.
#[utoipa::path(post, path = "/v1/split/users/{id}/contacts")]
async fn create_contact(
    change: Change<SplitWrite>,
    PathId(user): PathId<User>,
    Json(body): Json<CreateContact>,
) -> ApiResult<CreatedOrFound<ContactBody>> {
    let new = body.read(user)?;
    change.write("split.create_contact", move |tx| contacts::create(tx, new.clone())).await
}

/// Lists a user's contacts, newest first.
#[utoipa::path(get, path = "/v1/split/users/{id}/contacts")]
async fn list_contacts(
    caller: Caller<SplitRead>,
    PathId(user): PathId<User>,
    paging: Paging,
) -> ApiResult<List<ContactBody>> {
    caller
        .list("split.list_contacts", user, &paging, move |conn, page| contacts::list(conn, user, page))
        .await
}

/// Finds a user's contacts by phone number or by name.
///
/// Several contacts may have the same name. At most a hundred are answered.
#[utoipa::path(post, path = "/v1/split/users/{id}/contacts/lookup")]
async fn lookup_contacts(
    caller: Caller<SplitRead>,
    PathId(user): PathId<User>,
    Json(body): Json<LookupContacts>,
) -> ApiResult<Shown<FoundContacts>> {
    let lookup = body.read()?;
    caller.read("split.lookup_contacts", move |conn| contacts::lookup(conn, user, &lookup)).await
}

/// Shows a contact.
#[utoipa::path(get, path = "/v1/split/contacts/{id}")]
async fn get_contact(
    caller: Caller<SplitRead>,
    PathId(id): PathId<Contact>,
) -> ApiResult<Found<ContactBody>> {
    caller.read("split.get_contact", move |conn| contacts::get(conn, id)).await
}

/// Changes a contact.
#[utoipa::path(patch, path = "/v1/split/contacts/{id}", responses(TakesPhone))]
async fn update_contact(
    change: Change<SplitWrite>,
    PathId(id): PathId<Contact>,
    IfMatch(version): IfMatch,
    Json(body): Json<UpdateContact>,
) -> ApiResult<Found<ContactBody>> {
    let changes = body.read()?;
    change.write("split.update_contact", move |tx| contacts::update(tx, id, version, changes.clone())).await
}

/// Deletes a contact. Bills keep showing it; restoring brings it back, until it is purged.
///
/// With `erase=true` it goes for good, also if it is deleted. Where a bill needs it, its name and number are overwritten:
/// the amounts stay.
#[utoipa::path(delete, path = "/v1/split/contacts/{id}")]
async fn delete_contact(
    removal: Removal<Split>,
    PathId(id): PathId<Contact>,
    IfMatch(version): IfMatch,
) -> ApiResult<Removed> {
    let delete = move |tx: &mut Tx<'_>| contacts::delete(tx, id, version);
    let erase = move |tx: &mut Tx<'_>| contacts::erase(tx, id, version);
    removal.make("split.delete_contact", delete, "split.erase_contact", erase).await
}

/// Brings back a deleted contact.
#[utoipa::path(post, path = "/v1/split/contacts/{id}/restore", responses(MayHaveLostPlace))]
async fn restore_contact(
    change: Change<SplitWrite>,
    PathId(id): PathId<Contact>,
) -> ApiResult<Found<ContactBody>> {
    change.write("split.restore_contact", move |tx| contacts::restore(tx, id)).await
}
