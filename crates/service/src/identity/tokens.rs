//! Sessions, and the two tokens by which a client holds one.
//!
//! The access token is signed and short-lived, and names its session, which every request looks at: what is revoked is
//! dead at once, whatever the token says. The refresh token is used once and brings the next pair. The first one of a session
//! is random; each of the others follows from the one before, by a key, so that a client whose answer was lost can have it
//! again.

use std::{fmt, iter};

use chrono::{DateTime, TimeDelta, Utc};
use domain::identity::TokenScope;
use domain::{Id, json};
use repository::Tx;
use repository::codec::{Cipher, Jws, RefreshToken, Signer};
use repository::platform::sessions::{self, NewSession, Renewable, Session};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use zeroize::Zeroizing;

use super::EndUser;
use crate::{Error, Result};

/// Who issues tokens, and takes none of others.
const ISSUER: &str = "strongroom";

/// How far a token's time may lie ahead of the database's, which may be another server's after a failover.
const AHEAD: TimeDelta = TimeDelta::seconds(60);

/// For how long after its first use a refresh token may come again: the answer was lost, or two tabs asked.
pub const REUSE: TimeDelta = TimeDelta::seconds(30);

/// How long tokens are good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetimes {
    /// An access token.
    pub access: TimeDelta,
    /// A session, however often it is renewed.
    pub session: TimeDelta,
}

impl Default for Lifetimes {
    fn default() -> Self {
        Self { access: TimeDelta::minutes(15), session: TimeDelta::days(30) }
    }
}

/// Makes tokens and reads them.
pub struct Tokens {
    access: Jws,
    refresh: Signer,
    /// Leads from a refresh token to the next.
    chain: Signer,
    lifetimes: Lifetimes,
}

/// What a client is given.
pub struct TokenPair {
    /// For `Authorization: Bearer`.
    pub access_token: Zeroizing<String>,
    /// When it ends, by the database's clock.
    pub access_expires_at: DateTime<Utc>,
    /// Brings the next pair.
    pub refresh_token: Zeroizing<String>,
    /// When it was made, by the same clock.
    pub issued_at: DateTime<Utc>,
    /// The session it is for.
    pub session: Session,
}

/// What came of a refresh token.
#[derive(Debug)]
pub enum Renewal {
    /// It was the one that is good now, or was so a moment ago.
    Renewed(TokenPair),
    /// It was used too long ago, and so is in wrong hands now or was then: the session is revoked. Or the session is over.
    Refused,
}

/// What an access token says. It was made here; whether it still holds is [`holds`](Self::holds)'s to say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claims {
    iss: String,
    /// The system.
    aud: String,
    /// The user.
    sub: Uuid,
    sid: Id<Session>,
    scope: TokenScope,
    iat: i64,
    exp: i64,
    jti: Uuid,
}

impl Tokens {
    /// With keys that hang on the encryption key, so that all processes of one database read each other's tokens.
    pub fn new(cipher: &Cipher, lifetimes: Lifetimes) -> Self {
        Self {
            access: cipher.jws("access token"),
            refresh: cipher.signer("refresh token"),
            chain: cipher.lasting_signer("refresh token chain"),
            lifetimes,
        }
    }

    /// Opens a session. That the user is there, and that this is the user, is for the caller to know.
    pub fn open(&self, tx: &mut Tx<'_>, user: EndUser, scope: TokenScope) -> Result<TokenPair> {
        let id = Id::generate();
        let token = generate(id)?;
        let expires_at = tx.now + self.lifetimes.session;
        let EndUser { system, id: user_id } = user;
        let new = NewSession { id, system, user_id, scope, refresh_hash: token.hash(), expires_at };
        let session = sessions::insert(tx, new)?;
        self.pair(tx.now, session, &token)
    }

    /// Replaces a refresh token. One that was first used up to [`REUSE`] ago brings the token that is good now once more;
    /// one that was used longer ago revokes its session, so the transaction must be committed whatever the answer is.
    pub fn renew(&self, tx: &mut Tx<'_>, token: &RefreshToken) -> Result<Renewal> {
        let id = Id::from_uuid(token.session());
        let Some(renewable) = sessions::lock_renewable(tx, id)? else { return Ok(Renewal::Refused) };
        let next = if token.hash() == renewable.refresh_hash {
            let next = token.next(&self.chain);
            sessions::renew(tx, &renewable, &next.hash())?;
            Some(next)
        } else {
            self.latest_after(token, &renewable, tx.now)
        };
        if let Some(next) = next {
            return Ok(Renewal::Renewed(self.pair(tx.now, renewable.session, &next)?));
        }
        sessions::revoke(tx, id)?;
        Ok(Renewal::Refused)
    }

    /// The token that is good now, if `token` was first used lately. Each token leads to the one that took its place, and
    /// as many renewals ago as there are steps to the present one, it was first used.
    fn latest_after(
        &self,
        token: &RefreshToken,
        renewable: &Renewable,
        now: DateTime<Utc>,
    ) -> Option<RefreshToken> {
        let lately = renewable.renewals.iter().take_while(|first_used| now - **first_used <= REUSE);
        iter::successors(Some(token.next(&self.chain)), |token| Some(token.next(&self.chain)))
            .zip(lately)
            .find_map(|(next, _)| (next.hash() == renewable.refresh_hash).then_some(next))
    }

    /// Revokes the session of a refresh token, also by one that was used before.
    pub fn revoke(&self, tx: &mut Tx<'_>, token: &RefreshToken) -> Result<()> {
        sessions::revoke(tx, Id::from_uuid(token.session()))?;
        Ok(())
    }

    /// Revokes all sessions of a user; answers how many there were.
    pub fn revoke_all(&self, tx: &mut Tx<'_>, user: EndUser) -> Result<usize> {
        Ok(sessions::revoke_all(tx, user.system, user.id)?)
    }

    /// Reads a refresh token.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] for a text that was not made here.
    pub fn read_refresh(&self, text: &str) -> Result<RefreshToken> {
        RefreshToken::parse(text, &self.refresh)
            .map_err(|_| Error::Unauthenticated("the refresh token is not known"))
    }

    /// Reads an access token; `None` for a text that was not made here.
    pub fn read_access(&self, text: &str) -> Option<Claims> {
        let claims = self.access.open(text).ok()?;
        let claims = json::from_trusted(std::str::from_utf8(&claims).ok()?);
        claims.ok().filter(|claims: &Claims| claims.iss == ISSUER)
    }

    fn pair(&self, now: DateTime<Utc>, session: Session, token: &RefreshToken) -> Result<TokenPair> {
        let access_expires_at = (now + self.lifetimes.access).min(session.expires_at);
        let claims = Claims {
            iss: ISSUER.to_owned(),
            aud: session.system.clone(),
            sub: session.user_id,
            sid: session.id,
            scope: session.scope,
            iat: now.timestamp(),
            exp: access_expires_at.timestamp(),
            jti: Id::<Claims>::generate().uuid(),
        };
        let claims = serde_json::to_vec(&claims)
            .map_err(|error| repository::Error::Invalid(format!("claims of an access token: {error}")))?;
        Ok(TokenPair {
            access_token: Zeroizing::new(self.access.sign(&claims)),
            access_expires_at,
            refresh_token: token.text(&self.refresh),
            issued_at: now,
            session,
        })
    }
}

impl Claims {
    /// The session to be looked up.
    pub fn session(&self) -> Id<Session> {
        self.sid
    }

    /// Whether the token holds at `now`, the database's time, given the session it names: neither is over, and both say
    /// the same.
    pub fn holds(&self, session: &Session, now: DateTime<Utc>) -> bool {
        let Self { iss, aud, sub, sid, scope, iat, exp, jti: _ } = self;
        let same = (aud, sub, sid, scope) == (&session.system, &session.user_id, &session.id, &session.scope);
        let alive = session.revoked_at.is_none() && session.expires_at > now;
        iss == ISSUER && same && alive && *exp > now.timestamp() && *iat <= (now + AHEAD).timestamp()
    }
}

fn generate(session: Id<Session>) -> Result<RefreshToken> {
    RefreshToken::generate(session.uuid()).map_err(|error| {
        repository::Error::NotReady(format!("no refresh token could be made: {error}")).into()
    })
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokens").field("lifetimes", &self.lifetimes).finish_non_exhaustive()
    }
}

impl fmt::Debug for TokenPair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenPair").field("session", &self.session).finish_non_exhaustive()
    }
}
