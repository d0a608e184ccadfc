//! `split.users`: organisers.

use actix_web::web::Data;
use actix_web::{HttpResponse, delete, get, patch, post, put};
use chrono::{DateTime, Utc};
use repository::Tx;
use repository::domain::split::{NewUser, User, UserChanges};
use repository::domain::{Id, Invalid, PersonName, PhoneNumber, UpiId};
use serde::{Deserialize, Serialize};
use service::split::users;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::fields::{changed, replaced};
use crate::auth::{Caller, SplitRead, SplitWrite};
use crate::error::ApiError;
use crate::error::responses::{MayBeTaken, MayHaveLostPlace, NamesRow, NeedsKey, TakesBody, TakesVersion};
use crate::etag::IfMatch;
use crate::input::{Json, Patch, PathId, present};
use crate::respond::{created, found, no_content};
use crate::state::State;

pub(super) fn routes(config: &mut ServiceConfig<'_>) {
    // `{id}` would take these paths too, so they come first.
    config
        .service(lookup_user)
        .service(find_or_create_user)
        .service(create_user)
        .service(get_user)
        .service(update_user)
        .service(delete_user)
        .service(restore_user);
}

/// A user.
#[derive(Serialize, ToSchema)]
struct UserBody {
    #[schema(value_type = Uuid)]
    id: Id<User>,
    /// E.164.
    #[schema(example = "+919876543210")]
    phone_number: String,
    /// Stands as the payee's name in payment links.
    #[schema(example = "Asha Rao")]
    name: Option<String>,
    /// Where this user is paid.
    #[schema(example = "asha@okaxis")]
    upi_id: Option<String>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl From<User> for UserBody {
    fn from(user: User) -> Self {
        let User { id, phone_number, name, upi_id, row_version: _, created_at, updated_at } = user;
        Self {
            id,
            phone_number: phone_number.expose().to_owned(),
            name: name.map(|name| name.expose().to_owned()),
            upi_id: upi_id.map(|upi_id| upi_id.expose().to_owned()),
            created_at,
            updated_at,
        }
    }
}

/// A user to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"phone_number": "+91 98765 43210", "name": "Asha Rao", "upi_id": "asha@okaxis"}))]
struct CreateUser {
    /// With a country code, or as people write it in India. No two users have the same.
    phone_number: String,
    name: Option<String>,
    /// Where this user is paid.
    upi_id: Option<String>,
}

impl CreateUser {
    fn read(self) -> Result<NewUser, Invalid> {
        let mut fields = Invalid::collect();
        let phone_number = fields.take("/phone_number", PhoneNumber::parse(&self.phone_number));
        let name = fields.take_optional("/name", self.name.as_deref().map(PersonName::parse));
        let upi_id = fields.take_optional("/upi_id", self.upi_id.as_deref().map(UpiId::parse));
        fields.build(|| Some(NewUser { phone_number: phone_number?, name: name?, upi_id: upi_id? }))
    }
}

/// What to change of a user. What is absent stays; null clears.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Asha R. Rao", "upi_id": null}))]
struct UpdateUser {
    /// Cannot be cleared.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    phone_number: Patch<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    name: Patch<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    upi_id: Patch<String>,
}

impl UpdateUser {
    fn read(self) -> Result<UserChanges, Invalid> {
        let mut fields = Invalid::collect();
        let phone_number = |text: String| PhoneNumber::parse(&text);
        let changes = UserChanges {
            phone_number: replaced(&mut fields, "/phone_number", self.phone_number, phone_number),
            name: changed(&mut fields, "/name", self.name, |text| PersonName::parse(&text)),
            upi_id: changed(&mut fields, "/upi_id", self.upi_id, |text| UpiId::parse(&text)),
        };
        fields.finish()?;
        Ok(changes)
    }
}

/// A phone number to look for.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"phone_number": "98765 43210"}))]
struct LookupUser {
    phone_number: String,
}

fn made(user: User) -> HttpResponse {
    created(format!("/v1/split/users/{}", user.id), user.row_version, UserBody::from(user))
}

fn shown(user: User) -> HttpResponse {
    found(user.row_version, UserBody::from(user))
}

/// Makes a user.
#[utoipa::path(
    tag = "split",
    responses(
        (status = 201, description = "The user", body = UserBody,
         headers(("Location", description = "Its path"), ("ETag", description = "Its version"))),
        MayBeTaken, NeedsKey, TakesBody,
    ),
    security(("api_key" = ["split:write"]))
)]
#[post("/v1/split/users")]
async fn create_user(
    caller: Caller<SplitWrite>,
    state: Data<State>,
    Json(body): Json<CreateUser>,
) -> Result<HttpResponse, ApiError> {
    let new = body.read()?;
    let user = state.write("split.create_user", &caller, move |tx| users::create(tx, new.clone())).await?;
    Ok(made(user))
}

/// Finds the user who has a phone number.
#[utoipa::path(
    tag = "split",
    responses(
        (status = 200, description = "The user", body = UserBody, headers(("ETag", description = "Its version"))),
        NeedsKey, NamesRow, TakesBody,
    ),
    security(("api_key" = ["split:read"]))
)]
#[post("/v1/split/users/lookup")]
async fn lookup_user(
    caller: Caller<SplitRead>,
    state: Data<State>,
    Json(body): Json<LookupUser>,
) -> Result<HttpResponse, ApiError> {
    let mut fields = Invalid::collect();
    let phone = fields.take("/phone_number", PhoneNumber::parse(&body.phone_number));
    let phone = fields.build(|| phone)?;
    let user = state.read("split.lookup_user", &caller, move |cx| users::get_by_phone(cx, &phone)).await?;
    Ok(shown(user))
}

/// Finds the user who has a phone number, or makes one.
///
/// A user who is there stays as it is; `name` and `upi_id` are for a new one.
#[utoipa::path(
    tag = "split",
    responses(
        (status = 200, description = "The user who was there", body = UserBody, headers(("ETag", description = "Its version"))),
        (status = 201, description = "The user who was made", body = UserBody,
         headers(("Location", description = "Its path"), ("ETag", description = "Its version"))),
        NeedsKey, TakesBody,
    ),
    security(("api_key" = ["split:write"]))
)]
#[put("/v1/split/users/by-phone")]
async fn find_or_create_user(
    caller: Caller<SplitWrite>,
    state: Data<State>,
    Json(body): Json<CreateUser>,
) -> Result<HttpResponse, ApiError> {
    let new = body.read()?;
    let find_or_create = move |tx: &mut Tx<'_>| users::find_or_create(tx, new.clone());
    let (user, is_new) = state.write("split.find_or_create_user", &caller, find_or_create).await?;
    Ok(if is_new { made(user) } else { shown(user) })
}

/// Shows a user.
#[utoipa::path(
    tag = "split",
    params(("id" = Uuid, Path, description = "The user")),
    responses(
        (status = 200, description = "The user", body = UserBody, headers(("ETag", description = "Its version"))),
        NeedsKey, NamesRow,
    ),
    security(("api_key" = ["split:read"]))
)]
#[get("/v1/split/users/{id}")]
async fn get_user(
    caller: Caller<SplitRead>,
    state: Data<State>,
    PathId(id): PathId<User>,
) -> Result<HttpResponse, ApiError> {
    let user = state.read("split.get_user", &caller, move |cx| users::get(cx, id)).await?;
    Ok(shown(user))
}

/// Changes a user.
#[utoipa::path(
    tag = "split",
    params(("id" = Uuid, Path, description = "The user"), IfMatch),
    responses(
        (status = 200, description = "The changed user", body = UserBody, headers(("ETag", description = "Its new version"))),
        MayBeTaken, NeedsKey, NamesRow, TakesBody, TakesVersion,
    ),
    security(("api_key" = ["split:write"]))
)]
#[patch("/v1/split/users/{id}")]
async fn update_user(
    caller: Caller<SplitWrite>,
    state: Data<State>,
    PathId(id): PathId<User>,
    IfMatch(version): IfMatch,
    Json(body): Json<UpdateUser>,
) -> Result<HttpResponse, ApiError> {
    let changes = body.read()?;
    let update = move |tx: &mut Tx<'_>| users::update(tx, id, version, changes.clone());
    let user = state.write("split.update_user", &caller, update).await?;
    Ok(shown(user))
}

/// Deletes a user with contacts and bills. Restoring brings all of it back, until it is purged.
#[utoipa::path(
    tag = "split",
    params(("id" = Uuid, Path, description = "The user"), IfMatch),
    responses((status = 204, description = "The user is deleted"), NeedsKey, NamesRow, TakesVersion),
    security(("api_key" = ["split:write"]))
)]
#[delete("/v1/split/users/{id}")]
async fn delete_user(
    caller: Caller<SplitWrite>,
    state: Data<State>,
    PathId(id): PathId<User>,
    IfMatch(version): IfMatch,
) -> Result<HttpResponse, ApiError> {
    state.write("split.delete_user", &caller, move |tx| users::delete(tx, id, version)).await?;
    Ok(no_content())
}

/// Brings back a deleted user, and just what went with that deletion.
#[utoipa::path(
    tag = "split",
    params(("id" = Uuid, Path, description = "The user")),
    responses(
        (status = 200, description = "The user", body = UserBody, headers(("ETag", description = "Its version"))),
        MayHaveLostPlace, NeedsKey, NamesRow,
    ),
    security(("api_key" = ["split:write"]))
)]
#[post("/v1/split/users/{id}/restore")]
async fn restore_user(
    caller: Caller<SplitWrite>,
    state: Data<State>,
    PathId(id): PathId<User>,
) -> Result<HttpResponse, ApiError> {
    let user = state.write("split.restore_user", &caller, move |tx| users::restore(tx, id)).await?;
    Ok(shown(user))
}
