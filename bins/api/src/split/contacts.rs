//! `split.contacts`: the people an organiser shares bills with.

use actix_web::web::Data;
use actix_web::{HttpResponse, delete, get, patch, post};
use chrono::{DateTime, Utc};
use repository::domain::split::{Contact, ContactChanges, NewContact, User};
use repository::domain::{Id, Invalid, PersonName, PhoneNumber};
use repository::{Cx, Tx};
use serde::{Deserialize, Serialize};
use service::split::contacts::{self, Lookup};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::fields::replaced;
use crate::auth::{Caller, SplitRead, SplitWrite};
use crate::error::ApiError;
use crate::error::responses::{
    MayBeTaken, MayHaveLostPlace, NamesRow, NeedsKey, TakesBody, TakesPage, TakesVersion,
};
use crate::etag::IfMatch;
use crate::input::{Json, Patch, PathId, Query, present};
use crate::page::{List, PageQuery};
use crate::respond::{created, found, no_content, ok};
use crate::state::State;

pub(super) fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(create_contact)
        .service(list_contacts)
        .service(lookup_contacts)
        .service(get_contact)
        .service(update_contact)
        .service(delete_contact)
        .service(restore_contact);
}

/// A contact of a user.
#[derive(Serialize, ToSchema)]
struct ContactBody {
    #[schema(value_type = Uuid)]
    id: Id<Contact>,
    /// Whose contact this is.
    #[schema(value_type = Uuid)]
    user_id: Id<User>,
    /// What the user calls this person.
    #[schema(example = "Ravi")]
    name: String,
    /// E.164.
    #[schema(example = "+919876543211")]
    phone_number: String,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl From<Contact> for ContactBody {
    fn from(contact: Contact) -> Self {
        let Contact { id, user_id, name, phone_number, row_version: _, created_at, updated_at } = contact;
        let (name, phone_number) = (name.expose().to_owned(), phone_number.expose().to_owned());
        Self { id, user_id, name, phone_number, created_at, updated_at }
    }
}

/// Contacts that match: candidates, newest first.
#[derive(Serialize, ToSchema)]
struct FoundContacts {
    data: Vec<ContactBody>,
}

/// A contact to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Ravi", "phone_number": "98765 43211"}))]
struct CreateContact {
    /// What the user calls this person. Several contacts may have the same name.
    name: String,
    /// No two contacts of a user have the same.
    phone_number: String,
}

impl CreateContact {
    fn read(self, user_id: Id<User>) -> Result<NewContact, Invalid> {
        let mut fields = Invalid::collect();
        let name = fields.take("/name", PersonName::parse(&self.name));
        let phone_number = fields.take("/phone_number", PhoneNumber::parse(&self.phone_number));
        fields.build(|| Some(NewContact { user_id, name: name?, phone_number: phone_number? }))
    }
}

/// What to change of a contact. What is absent stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Ravi Kumar"}))]
struct UpdateContact {
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, nullable = false)]
    name: Patch<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, nullable = false)]
    phone_number: Patch<String>,
}

impl UpdateContact {
    fn read(self) -> Result<ContactChanges, Invalid> {
        let mut fields = Invalid::collect();
        let phone_number = |text: String| PhoneNumber::parse(&text);
        let changes = ContactChanges {
            name: replaced(&mut fields, "/name", self.name, |text| PersonName::parse(&text)),
            phone_number: replaced(&mut fields, "/phone_number", self.phone_number, phone_number),
        };
        fields.finish()?;
        Ok(changes)
    }
}

/// What to look for: a phone number, or a name in any case. One of them.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "ravi"}))]
struct LookupContacts {
    phone_number: Option<String>,
    name: Option<String>,
}

impl LookupContacts {
    fn read(self) -> Result<Lookup, Invalid> {
        let mut fields = Invalid::collect();
        let lookup = match (self.phone_number, self.name) {
            (Some(phone), None) => {
                fields.take("/phone_number", PhoneNumber::parse(&phone)).map(Lookup::Phone)
            }
            (None, Some(name)) => fields.take("/name", PersonName::parse(&name)).map(Lookup::Name),
            _ => {
                fields.add("", "one_of", "send one of phone_number and name");
                None
            }
        };
        fields.build(|| lookup)
    }
}

fn shown(contact: Contact) -> HttpResponse {
    found(contact.row_version, ContactBody::from(contact))
}

/// Adds a contact to a user.
///
/// Where the user has a contact with this phone number, it is answered as it is, and keeps its name.
#[utoipa::path(
    tag = "split",
    params(("id" = Uuid, Path, description = "The user")),
    responses(
        (status = 200, description = "The contact who was there", body = ContactBody, headers(("ETag", description = "Its version"))),
        (status = 201, description = "The contact who was made", body = ContactBody,
         headers(("Location", description = "Its path"), ("ETag", description = "Its version"))),
        NeedsKey, NamesRow, TakesBody,
    ),
    security(("api_key" = ["split:write"]))
)]
#[post("/v1/split/users/{id}/contacts")]
async fn create_contact(
    caller: Caller<SplitWrite>,
    state: Data<State>,
    PathId(user): PathId<User>,
    Json(body): Json<CreateContact>,
) -> Result<HttpResponse, ApiError> {
    let new = body.read(user)?;
    let create = move |tx: &mut Tx<'_>| contacts::create(tx, new.clone());
    let (contact, is_new) = state.write("split.create_contact", &caller, create).await?;
    if !is_new {
        return Ok(shown(contact));
    }
    Ok(created(format!("/v1/split/contacts/{}", contact.id), contact.row_version, ContactBody::from(contact)))
}

/// Lists a user's contacts, newest first.
#[utoipa::path(
    tag = "split",
    params(("id" = Uuid, Path, description = "The user"), PageQuery),
    responses((status = 200, description = "A page", body = List<ContactBody>), NeedsKey, NamesRow, TakesPage),
    security(("api_key" = ["split:read"]))
)]
#[get("/v1/split/users/{id}/contacts")]
async fn list_contacts(
    caller: Caller<SplitRead>,
    state: Data<State>,
    PathId(user): PathId<User>,
    Query(query): Query<PageQuery>,
) -> Result<HttpResponse, ApiError> {
    let list = state.list("split.contacts", user);
    let page = list.request(query.limit, query.cursor.as_deref())?;
    let found = state.read("split.list_contacts", &caller, move |cx| contacts::list(cx, user, page)).await?;
    Ok(ok(list.answer(found, ContactBody::from)))
}

/// Finds a user's contacts by phone number or by name.
///
/// Several contacts may have the same name. At most a hundred are answered.
#[utoipa::path(
    tag = "split",
    params(("id" = Uuid, Path, description = "The user")),
    responses((status = 200, description = "Those that match", body = FoundContacts), NeedsKey, NamesRow, TakesBody),
    security(("api_key" = ["split:read"]))
)]
#[post("/v1/split/users/{id}/contacts/lookup")]
async fn lookup_contacts(
    caller: Caller<SplitRead>,
    state: Data<State>,
    PathId(user): PathId<User>,
    Json(body): Json<LookupContacts>,
) -> Result<HttpResponse, ApiError> {
    let lookup = body.read()?;
    let found = move |cx: &mut Cx<'_>| contacts::lookup(cx, user, &lookup);
    let found = state.read("split.lookup_contacts", &caller, found).await?;
    Ok(ok(FoundContacts { data: found.into_iter().map(ContactBody::from).collect() }))
}

/// Shows a contact.
#[utoipa::path(
    tag = "split",
    params(("id" = Uuid, Path, description = "The contact")),
    responses(
        (status = 200, description = "The contact", body = ContactBody, headers(("ETag", description = "Its version"))),
        NeedsKey, NamesRow,
    ),
    security(("api_key" = ["split:read"]))
)]
#[get("/v1/split/contacts/{id}")]
async fn get_contact(
    caller: Caller<SplitRead>,
    state: Data<State>,
    PathId(id): PathId<Contact>,
) -> Result<HttpResponse, ApiError> {
    let contact = state.read("split.get_contact", &caller, move |cx| contacts::get(cx, id)).await?;
    Ok(shown(contact))
}

/// Changes a contact.
#[utoipa::path(
    tag = "split",
    params(("id" = Uuid, Path, description = "The contact"), IfMatch),
    responses(
        (status = 200, description = "The changed contact", body = ContactBody, headers(("ETag", description = "Its new version"))),
        MayBeTaken, NeedsKey, NamesRow, TakesBody, TakesVersion,
    ),
    security(("api_key" = ["split:write"]))
)]
#[patch("/v1/split/contacts/{id}")]
async fn update_contact(
    caller: Caller<SplitWrite>,
    state: Data<State>,
    PathId(id): PathId<Contact>,
    IfMatch(version): IfMatch,
    Json(body): Json<UpdateContact>,
) -> Result<HttpResponse, ApiError> {
    let changes = body.read()?;
    let update = move |tx: &mut Tx<'_>| contacts::update(tx, id, version, changes.clone());
    let contact = state.write("split.update_contact", &caller, update).await?;
    Ok(shown(contact))
}

/// Deletes a contact. Bills keep showing it; restoring brings it back, until it is purged.
#[utoipa::path(
    tag = "split",
    params(("id" = Uuid, Path, description = "The contact"), IfMatch),
    responses((status = 204, description = "The contact is deleted"), NeedsKey, NamesRow, TakesVersion),
    security(("api_key" = ["split:write"]))
)]
#[delete("/v1/split/contacts/{id}")]
async fn delete_contact(
    caller: Caller<SplitWrite>,
    state: Data<State>,
    PathId(id): PathId<Contact>,
    IfMatch(version): IfMatch,
) -> Result<HttpResponse, ApiError> {
    state.write("split.delete_contact", &caller, move |tx| contacts::delete(tx, id, version)).await?;
    Ok(no_content())
}

/// Brings back a deleted contact.
#[utoipa::path(
    tag = "split",
    params(("id" = Uuid, Path, description = "The contact")),
    responses(
        (status = 200, description = "The contact", body = ContactBody, headers(("ETag", description = "Its version"))),
        MayHaveLostPlace, NeedsKey, NamesRow,
    ),
    security(("api_key" = ["split:write"]))
)]
#[post("/v1/split/contacts/{id}/restore")]
async fn restore_contact(
    caller: Caller<SplitWrite>,
    state: Data<State>,
    PathId(id): PathId<Contact>,
) -> Result<HttpResponse, ApiError> {
    let contact = state.write("split.restore_contact", &caller, move |tx| contacts::restore(tx, id)).await?;
    Ok(shown(contact))
}
