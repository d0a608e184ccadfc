//! Who calls, and what they may do.
//!
//! A handler asks for a [`Caller`] of the scope it needs, as its first parameter: `caller: Caller<SplitRead>`. That is
//! the whole of its access control, and the only way to the [`Identity`] without which there is no database. Routes
//! without one are listed in [`docs`].

mod cache;
mod scope;

use std::future::{Ready, ready};
use std::marker::PhantomData;
use std::ops::Deref;
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::dev::{Payload, ServiceRequest};
use actix_web::http::header::{AUTHORIZATION, HeaderMap, HeaderValue, WWW_AUTHENTICATE};
use actix_web::{FromRequest, HttpMessage as _, HttpRequest, web};
use repository::Actor;
use repository::codec::Token;
use repository::domain::Id;
use repository::platform::api_keys::ApiKey;

pub(crate) use cache::KeyCache;
pub(crate) use scope::{PlatformAdmin, SCOPES, Scope, SplitAdmin, SplitRead, SplitWrite};

use crate::docs;
use crate::error::{ApiError, codes};
use crate::request::RequestContext;
use crate::state::State;

/// Who calls, and for which request.
#[derive(Clone, Debug)]
pub(crate) struct Identity {
    key: Id<ApiKey>,
    context: RequestContext,
}

impl Identity {
    /// For the door and the audit log.
    pub(crate) fn actor(&self) -> Actor {
        Actor::api_key(self.key.uuid()).with_request_id(self.context.id())
    }

    /// When the request must have been answered.
    pub(crate) fn deadline(&self, timeout: Duration) -> Instant {
        self.context.deadline(timeout)
    }
}

/// A caller whose API key has the scope `S`.
#[derive(Debug)]
pub(crate) struct Caller<S> {
    identity: Identity,
    scope: PhantomData<S>,
}

impl<S> Deref for Caller<S> {
    type Target = Identity;

    fn deref(&self) -> &Identity {
        &self.identity
    }
}

/// The key of a request, or why there is none, as [`authenticate`] left it.
#[derive(Clone)]
struct Authenticated(Result<Arc<ApiKey>, ApiError>);

/// Looks up the key of a request to a route that is not public.
///
/// The middleware does this before a handler's parameters are read: they are read side by side, and whoever has no key
/// shall hear that and nothing else.
pub(crate) async fn authenticate(request: &ServiceRequest, context: &RequestContext) {
    if request.match_pattern().is_none_or(|route| docs::is_public(&route)) {
        return;
    }
    let key = find_key(request, context).await;
    request.extensions_mut().insert(Authenticated(key));
}

async fn find_key(request: &ServiceRequest, context: &RequestContext) -> Result<Arc<ApiKey>, ApiError> {
    let token = bearer(request.headers())?;
    let state = request.app_data::<web::Data<State>>().cloned();
    let state = state.ok_or_else(|| ApiError::new(&codes::INTERNAL, "the service is not set up"))?;
    cache::find(state, token.hash(), context).await?.ok_or_else(unknown_key)
}

impl<S: Scope> FromRequest for Caller<S> {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let context = RequestContext::of(request);
        let authenticated = request.extensions().get::<Authenticated>().cloned();
        let not_asked = || Authenticated(Err(ApiError::new(&codes::INTERNAL, "the service is not set up")));
        ready(authenticated.unwrap_or_else(not_asked).0.and_then(|key| {
            if !scope::allow(&key.scopes, S::SYSTEM, S::LEVEL) {
                return Err(insufficient::<S>());
            }
            context.authorize();
            Ok(Self { identity: Identity { key: key.id, context }, scope: PhantomData })
        }))
    }
}

/// The token of `Authorization: Bearer …`, if it can be one.
fn bearer(headers: &HeaderMap) -> Result<Token, ApiError> {
    let mut given = headers.get_all(AUTHORIZATION);
    let (Some(value), None) = (given.next(), given.next()) else {
        return Err(unauthenticated(
            "send `Authorization: Bearer` with an API key",
            "Bearer realm=\"strongroom\"",
        ));
    };
    let (scheme, token) = value.to_str().ok().and_then(|value| value.split_once(' ')).unwrap_or_default();
    let token = Some(token.trim()).filter(|_| scheme.eq_ignore_ascii_case("bearer"));
    token.and_then(|token| Token::parse(token).ok()).ok_or_else(unknown_key)
}

/// The same answer for a key that is malformed, unknown or revoked: whoever guesses learns nothing.
fn unknown_key() -> ApiError {
    unauthenticated("the API key is not known", "Bearer realm=\"strongroom\", error=\"invalid_token\"")
}

fn unauthenticated(detail: &str, challenge: &'static str) -> ApiError {
    let challenge = HeaderValue::from_static(challenge);
    ApiError::new(&codes::UNAUTHENTICATED, detail).with_header(WWW_AUTHENTICATE, challenge)
}

fn insufficient<S: Scope>() -> ApiError {
    let scope = scope::name(S::SYSTEM, S::LEVEL);
    let error = ApiError::new(&codes::INSUFFICIENT_SCOPE, format!("the API key lacks the scope {scope}"));
    let challenge = format!("Bearer realm=\"strongroom\", error=\"insufficient_scope\", scope=\"{scope}\"");
    match HeaderValue::from_str(&challenge) {
        Ok(challenge) => error.with_header(WWW_AUTHENTICATE, challenge),
        Err(_) => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash_of(headers: &[&str]) -> Result<[u8; 32], &'static str> {
        let mut map = HeaderMap::new();
        for header in headers {
            map.append(AUTHORIZATION, HeaderValue::from_str(header).unwrap());
        }
        bearer(&map).map(|token| token.hash().into_bytes()).map_err(|error| error.kind().code)
    }

    #[test]
    fn a_bearer_token_is_read_in_one_form_only() {
        let token = Token::generate().unwrap();
        let text = token.text();
        let hash = token.hash().into_bytes();
        assert_eq!(hash_of(&[&format!("Bearer {}", *text)]), Ok(hash));
        assert_eq!(hash_of(&[&format!("bearer  {}", *text)]), Ok(hash));
        for wrong in [
            vec![],
            vec![String::new()],
            vec!["Bearer".to_owned()],
            vec!["Bearer sr_short".to_owned()],
            vec![format!("Basic {}", *text)],
            vec![text.to_string()],
            vec![format!("Bearer {}", *text), format!("Bearer {}", *text)],
        ] {
            let wrong: Vec<&str> = wrong.iter().map(String::as_str).collect();
            assert_eq!(hash_of(&wrong), Err("unauthenticated"), "{wrong:?}");
        }
    }
}
