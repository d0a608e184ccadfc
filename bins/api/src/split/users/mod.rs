//! `split.users`: organisers.

mod bodies;

use actix_web::web::Data;
use actix_web::{delete, get, patch, post, put};
use repository::Tx;
use repository::domain::split::User;
use service::split::users;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::http::auth::{Caller, KeysOnly, SplitAdmin, SplitRead, SplitWrite};
use crate::http::erasure::{EraseQuery, ErasedBody, erased};
use crate::http::error::ApiError;
use crate::http::error::responses::{
    AuthErrors, BodyErrors, MayBeTaken, MayHaveLostPlace, NotFoundError, TakesParameters, TakesVersion,
};
use crate::http::etag::IfMatch;
use crate::http::idempotency::Change;
use crate::http::input::{Json, PathId, Query};
use crate::http::respond::{Reply, created, found, no_content};
use crate::state::State;

use bodies::{CreateUser, LookupUser, UpdateUser, UserBody};

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

fn made(user: User) -> Result<Reply, ApiError> {
    created(format!("/v1/split/users/{}", user.id), user.row_version, UserBody::from(user))
}

fn shown(user: User) -> Result<Reply, ApiError> {
    found(user.row_version, UserBody::from(user))
}

/// Makes a user.
#[utoipa::path(
    tag = "split users",
    responses(
        (status = 201, description = "The user", body = UserBody,
         headers(("Location", description = "Its path"), ("ETag", description = "Its version"))),
        MayBeTaken, AuthErrors, BodyErrors,
    ),
    extensions(("x-keys-only" = json!(true))),
    security(("api_key" = ["split:write"]))
)]
#[post("/v1/split/users")]
async fn create_user(
    caller: Caller<KeysOnly<SplitWrite>>,
    change: Change,
    state: Data<State>,
    Json(body): Json<CreateUser>,
) -> Result<Reply, ApiError> {
    let new = body.read()?;
    let create = move |tx: &mut Tx<'_>| users::create(tx, new.clone());
    state.write("split.create_user", &caller, change, create, made).await
}

/// Finds the user who has a phone number.
#[utoipa::path(
    tag = "split users",
    responses(
        (status = 200, description = "The user", body = UserBody, headers(("ETag", description = "Its version"))),
        AuthErrors, NotFoundError, BodyErrors,
    ),
    security(("api_key" = ["split:read"]))
)]
#[post("/v1/split/users/lookup")]
async fn lookup_user(
    caller: Caller<SplitRead>,
    state: Data<State>,
    Json(body): Json<LookupUser>,
) -> Result<Reply, ApiError> {
    let phone = body.read()?;
    let user =
        state.read("split.lookup_user", &caller, move |conn| users::get_by_phone(conn, &phone)).await?;
    shown(user)
}

/// Finds the user who has a phone number, or makes one.
///
/// A user who is there stays as it is; `name` and `upi_id` are for a new one.
#[utoipa::path(
    tag = "split users",
    responses(
        (status = 200, description = "The user who was there", body = UserBody, headers(("ETag", description = "Its version"))),
        (status = 201, description = "The user who was made", body = UserBody,
         headers(("Location", description = "Its path"), ("ETag", description = "Its version"))),
        AuthErrors, BodyErrors,
    ),
    extensions(("x-keys-only" = json!(true))),
    security(("api_key" = ["split:write"]))
)]
#[put("/v1/split/users/by-phone")]
async fn find_or_create_user(
    caller: Caller<KeysOnly<SplitWrite>>,
    change: Change,
    state: Data<State>,
    Json(body): Json<CreateUser>,
) -> Result<Reply, ApiError> {
    let new = body.read()?;
    let find_or_create = move |tx: &mut Tx<'_>| users::find_or_create(tx, new.clone());
    let answer = |(user, is_new)| if is_new { made(user) } else { shown(user) };
    state.write("split.find_or_create_user", &caller, change, find_or_create, answer).await
}

/// Shows a user.
#[utoipa::path(
    tag = "split users",
    params(("id" = Uuid, Path, description = "The user")),
    responses(
        (status = 200, description = "The user", body = UserBody, headers(("ETag", description = "Its version"))),
        AuthErrors, NotFoundError,
    ),
    security(("api_key" = ["split:read"]))
)]
#[get("/v1/split/users/{id}")]
async fn get_user(
    caller: Caller<SplitRead>,
    state: Data<State>,
    PathId(id): PathId<User>,
) -> Result<Reply, ApiError> {
    let user = state.read("split.get_user", &caller, move |conn| users::get(conn, id)).await?;
    shown(user)
}

/// Changes a user.
///
/// The phone number takes an API key: it says who somebody is, and trying numbers would tell which are taken.
#[utoipa::path(
    tag = "split users",
    params(("id" = Uuid, Path, description = "The user"), IfMatch),
    responses(
        (status = 200, description = "The changed user", body = UserBody, headers(("ETag", description = "Its new version"))),
        MayBeTaken, AuthErrors, NotFoundError, BodyErrors, TakesVersion,
    ),
    security(("api_key" = ["split:write"]))
)]
#[patch("/v1/split/users/{id}")]
async fn update_user(
    caller: Caller<SplitWrite>,
    program: Result<Caller<KeysOnly<SplitWrite>>, ApiError>,
    change: Change,
    state: Data<State>,
    PathId(id): PathId<User>,
    IfMatch(version): IfMatch,
    Json(body): Json<UpdateUser>,
) -> Result<Reply, ApiError> {
    let changes = body.read()?;
    if changes.phone_number.is_some() {
        program?;
    }
    let update = move |tx: &mut Tx<'_>| users::update(tx, id, version, changes.clone());
    state.write("split.update_user", &caller, change, update, shown).await
}

/// Deletes a user with contacts and bills. Restoring brings all of it back, until it is purged.
///
/// With `erase=true` everything of the user's goes for good, also of one who is deleted, and so does the same person among
/// the contacts of others; where a bill of theirs needs the contact, its name and number are overwritten.
#[utoipa::path(
    tag = "split users",
    params(("id" = Uuid, Path, description = "The user"), EraseQuery, IfMatch),
    responses(
        (status = 200, description = "The user is erased", body = ErasedBody),
        (status = 204, description = "The user is deleted"),
        AuthErrors, NotFoundError, TakesVersion, TakesParameters,
    ),
    security(("api_key" = ["split:write"]), ("api_key" = ["split:admin"]))
)]
#[delete("/v1/split/users/{id}")]
async fn delete_user(
    caller: Caller<SplitWrite>,
    admin: Result<Caller<SplitAdmin>, ApiError>,
    change: Change,
    state: Data<State>,
    PathId(id): PathId<User>,
    Query(query): Query<EraseQuery>,
    IfMatch(version): IfMatch,
) -> Result<Reply, ApiError> {
    if query.erase() {
        let admin = admin?;
        let erase = move |tx: &mut Tx<'_>| users::erase(tx, id, version);
        return state.write("split.erase_user", &admin, change, erase, erased).await;
    }
    let delete = move |tx: &mut Tx<'_>| users::delete(tx, id, version);
    state.write("split.delete_user", &caller, change, delete, |_| no_content()).await
}

/// Brings back a deleted user, and just what went with that deletion.
#[utoipa::path(
    tag = "split users",
    params(("id" = Uuid, Path, description = "The user")),
    responses(
        (status = 200, description = "The user", body = UserBody, headers(("ETag", description = "Its version"))),
        MayHaveLostPlace, AuthErrors, NotFoundError,
    ),
    security(("api_key" = ["split:write"]))
)]
#[post("/v1/split/users/{id}/restore")]
async fn restore_user(
    caller: Caller<SplitWrite>,
    change: Change,
    state: Data<State>,
    PathId(id): PathId<User>,
) -> Result<Reply, ApiError> {
    state.write("split.restore_user", &caller, change, move |tx| users::restore(tx, id), shown).await
}
