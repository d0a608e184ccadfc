//! `split.contacts`: the people an organiser shares bills with.

mod batch;
mod bodies;

use actix_web::web::Data;
use actix_web::{delete, get, patch, post};
use repository::domain::split::{Contact, User};
use repository::{Conn, Tx};
use service::split::contacts;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::http::auth::{Caller, SplitAdmin, SplitRead, SplitWrite};
use crate::http::erasure::{EraseQuery, ErasedBody, erased};
use crate::http::error::ApiError;
use crate::http::error::responses::{
    AuthErrors, BodyErrors, MayBeTaken, MayHaveLostPlace, NotFoundError, TakesPage, TakesParameters,
    TakesVersion,
};
use crate::http::etag::IfMatch;
use crate::http::idempotency::Change;
use crate::http::input::{Json, PathId, Query};
use crate::http::page::{List, PageQuery};
use crate::http::respond::{Reply, created, found, no_content, ok};
use crate::state::State;

use bodies::{ContactBody, CreateContact, FoundContacts, LookupContacts, UpdateContact};

pub(super) fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(batch::store_contacts)
        .service(create_contact)
        .service(list_contacts)
        .service(lookup_contacts)
        .service(get_contact)
        .service(update_contact)
        .service(delete_contact)
        .service(restore_contact);
}

fn made(contact: Contact) -> Result<Reply, ApiError> {
    let location = format!("/v1/split/contacts/{}", contact.id);
    created(location, contact.row_version, ContactBody::from(contact))
}

fn shown(contact: Contact) -> Result<Reply, ApiError> {
    found(contact.row_version, ContactBody::from(contact))
}

/// Adds a contact to a user.
///
/// Where the user has a contact with this phone number, it is answered as it is, and keeps its name.
#[utoipa::path(
    tag = "split contacts",
    params(("id" = Uuid, Path, description = "The user")),
    responses(
        (status = 200, description = "The contact who was there", body = ContactBody, headers(("ETag", description = "Its version"))),
        (status = 201, description = "The contact who was made", body = ContactBody,
         headers(("Location", description = "Its path"), ("ETag", description = "Its version"))),
        AuthErrors, NotFoundError, BodyErrors,
    ),
    security(("api_key" = ["split:write"]))
)]
#[post("/v1/split/users/{id}/contacts")]
async fn create_contact(
    caller: Caller<SplitWrite>,
    change: Change,
    state: Data<State>,
    PathId(user): PathId<User>,
    Json(body): Json<CreateContact>,
) -> Result<Reply, ApiError> {
    let new = body.read(user)?;
    let create = move |tx: &mut Tx<'_>| contacts::create(tx, new.clone());
    let answer = |(contact, is_new)| if is_new { made(contact) } else { shown(contact) };
    state.write("split.create_contact", &caller, change, create, answer).await
}

/// Lists a user's contacts, newest first.
#[utoipa::path(
    tag = "split contacts",
    params(("id" = Uuid, Path, description = "The user"), PageQuery),
    responses((status = 200, description = "A page", body = List<ContactBody>), AuthErrors, NotFoundError, TakesPage),
    security(("api_key" = ["split:read"]))
)]
#[get("/v1/split/users/{id}/contacts")]
async fn list_contacts(
    caller: Caller<SplitRead>,
    state: Data<State>,
    PathId(user): PathId<User>,
    Query(query): Query<PageQuery>,
) -> Result<Reply, ApiError> {
    let list = state.list("split.contacts", user);
    let page = list.request(query.limit, query.cursor.as_deref())?;
    let found =
        state.read("split.list_contacts", &caller, move |conn| contacts::list(conn, user, page)).await?;
    ok(list.answer(found, ContactBody::from))
}

/// Finds a user's contacts by phone number or by name.
///
/// Several contacts may have the same name. At most a hundred are answered.
#[utoipa::path(
    tag = "split contacts",
    params(("id" = Uuid, Path, description = "The user")),
    responses((status = 200, description = "Those that match", body = FoundContacts), AuthErrors, NotFoundError, BodyErrors),
    security(("api_key" = ["split:read"]))
)]
#[post("/v1/split/users/{id}/contacts/lookup")]
async fn lookup_contacts(
    caller: Caller<SplitRead>,
    state: Data<State>,
    PathId(user): PathId<User>,
    Json(body): Json<LookupContacts>,
) -> Result<Reply, ApiError> {
    let lookup = body.read()?;
    let found = move |conn: &mut Conn<'_>| contacts::lookup(conn, user, &lookup);
    let found = state.read("split.lookup_contacts", &caller, found).await?;
    ok(FoundContacts { data: found.into_iter().map(ContactBody::from).collect() })
}

/// Shows a contact.
#[utoipa::path(
    tag = "split contacts",
    params(("id" = Uuid, Path, description = "The contact")),
    responses(
        (status = 200, description = "The contact", body = ContactBody, headers(("ETag", description = "Its version"))),
        AuthErrors, NotFoundError,
    ),
    security(("api_key" = ["split:read"]))
)]
#[get("/v1/split/contacts/{id}")]
async fn get_contact(
    caller: Caller<SplitRead>,
    state: Data<State>,
    PathId(id): PathId<Contact>,
) -> Result<Reply, ApiError> {
    let contact = state.read("split.get_contact", &caller, move |conn| contacts::get(conn, id)).await?;
    shown(contact)
}

/// Changes a contact.
#[utoipa::path(
    tag = "split contacts",
    params(("id" = Uuid, Path, description = "The contact"), IfMatch),
    responses(
        (status = 200, description = "The changed contact", body = ContactBody, headers(("ETag", description = "Its new version"))),
        MayBeTaken, AuthErrors, NotFoundError, BodyErrors, TakesVersion,
    ),
    security(("api_key" = ["split:write"]))
)]
#[patch("/v1/split/contacts/{id}")]
async fn update_contact(
    caller: Caller<SplitWrite>,
    change: Change,
    state: Data<State>,
    PathId(id): PathId<Contact>,
    IfMatch(version): IfMatch,
    Json(body): Json<UpdateContact>,
) -> Result<Reply, ApiError> {
    let changes = body.read()?;
    let update = move |tx: &mut Tx<'_>| contacts::update(tx, id, version, changes.clone());
    state.write("split.update_contact", &caller, change, update, shown).await
}

/// Deletes a contact. Bills keep showing it; restoring brings it back, until it is purged.
///
/// With `erase=true` it goes for good, also if it is deleted. Where a bill needs it, its name and number are overwritten:
/// the amounts stay.
#[utoipa::path(
    tag = "split contacts",
    params(("id" = Uuid, Path, description = "The contact"), EraseQuery, IfMatch),
    responses(
        (status = 200, description = "The contact is erased", body = ErasedBody),
        (status = 204, description = "The contact is deleted"),
        AuthErrors, NotFoundError, TakesVersion, TakesParameters,
    ),
    security(("api_key" = ["split:write"]), ("api_key" = ["split:admin"]))
)]
#[delete("/v1/split/contacts/{id}")]
async fn delete_contact(
    caller: Caller<SplitWrite>,
    admin: Result<Caller<SplitAdmin>, ApiError>,
    change: Change,
    state: Data<State>,
    PathId(id): PathId<Contact>,
    Query(query): Query<EraseQuery>,
    IfMatch(version): IfMatch,
) -> Result<Reply, ApiError> {
    if query.erase() {
        let admin = admin?;
        let erase = move |tx: &mut Tx<'_>| contacts::erase(tx, id, version);
        return state.write("split.erase_contact", &admin, change, erase, erased).await;
    }
    let delete = move |tx: &mut Tx<'_>| contacts::delete(tx, id, version);
    state.write("split.delete_contact", &caller, change, delete, |_| no_content()).await
}

/// Brings back a deleted contact.
#[utoipa::path(
    tag = "split contacts",
    params(("id" = Uuid, Path, description = "The contact")),
    responses(
        (status = 200, description = "The contact", body = ContactBody, headers(("ETag", description = "Its version"))),
        MayHaveLostPlace, AuthErrors, NotFoundError,
    ),
    security(("api_key" = ["split:write"]))
)]
#[post("/v1/split/contacts/{id}/restore")]
async fn restore_contact(
    caller: Caller<SplitWrite>,
    change: Change,
    state: Data<State>,
    PathId(id): PathId<Contact>,
) -> Result<Reply, ApiError> {
    state.write("split.restore_contact", &caller, change, move |tx| contacts::restore(tx, id), shown).await
}
