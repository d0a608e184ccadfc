//! `export.users`: exporters.

mod bodies;

use actix_web::web::Data;
use actix_web::{delete, get, patch, post};
use repository::Tx;
use repository::domain::export::User;
use service::export::users;
use utoipa_actix_web::service_config::ServiceConfig;

use super::Export;
use crate::http::auth::{Admin, Caller, KeysOnly, Read, Write};
use crate::http::erasure::{EraseQuery, ErasedBody, erased};
use crate::http::error::ApiError;
use crate::http::error::responses::{
    AuthErrors, BodyErrors, MayHaveLostPlace, NotFoundError, TakesMail, TakesPage, TakesParameters,
    TakesVersion,
};
use crate::http::etag::IfMatch;
use crate::http::idempotency::Change;
use crate::http::input::{Json, PathId, Query};
use crate::http::page::{List, PageQuery};
use crate::http::respond::{Reply, created, found, no_content, ok};
use crate::state::State;

pub(super) use bodies::{CreateUser, UserBody};
use bodies::{LookupUser, UpdateUser};

pub(super) fn routes(config: &mut ServiceConfig<'_>) {
    // `{id}` would take this path too, so it comes first.
    config
        .service(lookup_user)
        .service(create_user)
        .service(list_users)
        .service(get_user)
        .service(update_user)
        .service(delete_user)
        .service(restore_user);
}

fn made(user: User) -> Result<Reply, ApiError> {
    created(format!("/v1/export/users/{}", user.id), user.row_version, UserBody::from(user))
}

fn shown(user: User) -> Result<Reply, ApiError> {
    found(user.row_version, UserBody::from(user))
}

/// Makes an exporter, without a password.
#[utoipa::path(
    tag = "export users",
    responses(
        (status = 201, description = "The user", body = UserBody,
         headers(("Location", description = "Its path"), ("ETag", description = "Its version"))),
        TakesMail, AuthErrors, BodyErrors,
    ),
    extensions(("x-keys-only" = json!(true))),
    security(("api_key" = ["export:write"]))
)]
#[post("/v1/export/users")]
async fn create_user(
    caller: Caller<KeysOnly<Write<Export>>>,
    change: Change,
    state: Data<State>,
    Json(body): Json<CreateUser>,
) -> Result<Reply, ApiError> {
    let new = body.read()?;
    let create = move |tx: &mut Tx<'_>| users::create(tx, new.clone());
    state.write("export.create_user", &caller, change, create, made).await
}

/// Lists exporters, newest first.
#[utoipa::path(
    tag = "export users",
    params(PageQuery),
    responses((status = 200, description = "A page", body = List<UserBody>), AuthErrors, TakesPage),
    extensions(("x-keys-only" = json!(true))),
    security(("api_key" = ["export:read"]))
)]
#[get("/v1/export/users")]
async fn list_users(
    caller: Caller<KeysOnly<Read<Export>>>,
    state: Data<State>,
    Query(query): Query<PageQuery>,
) -> Result<Reply, ApiError> {
    let list = state.list("export.users", "");
    let page = list.request(query.limit, query.cursor.as_deref())?;
    let found = state.read("export.list_users", &caller, move |conn| users::list(conn, page)).await?;
    ok(list.answer(found, UserBody::from))
}

/// Finds the exporter who has an e-mail address.
#[utoipa::path(
    tag = "export users",
    responses(
        (status = 200, description = "The user", body = UserBody, headers(("ETag", description = "Its version"))),
        AuthErrors, NotFoundError, BodyErrors,
    ),
    security(("api_key" = ["export:read"]))
)]
#[post("/v1/export/users/lookup")]
async fn lookup_user(
    caller: Caller<Read<Export>>,
    state: Data<State>,
    Json(body): Json<LookupUser>,
) -> Result<Reply, ApiError> {
    let email = body.read()?;
    let user =
        state.read("export.lookup_user", &caller, move |conn| users::get_by_email(conn, &email)).await?;
    shown(user)
}

/// Shows an exporter.
#[utoipa::path(
    tag = "export users",
    params(("id" = Uuid, Path, description = "The user")),
    responses(
        (status = 200, description = "The user", body = UserBody, headers(("ETag", description = "Its version"))),
        AuthErrors, NotFoundError,
    ),
    security(("api_key" = ["export:read"]))
)]
#[get("/v1/export/users/{id}")]
async fn get_user(
    caller: Caller<Read<Export>>,
    state: Data<State>,
    PathId(id): PathId<User>,
) -> Result<Reply, ApiError> {
    let user = state.read("export.get_user", &caller, move |conn| users::get(conn, id)).await?;
    shown(user)
}

/// Changes an exporter.
///
/// The e-mail address takes an API key: it says who somebody is, and trying addresses would tell which are taken.
#[utoipa::path(
    tag = "export users",
    params(("id" = Uuid, Path, description = "The user"), IfMatch),
    responses(
        (status = 200, description = "The changed user", body = UserBody, headers(("ETag", description = "Its new version"))),
        TakesMail, AuthErrors, NotFoundError, BodyErrors, TakesVersion,
    ),
    security(("api_key" = ["export:write"]))
)]
#[patch("/v1/export/users/{id}")]
async fn update_user(
    caller: Caller<Write<Export>>,
    program: Result<Caller<KeysOnly<Write<Export>>>, ApiError>,
    change: Change,
    state: Data<State>,
    PathId(id): PathId<User>,
    IfMatch(version): IfMatch,
    Json(body): Json<UpdateUser>,
) -> Result<Reply, ApiError> {
    let changes = body.read()?;
    if changes.email.is_some() {
        program?;
    }
    let update = move |tx: &mut Tx<'_>| users::update(tx, id, version, changes.clone());
    state.write("export.update_user", &caller, change, update, shown).await
}

/// Deletes an exporter, whose sessions are over then. Restoring brings the user back, until it is purged.
///
/// With `erase=true` everything of the user's goes for good, also of one who is deleted.
#[utoipa::path(
    tag = "export users",
    params(("id" = Uuid, Path, description = "The user"), EraseQuery, IfMatch),
    responses(
        (status = 200, description = "The user is erased", body = ErasedBody),
        (status = 204, description = "The user is deleted"),
        AuthErrors, NotFoundError, TakesVersion, TakesParameters,
    ),
    security(("api_key" = ["export:write"]), ("api_key" = ["export:admin"]))
)]
#[delete("/v1/export/users/{id}")]
async fn delete_user(
    caller: Caller<Write<Export>>,
    admin: Result<Caller<Admin<Export>>, ApiError>,
    change: Change,
    state: Data<State>,
    PathId(id): PathId<User>,
    Query(query): Query<EraseQuery>,
    IfMatch(version): IfMatch,
) -> Result<Reply, ApiError> {
    if query.erase() {
        let admin = admin?;
        let erase = move |tx: &mut Tx<'_>| users::erase(tx, id, version);
        return state.write("export.erase_user", &admin, change, erase, erased).await;
    }
    let delete = move |tx: &mut Tx<'_>| users::delete(tx, id, version);
    state.write("export.delete_user", &caller, change, delete, |()| no_content()).await
}

/// Brings back a deleted exporter.
#[utoipa::path(
    tag = "export users",
    params(("id" = Uuid, Path, description = "The user")),
    responses(
        (status = 200, description = "The user", body = UserBody, headers(("ETag", description = "Its version"))),
        MayHaveLostPlace, AuthErrors, NotFoundError,
    ),
    security(("api_key" = ["export:write"]))
)]
#[post("/v1/export/users/{id}/restore")]
async fn restore_user(
    caller: Caller<Write<Export>>,
    change: Change,
    state: Data<State>,
    PathId(id): PathId<User>,
) -> Result<Reply, ApiError> {
    state.write("export.restore_user", &caller, change, move |tx| users::restore(tx, id), shown).await
}
