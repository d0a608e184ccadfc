//! Access tokens, and the sessions they name.
//!
//! A token is good while its session is, so each request looks at the session. It is remembered as long as an API key is,
//! so that what is revoked is dead a second later at most, in every process.

use std::sync::Arc;
use std::time::Instant;

use chrono::{DateTime, TimeDelta, Utc};
use repository::Actor;
use repository::domain::Id;
use repository::platform::sessions;
use service::identity::{EndUser, Session, Tokens};

use super::lookup_cache::{Answer, LookupCache};
use super::principal::Principal;
use super::scope;
use crate::database::AsyncDatabase;
use crate::http::context::RequestContext;
use crate::http::error::ApiError;

/// Sessions that are remembered at a time.
const ROOM: u64 = 10_000;

/// The longest text that is looked at: tokens of ours have some 500 characters.
const LONGEST: usize = 2_000;

/// The sessions of this process' callers, each with the database's time when it was asked.
pub(crate) struct SessionCache(LookupCache<Id<Session>, (Arc<Session>, DateTime<Utc>)>);

impl Default for SessionCache {
    fn default() -> Self {
        Self(LookupCache::new(ROOM))
    }
}

impl SessionCache {
    /// The user whom a token is of, if it holds. Whether it has expired is judged by the database's clock.
    pub(super) async fn find(
        &self,
        database: &AsyncDatabase,
        tokens: &Tokens,
        token: &str,
        context: &RequestContext,
    ) -> Result<Option<Principal>, ApiError> {
        let claims =
            Some(token).filter(|token| token.len() <= LONGEST).and_then(|token| tokens.read_access(token));
        let Some(claims) = claims else { return Ok(None) };
        let deadline = context.deadline(database.request_timeout());
        let ask = async || ask(database, claims.session(), context).await;
        let Some(found) = self.0.get(claims.session(), deadline, ask).await? else { return Ok(None) };
        let now = now_at(&found, Instant::now());
        let (session, _) = found.value;
        let holds = claims.holds(&session, now);
        Ok(scope::system_with_users(&session.system)
            .filter(|_| holds)
            .map(|system| Principal::User(EndUser { system, id: session.user_id }, session.scope)))
    }
}

async fn ask(
    database: &AsyncDatabase,
    id: Id<Session>,
    context: &RequestContext,
) -> Result<Option<(Arc<Session>, DateTime<Utc>)>, ApiError> {
    let actor = Actor::system().with_request_id(context.id());
    let deadline = context.deadline(database.request_timeout());
    let found = database.run(actor, deadline, move |database, actor| {
        database.read("platform.find_session", actor, |conn| sessions::find(conn, id))
    });
    Ok(found.await?.map(|(session, now)| (Arc::new(session), now)))
}

/// The database's time at an instant, from what it was when it was asked.
fn now_at(found: &Answer<(Arc<Session>, DateTime<Utc>)>, instant: Instant) -> DateTime<Utc> {
    let since = TimeDelta::from_std(instant.saturating_duration_since(found.asked));
    found.value.1 + since.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use repository::domain::identity::TokenScope;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn the_clock_of_the_database_goes_on() {
        let session = Session {
            id: Id::generate(),
            system: "split".into(),
            user_id: Uuid::from_u128(1),
            scope: TokenScope::Read,
            expires_at: DateTime::UNIX_EPOCH,
            revoked_at: None,
        };
        let asked = Instant::now();
        let found = Answer { value: (Arc::new(session), DateTime::UNIX_EPOCH), asked };
        let later = asked + Duration::from_millis(999);
        assert_eq!(now_at(&found, later), DateTime::UNIX_EPOCH + TimeDelta::milliseconds(999));
    }
}
