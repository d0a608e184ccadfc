//! Who calls, and what they may do.
//!
//! A handler asks for a [`Caller`] of the scope it needs, as its first parameter: `caller: Caller<Read<Split>>`. That is
//! the whole of its access control, and the only way to the [`Identity`] without which there is no database. A program
//! calls with an API key and reaches every row; a user calls with an access token and reaches rows of its own, which the
//! handle and the database see to. Routes without a caller are listed in [`docs`].

mod anyone;
mod keys;
mod lookup_cache;
mod middleware;
mod principal;
mod scope;
mod sessions;

use std::future::{Ready, ready};
use std::marker::PhantomData;
use std::ops::Deref;
use std::time::{Duration, Instant};

use actix_web::dev::{Payload, ServiceRequest};
use actix_web::http::Method;
use actix_web::http::header::{AUTHORIZATION, HeaderMap, HeaderValue, WWW_AUTHENTICATE};
use actix_web::{FromRequest, HttpMessage as _, HttpRequest, web};
use repository::Actor;
use repository::codec::{Token, TokenHash};
use service::identity::EndUser;

pub(crate) use anyone::Anyone;
pub(crate) use keys::KeyCache;
pub(crate) use middleware::middleware;
pub(crate) use principal::Principal;
pub(crate) use scope::{Admin, AdminOrSelf, KeysOnly, PlatformAdmin, Read, Scope, System, Write};
pub(crate) use sessions::SessionCache;

use crate::http::error::{ApiError, codes};
use crate::http::limits::Limited;
use crate::http::request::RequestContext;
use crate::http::{docs, limits};
pub(crate) use crate::split::{SplitAdmin, SplitRead, SplitWrite};
use crate::state::State;

/// Who calls, and for which request.
#[derive(Clone, Debug)]
pub(crate) struct Identity {
    principal: Principal,
    context: RequestContext,
}

impl Identity {
    /// For the database handle and the audit log.
    pub(crate) fn actor(&self) -> Actor {
        self.principal.actor().with_request_id(self.context.id())
    }

    /// The service, for what it does for a user of a system: a program may ask for anybody, a user for itself. To it any
    /// other user is not there.
    pub(crate) fn actor_for(&self, user: EndUser) -> Result<Actor, ApiError> {
        match &self.principal {
            Principal::Key(_) => Ok(self.actor()),
            Principal::User(own, _) if *own == user => {
                Ok(Actor::on_behalf_of(user.system, user.id).with_request_id(self.context.id()))
            }
            Principal::User(..) => Err(repository::Error::NotFound("user").into()),
        }
    }

    /// When the request must have been answered.
    pub(crate) fn deadline(&self, timeout: Duration) -> Instant {
        self.context.deadline(timeout)
    }
}

/// A caller who has the scope `S`, by an API key or by a user's token.
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

/// Who is behind a request, or why nobody is known, as [`authenticate`] left it.
#[derive(Clone)]
struct Authenticated(Result<Principal, ApiError>);

/// Finds out who is behind a request to a route that is not public.
///
/// The middleware does this before a handler's parameters are read: they are read side by side, and whoever has no key
/// shall hear that and nothing else. Answers whether the request may be looked at any further.
async fn authenticate(request: &ServiceRequest, context: &RequestContext) -> bool {
    // No route takes OPTIONS, and a browser that asks in this way whether a page may send a key has none itself.
    if request.method() == Method::OPTIONS || context.route().is_none_or(|route| docs::is_public(route)) {
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
    state: &web::Data<State>,
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
            Ok(keys::find(state.clone(), hash, context).await?.map(Principal::Key))
        }
        Bearer::AccessToken(token) => sessions::find(state, token, context).await,
        Bearer::Neither => Ok(None),
    }
}

fn guessed_too_often(end: Duration) -> ApiError {
    limits::refuse("too many wrong API keys or passwords came from this address", end)
}

impl<S: Scope> FromRequest for Caller<S> {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let identity = identify(request, Principal::check::<S>);
        ready(identity.map(|identity| Self { identity, scope: PhantomData }))
    }
}

/// A program that looks after systems, whichever they are.
pub(crate) struct Administrator {
    pub(crate) identity: Identity,
    /// The systems; all of them, where the platform is among them.
    pub(crate) systems: Vec<&'static str>,
}

impl FromRequest for Administrator {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let looks_after_some = |principal: &Principal| {
            if principal.looks_after().is_empty() { principal.check::<PlatformAdmin>() } else { Ok(()) }
        };
        let identity = identify(request, looks_after_some);
        ready(identity.map(|identity| Self { systems: identity.principal.looks_after(), identity }))
    }
}

impl Administrator {
    /// What somebody hears who asks for what is another administrator's.
    pub(crate) fn lacks_platform(&self) -> ApiError {
        let refused = self.identity.principal.check::<PlatformAdmin>();
        refused.err().unwrap_or_else(|| ApiError::new(&codes::INTERNAL, "the request failed"))
    }
}

/// Who is behind a request, if that caller passes.
fn identify(
    request: &HttpRequest,
    check: impl FnOnce(&Principal) -> Result<(), ApiError>,
) -> Result<Identity, ApiError> {
    let context = RequestContext::of(request);
    let authenticated = request.extensions().get::<Authenticated>().cloned();
    let not_asked = || Authenticated(Err(ApiError::new(&codes::INTERNAL, "the service is not set up")));
    let principal = authenticated.unwrap_or_else(not_asked).0?;
    check(&principal)?;
    context.authorize();
    Ok(Identity { principal, context })
}

/// What `Authorization: Bearer …` brings.
#[derive(Clone, Copy)]
enum Bearer<'a> {
    Key(TokenHash),
    /// A text with dots, which no API key has.
    AccessToken(&'a str),
    /// Something else.
    Neither,
}

/// Reads it, where there is one.
fn bearer(headers: &HeaderMap) -> Result<Bearer<'_>, ApiError> {
    let mut given = headers.get_all(AUTHORIZATION);
    let (value, None) = (given.next(), given.next()) else { return Ok(Bearer::Neither) };
    let value = value.ok_or_else(|| {
        unauthenticated(
            "send `Authorization: Bearer` with an API key, or with a user's access token",
            "Bearer realm=\"strongroom\"",
        )
    })?;
    let (scheme, token) = value.to_str().ok().and_then(|value| value.split_once(' ')).unwrap_or_default();
    let token = Some(token.trim()).filter(|_| scheme.eq_ignore_ascii_case("bearer"));
    Ok(match token {
        Some(token) if token.contains('.') => Bearer::AccessToken(token),
        Some(token) => Token::parse(token).map_or(Bearer::Neither, |token| Bearer::Key(token.hash())),
        None => Bearer::Neither,
    })
}

/// The same answer for what is malformed, unknown, expired or revoked: whoever guesses learns nothing.
fn unknown(bearer: Bearer<'_>) -> ApiError {
    match bearer {
        Bearer::Key(_) | Bearer::Neither => unauthenticated("the API key is not known", INVALID_TOKEN),
        Bearer::AccessToken(_) => {
            unauthenticated("the access token does not hold: renew it, or log in", INVALID_TOKEN)
        }
    }
}

const INVALID_TOKEN: &str = "Bearer realm=\"strongroom\", error=\"invalid_token\"";

fn unauthenticated(detail: &str, challenge: &'static str) -> ApiError {
    let challenge = HeaderValue::from_static(challenge);
    ApiError::new(&codes::UNAUTHENTICATED, detail).with_header(WWW_AUTHENTICATE, challenge)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash_of(headers: &[&str]) -> Result<[u8; 32], &'static str> {
        let mut map = HeaderMap::new();
        for header in headers {
            map.append(AUTHORIZATION, HeaderValue::from_str(header).unwrap());
        }
        match bearer(&map) {
            Ok(Bearer::Key(hash)) => Ok(hash.into_bytes()),
            Ok(Bearer::AccessToken(_)) => Err("access token"),
            Ok(Bearer::Neither) => Err("neither"),
            Err(error) => Err(error.kind().code),
        }
    }

    #[test]
    fn a_text_with_dots_is_an_access_token() {
        assert_eq!(hash_of(&["Bearer a.b.c"]), Err("access token"));
        assert_eq!(hash_of(&["Bearer  sr_a.b"]), Err("access token"));
        assert_eq!(hash_of(&["Basic a.b.c"]), Err("neither"));
    }

    #[test]
    fn a_bearer_token_is_read_in_one_form_only() {
        let token = Token::generate().unwrap();
        let text = token.text();
        let hash = token.hash().into_bytes();
        assert_eq!(hash_of(&[&format!("Bearer {}", *text)]), Ok(hash));
        assert_eq!(hash_of(&[&format!("bearer  {}", *text)]), Ok(hash));
        assert_eq!(hash_of(&[]), Err("unauthenticated"));
        for wrong in [
            vec![String::new()],
            vec!["Bearer".to_owned()],
            vec!["Bearer sr_short".to_owned()],
            vec![format!("Basic {}", *text)],
            vec![text.to_string()],
            vec![format!("Bearer {}", *text), format!("Bearer {}", *text)],
        ] {
            let wrong: Vec<&str> = wrong.iter().map(String::as_str).collect();
            assert_eq!(hash_of(&wrong), Err("neither"), "{wrong:?}");
        }
    }
}
