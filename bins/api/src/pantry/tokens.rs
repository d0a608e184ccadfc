//! Tokens of users, handed out to a program that may look after them: this system has no log-in of its own.

use std::sync::Arc;

use repository::domain::pantry::User;
use service::pantry::tokens as sessions;

use super::PantryAdmin;
use crate::http::identity::{OpenSession, TokensBody};
use crate::http::{ApiResult, Change, NoContent, OptionalJson, PathId, Routes, Shown, Unkeyed, add_routes};

pub(super) fn routes(routes: &mut Routes) {
    add_routes!(routes, "pantry sessions": open_session, revoke_sessions);
}

/// Opens a session of a user, for a program to hand on.
///
/// Requests with the access token see and change that user's rows only; all others are as if they were not there.
#[utoipa::path(post, path = "/v1/pantry/users/{id}/tokens")]
async fn open_session(
    change: Change<PantryAdmin, Unkeyed>,
    PathId(id): PathId<User>,
    OptionalJson(body): OptionalJson<OpenSession>,
) -> ApiResult<Shown<TokensBody>> {
    let (scope, keys) = (body.read()?, Arc::clone(&change.state().tokens));
    change.write("pantry.open_session", move |tx| sessions::open(tx, &keys, id, scope)).await
}

/// Ends all sessions of a user. Their access tokens are dead a second later.
#[utoipa::path(delete, path = "/v1/pantry/users/{id}/tokens")]
async fn revoke_sessions(change: Change<PantryAdmin>, PathId(id): PathId<User>) -> ApiResult<NoContent> {
    let keys = Arc::clone(&change.state().tokens);
    change.write("pantry.revoke_sessions", move |tx| sessions::revoke_all(tx, &keys, id)).await
}
