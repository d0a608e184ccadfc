//! Access tokens, and the sessions they name.
//!
//! A token is good while its session is, so each request looks at the session. It is remembered as long as an API key is,
//! so that what is revoked is dead a second later at most, in every process.

use std::sync::Arc;
use std::time::Instant;

use actix_web::web;
use chrono::{DateTime, TimeDelta, Utc};
use repository::Actor;
use repository::domain::Id;
use repository::platform::sessions;
use service::identity::{EndUser, Session};

use super::keys::BELIEVED;
use super::principal::Principal;
use super::remembered::Remembered;
use super::scope;
use crate::error::ApiError;
use crate::request::RequestContext;
use crate::state::State;

/// Sessions that are remembered at a time.
const ROOM: usize = 10_000;

/// The longest text that is looked at: tokens of ours have some 500 characters.
const LONGEST: usize = 2_000;

/// The sessions of this process' callers.
pub(crate) struct SessionCache(Remembered<Id<Session>, Entry>);

impl Default for SessionCache {
    fn default() -> Self {
        Self(Remembered::new(BELIEVED, ROOM))
    }
}

#[derive(Clone)]
struct Entry {
    session: Arc<Session>,
    /// The database's time when it was asked.
    now: DateTime<Utc>,
    asked: Instant,
}

/// The user whom a token is of, if it holds. Whether it has expired is judged by the database's clock.
pub(super) async fn find(
    state: &web::Data<State>,
    token: &str,
    context: &RequestContext,
) -> Result<Option<Principal>, ApiError> {
    let claims =
        Some(token).filter(|token| token.len() <= LONGEST).and_then(|token| state.tokens.read_access(token));
    let Some(claims) = claims else { return Ok(None) };
    let asked = Instant::now();
    let entry = match state.sessions.0.get(&claims.session(), asked) {
        Some(entry) => Some(entry),
        None => ask(state, claims.session(), asked, context).await?,
    };
    Ok(entry.filter(|entry| claims.holds(&entry.session, entry.now_at(asked))).and_then(|entry| {
        let system = scope::system_with_users(&entry.session.system)?;
        Some(Principal::User(EndUser { system, id: entry.session.user_id }, entry.session.scope))
    }))
}

async fn ask(
    state: &web::Data<State>,
    id: Id<Session>,
    asked: Instant,
    context: &RequestContext,
) -> Result<Option<Entry>, ApiError> {
    let actor = Actor::system().with_request_id(context.id());
    let deadline = context.deadline(state.request_timeout());
    let found = state.run(actor, deadline, move |database, actor| {
        database.read("platform.find_session", actor, |cx| sessions::find(cx, id))
    });
    let Some((session, now)) = found.await? else { return Ok(None) };
    let entry = Entry { session: Arc::new(session), now, asked };
    state.sessions.0.insert(id, entry.clone(), asked);
    Ok(Some(entry))
}

impl Entry {
    /// The database's time at an instant after it was asked.
    fn now_at(&self, instant: Instant) -> DateTime<Utc> {
        let since = TimeDelta::from_std(instant.saturating_duration_since(self.asked));
        self.now + since.unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use repository::domain::identity::TokenScope;
    use uuid::Uuid;

    use super::*;

    fn entry(asked: Instant) -> Entry {
        let session = Session {
            id: Id::generate(),
            system: "split".into(),
            user_id: Uuid::from_u128(1),
            scope: TokenScope::Read,
            expires_at: DateTime::UNIX_EPOCH,
            revoked_at: None,
        };
        Entry { session: Arc::new(session), now: DateTime::UNIX_EPOCH, asked }
    }

    #[test]
    fn the_clock_of_the_database_goes_on() {
        let start = Instant::now();
        let later = start + Duration::from_millis(999);
        assert_eq!(entry(start).now_at(later), DateTime::UNIX_EPOCH + TimeDelta::milliseconds(999));
    }
}
