//! The tokens of end users, whatever the system: handing them out to a program, renewing them, giving them up.

use std::sync::Arc;

use repository::domain::{Invalid, identity};
use serde::{Deserialize, Serialize};
use service::identity::{Renewal, TokenPair};
use utoipa::ToSchema;
use utoipa::openapi::Object;
use uuid::Uuid;

use super::{LogIn, end_user};
use crate::http::auth::anyone::Anyone;
use crate::http::auth::caller::Access;
use crate::http::docs::{OneOf, one_of};
use crate::http::error::responses::NeedsRefreshToken;
use crate::http::input::Json;
use crate::http::respond::{ApiResult, NoContent, Shown, answer};
use crate::http::routes::{Routes, add_routes};

/// Adds the routes.
pub(crate) fn routes(routes: &mut Routes) {
    add_routes!(routes, "platform sessions": refresh_tokens, revoke_tokens);
}

/// What a user's token is good for, in the OpenAPI document.
pub(crate) type TokenScope = OneOf<identity::TokenScope>;

fn token_type() -> Object {
    one_of(["Bearer"])
}

/// Tokens of an end user.
#[derive(Serialize, ToSchema)]
pub(crate) struct TokensBody {
    /// For `Authorization: Bearer`.
    access_token: String,
    #[schema(schema_with = token_type)]
    token_type: &'static str,
    /// Seconds for which the access token is good.
    #[schema(example = 900)]
    expires_in: i64,
    /// For `POST /v1/tokens/refresh`, once.
    refresh_token: String,
    /// Seconds for which the session can be renewed.
    #[schema(example = 2_592_000)]
    refresh_expires_in: i64,
    /// What the access token is good for.
    #[schema(value_type = TokenScope)]
    scope: &'static str,
}

impl From<TokenPair> for TokensBody {
    fn from(pair: TokenPair) -> Self {
        let TokenPair { access_token, access_expires_at, refresh_token, issued_at, session } = pair;
        Self {
            access_token: access_token.to_string(),
            token_type: "Bearer",
            expires_in: (access_expires_at - issued_at).num_seconds(),
            refresh_token: refresh_token.to_string(),
            refresh_expires_in: (session.expires_at - issued_at).num_seconds(),
            scope: session.scope.as_str(),
        }
    }
}

/// A refresh token.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"refresh_token": "srr_…"}))]
pub(crate) struct RefreshTokens {
    refresh_token: String,
}

/// Renews the tokens of a session.
///
/// A refresh token is good once. For 30 s after its first use it brings the present tokens of its session again, in case the
/// answer was lost; one that comes later was copied, so its session is revoked, with the tokens that came of it.
#[utoipa::path(post, path = "/v1/tokens/refresh", responses(NeedsRefreshToken))]
async fn refresh_tokens(anyone: Anyone, Json(body): Json<RefreshTokens>) -> ApiResult<Shown<TokensBody>> {
    let state = anyone.state();
    let token = state.tokens.read_refresh(&body.refresh_token)?;
    let tokens = Arc::clone(&state.tokens);
    let renewal = state.database.run(anyone.actor(), anyone.deadline(), move |database, actor| {
        database.write("platform.renew_tokens", actor, |tx| tokens.renew(tx, &token))
    });
    match renewal.await? {
        Renewal::Renewed(pair) => answer(Shown(pair.into())),
        Renewal::Refused => {
            let detail = "the refresh token was used too long ago, or its session is over: log in again";
            Err(service::Error::Unauthenticated(detail).into())
        }
    }
}

/// Ends the session of a refresh token, also by one that was renewed. Its access token is dead a second later.
#[utoipa::path(post, path = "/v1/tokens/revoke", responses(NeedsRefreshToken))]
async fn revoke_tokens(anyone: Anyone, Json(body): Json<RefreshTokens>) -> ApiResult<NoContent> {
    let state = anyone.state();
    let token = state.tokens.read_refresh(&body.refresh_token)?;
    let tokens = Arc::clone(&state.tokens);
    let revoked = state.database.run(anyone.actor(), anyone.deadline(), move |database, actor| {
        database.write("platform.revoke_tokens", actor, |tx| tokens.revoke(tx, &token))
    });
    revoked.await?;
    answer(NoContent)
}

/// What tokens are to be for.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"scope": "read"}))]
pub(crate) struct OpenSession {
    /// `read`, or `write`, which includes it and is meant when absent. Either is for the user's own rows.
    #[schema(value_type = Option<TokenScope>)]
    scope: Option<String>,
}

impl OpenSession {
    pub(crate) fn read(self) -> Result<identity::TokenScope, Invalid> {
        let mut fields = Invalid::collect();
        let scope = fields.take_optional("/scope", self.scope.as_deref().map(str::parse));
        fields.build(|| Some(scope?.unwrap_or(identity::TokenScope::Write)))
    }
}

/// Opens a session of a user, for a program to hand on.
pub(crate) async fn open_session<S: LogIn>(
    caller: &Access,
    user: Uuid,
    scope: identity::TokenScope,
) -> ApiResult<Shown<TokensBody>> {
    let (user, state) = (end_user::<S>(user), caller.state());
    let (deadline, tokens) = (caller.deadline(), Arc::clone(&state.tokens));
    let opened = state.database.run(caller.actor_for(user)?, deadline, move |database, actor| {
        database.write("platform.open_session", actor, |tx| {
            S::lock_for_session(tx, user.id)?;
            tokens.open(tx, user, scope)
        })
    });
    answer(Shown(opened.await?.into()))
}

/// Ends all sessions of a user.
pub(crate) async fn end_sessions<S: LogIn>(caller: &Access, user: Uuid) -> ApiResult<NoContent> {
    let (user, state) = (end_user::<S>(user), caller.state());
    let (deadline, tokens) = (caller.deadline(), Arc::clone(&state.tokens));
    let ended = state.database.run(caller.actor_for(user)?, deadline, move |database, actor| {
        database.write("platform.end_sessions", actor, |tx| {
            S::lock_user(tx, user.id)?;
            tokens.revoke_all(tx, user)
        })
    });
    ended.await?;
    answer(NoContent)
}
