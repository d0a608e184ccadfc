//! Sessions of end users. They are found by id, so that a request costs one look-up by primary key.

use chrono::{DateTime, Utc};
use codec::TokenHash;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::Timestamptz;
use domain::Id;
use domain::identity::TokenScope;
use uuid::Uuid;

use crate::database::column_types::TextColumn;
use crate::schema::platform::sessions;
use crate::{Audit, Conn, Error, Keep, Result, Rule, Table, Tx};

/// What the shared machinery knows of this table.
pub const TABLE: Table = Table {
    clear: &[("refresh_hash", "nothing: a hash of 256 random bits")],
    enums: &["system", "scope"],
    audit: Audit::Changes { ignored: &["last_used_at"] },
    retention: &[Rule {
        name: "sessions",
        about: "sessions of end users that have expired or were revoked",
        condition: "t.expires_at < $1 OR t.revoked_at < $1",
        keep: Keep::Days(0),
    }],
    ..Table::new("platform", "sessions", "session")
};

/// A session as the database knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Primary key; access tokens name it.
    pub id: Id<Session>,
    /// The system whose user it is.
    pub system: String,
    /// The row of that system's users.
    pub user_id: Uuid,
    /// What its tokens may do.
    pub scope: TokenScope,
    /// Refused from then on.
    pub expires_at: DateTime<Utc>,
    /// Refused from then on.
    pub revoked_at: Option<DateTime<Utc>>,
}

/// A living session whose refresh token may be replaced.
#[derive(Clone, Debug)]
pub struct Renewable {
    /// The session.
    pub session: Session,
    /// Of the refresh token that is good now.
    pub refresh_hash: TokenHash,
    /// When the refresh tokens before it were first used, the latest first; the last [`RENEWALS_KEPT`] of them.
    pub renewals: Vec<DateTime<Utc>>,
}

/// How many renewals of a session are remembered: more than anybody needs within the time in which it matters.
pub const RENEWALS_KEPT: usize = 10;

/// A session to be made.
#[derive(Clone, Copy, Debug)]
pub struct NewSession<'a> {
    /// Its id, which its first refresh token carries.
    pub id: Id<Session>,
    /// The system whose user it is.
    pub system: &'a str,
    /// The row of that system's users.
    pub user_id: Uuid,
    /// What its tokens may do.
    pub scope: TokenScope,
    /// Of its first refresh token.
    pub refresh_hash: TokenHash,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
}

#[derive(HasQuery)]
#[diesel(table_name = sessions, check_for_backend(Pg))]
struct SessionRow {
    id: Uuid,
    system: String,
    user_id: Uuid,
    scope: TextColumn<TokenScope>,
    expires_at: DateTime<Utc>,
    revoked_at: Option<DateTime<Utc>>,
}

impl From<SessionRow> for Session {
    fn from(row: SessionRow) -> Self {
        let SessionRow { id, system, user_id, scope, expires_at, revoked_at } = row;
        Self { id: Id::from_uuid(id), system, user_id, scope: scope.0, expires_at, revoked_at }
    }
}

/// The row, the hash of its refresh token, and the times of its renewals.
type RenewableRow = (SessionRow, Vec<u8>, Vec<Option<DateTime<Utc>>>);

/// Makes a session.
pub fn insert(tx: &mut Tx<'_>, new: NewSession<'_>) -> Result<Session> {
    let row = diesel::insert_into(sessions::table)
        .values((
            sessions::id.eq(new.id.uuid()),
            sessions::system.eq(new.system),
            sessions::user_id.eq(new.user_id),
            sessions::scope.eq(new.scope.as_str()),
            sessions::refresh_hash.eq(new.refresh_hash.as_bytes().as_slice()),
            sessions::expires_at.eq(new.expires_at),
        ))
        .returning(SessionRow::as_returning())
        .get_result(tx.pg)?;
    Ok(row.into())
}

/// The session with this id, whatever has become of it, and the time by the database's clock.
pub fn find(conn: &mut Conn<'_>, id: Id<Session>) -> Result<Option<(Session, DateTime<Utc>)>> {
    let now = diesel::dsl::now.into_sql::<Timestamptz>();
    let found: Option<(SessionRow, DateTime<Utc>)> =
        sessions::table.find(id.uuid()).select((SessionRow::as_select(), now)).first(conn.pg).optional()?;
    Ok(found.map(|(row, now)| (row.into(), now)))
}

/// A living session, with what a refresh token is judged by. It stays as it is until the end of the transaction: of two
/// who come with the same token at once, the second sees what the first has done.
pub fn lock_renewable(tx: &mut Tx<'_>, id: Id<Session>) -> Result<Option<Renewable>> {
    let row: Option<RenewableRow> = sessions::table
        .find(id.uuid())
        .filter(sessions::revoked_at.is_null())
        .filter(sessions::expires_at.gt(tx.now))
        .select((SessionRow::as_select(), sessions::refresh_hash, sessions::renewals))
        .for_update()
        .first(tx.pg)
        .optional()?;
    let Some((session, hash, renewals)) = row else { return Ok(None) };
    let refresh_hash = TokenHash::from_stored(&hash)
        .ok_or_else(|| Error::Invalid("the hash of a refresh token is not one".to_owned()))?;
    Ok(Some(Renewable {
        session: session.into(),
        refresh_hash,
        renewals: renewals.into_iter().flatten().collect(),
    }))
}

/// Replaces the refresh token of a session, and notes when.
pub fn renew(tx: &mut Tx<'_>, renewable: &Renewable, next: &TokenHash) -> Result<()> {
    let earlier = renewable.renewals.iter().take(RENEWALS_KEPT - 1);
    let renewals: Vec<DateTime<Utc>> = std::iter::once(&tx.now).chain(earlier).copied().collect();
    diesel::update(sessions::table.find(renewable.session.id.uuid()))
        .set((
            sessions::refresh_hash.eq(next.as_bytes().as_slice()),
            sessions::renewals.eq(renewals),
            sessions::last_used_at.eq(tx.now),
        ))
        .execute(tx.pg)?;
    Ok(())
}

/// Revokes a session; answers whether it was there and alive.
pub fn revoke(tx: &mut Tx<'_>, id: Id<Session>) -> Result<bool> {
    let living = sessions::table
        .find(id.uuid())
        .filter(sessions::revoked_at.is_null())
        .filter(sessions::expires_at.gt(tx.now));
    Ok(diesel::update(living).set(sessions::revoked_at.eq(tx.now)).execute(tx.pg)? > 0)
}

/// Revokes all sessions of a user; answers how many there were.
pub fn revoke_all(tx: &mut Tx<'_>, system: &str, user: Uuid) -> Result<usize> {
    let living = sessions::table
        .filter(sessions::system.eq(system))
        .filter(sessions::user_id.eq(user))
        .filter(sessions::revoked_at.is_null())
        .filter(sessions::expires_at.gt(tx.now));
    Ok(diesel::update(living).set(sessions::revoked_at.eq(tx.now)).execute(tx.pg)?)
}
