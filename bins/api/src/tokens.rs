//! The tokens of end users, whatever the system: renewing them and giving them up. A system hands them out at log-in, or
//! to a program.

use std::sync::Arc;

use actix_web::web::Data;
use actix_web::{HttpRequest, post};
use repository::Actor;
use repository::domain::identity;
use serde::{Deserialize, Serialize};
use service::identity::{Renewal, TokenPair};
use utoipa::ToSchema;
use utoipa::openapi::Object;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::docs::{OneOf, one_of};
use crate::error::ApiError;
use crate::error::responses::{NeedsRefreshToken, TakesBody};
use crate::input::Json;
use crate::request::RequestContext;
use crate::respond::{Reply, no_content, ok};
use crate::state::State;

/// Adds the routes.
pub(crate) fn routes(config: &mut ServiceConfig<'_>) {
    config.service(refresh_tokens).service(revoke_tokens);
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
#[utoipa::path(
    tag = "platform sessions",
    responses(
        (status = 200, description = "The next tokens", body = TokensBody),
        NeedsRefreshToken, TakesBody,
    ),
    security(())
)]
#[post("/v1/tokens/refresh")]
async fn refresh_tokens(
    request: HttpRequest,
    state: Data<State>,
    Json(body): Json<RefreshTokens>,
) -> Result<Reply, ApiError> {
    let token = state.tokens.read_refresh(&body.refresh_token)?;
    let (actor, deadline) = nobody(&request, &state);
    let tokens = Arc::clone(&state.tokens);
    let renewal = state.run(actor, deadline, move |database, actor| {
        database.write("platform.renew_tokens", actor, |tx| tokens.renew(tx, &token))
    });
    match renewal.await? {
        Renewal::Renewed(pair) => ok(TokensBody::from(pair)),
        Renewal::Refused => {
            let detail = "the refresh token was used too long ago, or its session is over: log in again";
            Err(service::Error::Unauthenticated(detail).into())
        }
    }
}

/// Ends the session of a refresh token, also by one that was renewed. Its access token is dead a second later.
#[utoipa::path(
    tag = "platform sessions",
    responses(
        (status = 204, description = "The session is over"),
        NeedsRefreshToken, TakesBody,
    ),
    security(())
)]
#[post("/v1/tokens/revoke")]
async fn revoke_tokens(
    request: HttpRequest,
    state: Data<State>,
    Json(body): Json<RefreshTokens>,
) -> Result<Reply, ApiError> {
    let token = state.tokens.read_refresh(&body.refresh_token)?;
    let (actor, deadline) = nobody(&request, &state);
    let tokens = Arc::clone(&state.tokens);
    let revoked = state.run(actor, deadline, move |database, actor| {
        database.write("platform.revoke_tokens", actor, |tx| tokens.revoke(tx, &token))
    });
    revoked.await?;
    no_content()
}

/// These routes have no caller but the token in the body: the service acts, for the request.
/// No key and no dry run either: a refresh token is good once as it is.
fn nobody(request: &HttpRequest, state: &State) -> (Actor, std::time::Instant) {
    let context = RequestContext::of(request);
    (Actor::system().with_request_id(context.id()), context.deadline(state.request_timeout()))
}
