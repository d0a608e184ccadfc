//! Finds out who is behind a request, before a handler's parameters are read.

use actix_web::dev::ServiceRequest;
use actix_web::http::Method;
use actix_web::{HttpMessage as _, web};

use super::bearer::{Bearer, bearer, unknown};
use super::guesses::guessed_too_often;
use super::principal::Principal;
use crate::http::context::RequestContext;
use crate::http::error::{ApiError, codes};
use crate::http::limits::Limited;
use crate::state::State;

/// Who is behind a request, or why nobody is known, as [`authenticate`] left it.
#[derive(Clone)]
pub(super) struct Authenticated(pub(super) Result<Principal, ApiError>);

/// Finds out who is behind a request to a route that is not public.
///
/// The middleware does this before a handler's parameters are read: they are read side by side, and whoever has no key
/// shall hear that and nothing else. Answers whether the request may be looked at any further.
pub(super) async fn authenticate(request: &ServiceRequest, context: &RequestContext) -> bool {
    // No route takes OPTIONS, and a browser that asks in this way whether a page may send a key has none itself.
    if request.method() == Method::OPTIONS || context.is_public() {
        return true;
    }
    let principal = admit(request, context).await;
    let is_known = principal.is_ok();
    request.extensions_mut().insert(Authenticated(principal));
    is_known
}

/// Who is behind a request that may pass. Where there is a limit, the request counts.
async fn admit(request: &ServiceRequest, context: &RequestContext) -> Result<Principal, ApiError> {
    let state = request.app_data::<web::Data<State>>().cloned();
    let state = state.ok_or_else(|| ApiError::new(&codes::INTERNAL, "the service is not set up"))?;
    let bearer = bearer(request.headers())?;
    let Some(principal) = find_principal(&state, bearer, request, context).await? else {
        return Err(match bearer {
            // An access token that ran out is no guess: whoever has one hears that, and renews it.
            Bearer::AccessToken(_) => unknown(bearer),
            Bearer::Key(_) | Bearer::Neither => state
                .limits
                .count_guess(request.request())
                .await
                .map_or_else(|| unknown(bearer), guessed_too_often),
        });
    };
    context.identify(principal.actor());
    if let Some((subject, quota)) = principal.limit(&state.limits) {
        let limited = Limited { quota, standing: state.limits.take(subject, quota).await };
        request.extensions_mut().insert(limited);
        limited.refusal().map_or(Ok(()), Err)?;
    }
    Ok(principal)
}

async fn find_principal(
    state: &State,
    bearer: Bearer<'_>,
    request: &ServiceRequest,
    context: &RequestContext,
) -> Result<Option<Principal>, ApiError> {
    match bearer {
        Bearer::Key(hash) => {
            // Who guesses shall not reach the database. A key that was good goes on: it may share the address with who
            // guesses.
            if !state.keys.knows(&hash)
                && let Some(end) = state.limits.auth_blocked_for(request.request())
            {
                return Err(guessed_too_often(end));
            }
            Ok(state.keys.find(&state.database, hash, context).await?.map(Principal::Key))
        }
        Bearer::AccessToken(token) => {
            state.sessions.find(&state.database, &state.tokens, token, context).await
        }
        Bearer::Neither => Ok(None),
    }
}
