//! Tokens of users, handed out to a program that may look after them: this system has no log-in of its own.

use std::sync::Arc;

use actix_web::web::Data;
use actix_web::{delete, post};
use repository::Tx;
use repository::domain::split::User;
use service::split::tokens as sessions;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::http::auth::{Caller, SplitAdmin};
use crate::http::error::ApiError;
use crate::http::error::responses::{AuthErrors, BodyErrors, NotFoundError};
use crate::http::idempotency::Change;
use crate::http::identity::{OpenSession, TokensBody};
use crate::http::input::{OptionalJson, PathId};
use crate::http::respond::{Reply, no_content, ok};
use crate::state::State;

pub(super) fn routes(config: &mut ServiceConfig<'_>) {
    config.service(open_session).service(revoke_sessions);
}

/// Opens a session of a user, for a program to hand on.
///
/// Requests with the access token see and change that user's rows only; all others are as if they were not there.
#[utoipa::path(
    tag = "split sessions",
    params(("id" = Uuid, Path, description = "The user")),
    request_body = Option<OpenSession>,
    responses(
        (status = 200, description = "The tokens", body = TokensBody),
        AuthErrors, NotFoundError, BodyErrors,
    ),
    extensions(("x-keys-only" = json!(true))),
    security(("api_key" = ["split:admin"]))
)]
#[post("/v1/split/users/{id}/tokens")]
async fn open_session(
    caller: Caller<SplitAdmin>,
    change: Change,
    state: Data<State>,
    PathId(id): PathId<User>,
    OptionalJson(body): OptionalJson<OpenSession>,
) -> Result<Reply, ApiError> {
    let scope = body.read()?;
    let keys = Arc::clone(&state.tokens);
    let open = move |tx: &mut Tx<'_>| sessions::open(tx, &keys, id, scope);
    state.write("split.open_session", &caller, change, open, |pair| ok(TokensBody::from(pair))).await
}

/// Ends all sessions of a user. Their access tokens are dead a second later.
#[utoipa::path(
    tag = "split sessions",
    params(("id" = Uuid, Path, description = "The user")),
    responses(
        (status = 204, description = "The sessions are over"),
        AuthErrors, NotFoundError,
    ),
    extensions(("x-keys-only" = json!(true))),
    security(("api_key" = ["split:admin"]))
)]
#[delete("/v1/split/users/{id}/tokens")]
async fn revoke_sessions(
    caller: Caller<SplitAdmin>,
    change: Change,
    state: Data<State>,
    PathId(id): PathId<User>,
) -> Result<Reply, ApiError> {
    let keys = Arc::clone(&state.tokens);
    let revoke = move |tx: &mut Tx<'_>| sessions::revoke_all(tx, &keys, id);
    state.write("split.revoke_sessions", &caller, change, revoke, |()| no_content()).await
}
