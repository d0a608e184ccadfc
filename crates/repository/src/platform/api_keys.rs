//! API keys of the programs that call the HTTP API: hashes, never the keys.

use chrono::{DateTime, Utc};
use codec::{Token, TokenHash};
use diesel::prelude::*;
use domain::Id;
use domain::rate_limit::Quota;
use serde::Serialize;
use uuid::Uuid;

use crate::schema::platform::api_keys;
use crate::{Audit, Conn, Error, Result, Table, Tx};

/// What the shared machinery knows of this table.
pub const TABLE: Table = Table {
    clear: &[
        ("key_hash", "nothing: a hash of 256 random bits"),
        ("name", "what operators call their keys"),
        ("scopes", "what a key may do"),
    ],
    audit: Audit::Changes { ignored: &["last_used_at"] },
    ..Table::new("platform", "api_keys", "API key")
};

/// An API key as the database knows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ApiKey {
    /// Primary key; the audit log names it.
    pub id: Id<ApiKey>,
    /// What the operator calls the program that holds the key.
    pub name: String,
    /// What it may do, such as `split:write`.
    pub scopes: Vec<String>,
    /// How many requests it may make within how long; any number when absent.
    pub rate_limit: Option<Quota>,
    /// Last use, recorded at most once a minute.
    pub last_used_at: Option<DateTime<Utc>>,
    /// Refused from then on.
    pub revoked_at: Option<DateTime<Utc>>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

#[derive(HasQuery)]
#[diesel(table_name = api_keys, check_for_backend(diesel::pg::Pg))]
struct ApiKeyRow {
    id: Uuid,
    name: String,
    scopes: Vec<Option<String>>,
    rate_limit_requests: Option<i32>,
    rate_limit_seconds: Option<i32>,
    last_used_at: Option<DateTime<Utc>>,
    revoked_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
}

impl From<ApiKeyRow> for ApiKey {
    fn from(row: ApiKeyRow) -> Self {
        let ApiKeyRow {
            id,
            name,
            scopes,
            rate_limit_requests,
            rate_limit_seconds,
            last_used_at,
            revoked_at,
            created_at,
        } = row;
        let scopes = scopes.into_iter().flatten().collect();
        let rate_limit = quota(rate_limit_requests, rate_limit_seconds);
        Self { id: Id::from_uuid(id), name, scopes, rate_limit, last_used_at, revoked_at, created_at }
    }
}

/// The table allows both or neither, and only what a quota can be.
fn quota(requests: Option<i32>, seconds: Option<i32>) -> Option<Quota> {
    Quota::new(u32::try_from(requests?).ok()?, u32::try_from(seconds?).ok()?).ok()
}

/// Makes a key without a rate limit. The token is returned once and stored nowhere.
///
/// # Errors
/// [`Error::Refused`] when a scope is unknown or there is none.
pub fn insert(tx: &mut Tx<'_>, name: &str, scopes: &[String]) -> Result<(ApiKey, Token)> {
    let token =
        Token::generate().map_err(|error| Error::NotReady(format!("no API key could be made: {error}")))?;
    let row = diesel::insert_into(api_keys::table)
        .values((
            api_keys::id.eq(Id::<ApiKey>::generate().uuid()),
            api_keys::name.eq(name),
            api_keys::key_hash.eq(token.hash().as_bytes().as_slice()),
            api_keys::scopes.eq(scopes),
        ))
        .returning(ApiKeyRow::as_returning())
        .get_result(tx.pg)?;
    Ok((row.into(), token))
}

/// The key with this hash, revoked or not.
pub fn find_by_hash(conn: &mut Conn<'_>, hash: &TokenHash) -> Result<Option<ApiKey>> {
    let row = ApiKeyRow::query()
        .filter(api_keys::key_hash.eq(hash.as_bytes().as_slice()))
        .first(conn.pg)
        .optional()?;
    Ok(row.map(ApiKey::from))
}

/// All keys, newest first.
pub fn list(conn: &mut Conn<'_>) -> Result<Vec<ApiKey>> {
    let rows = ApiKeyRow::query().order((api_keys::created_at.desc(), api_keys::id.desc())).load(conn.pg)?;
    Ok(rows.into_iter().map(ApiKey::from).collect())
}

/// Gives a key another rate limit, or none.
///
/// # Errors
/// [`Error::NotFound`] when there is no such key.
pub fn limit(tx: &mut Tx<'_>, id: Id<ApiKey>, rate_limit: Option<Quota>) -> Result<ApiKey> {
    let column = |number: u32| i32::try_from(number).ok();
    let requests = rate_limit.and_then(|quota| column(quota.requests()));
    let seconds = rate_limit.and_then(|quota| column(quota.seconds()));
    let row = diesel::update(api_keys::table.find(id.uuid()))
        .set((api_keys::rate_limit_requests.eq(requests), api_keys::rate_limit_seconds.eq(seconds)))
        .returning(ApiKeyRow::as_returning())
        .get_result(tx.pg)
        .optional()?;
    row.map(ApiKey::from).ok_or(Error::NotFound("API key"))
}

/// Revokes a key; one that is revoked already stays as it is.
///
/// # Errors
/// [`Error::NotFound`] when there is no such key.
pub fn revoke(tx: &mut Tx<'_>, id: Id<ApiKey>) -> Result<ApiKey> {
    diesel::update(api_keys::table.find(id.uuid()).filter(api_keys::revoked_at.is_null()))
        .set(api_keys::revoked_at.eq(tx.now))
        .execute(tx.pg)?;
    let row = ApiKeyRow::query().find(id.uuid()).first(tx.pg).optional()?;
    row.map(ApiKey::from).ok_or(Error::NotFound("API key"))
}

/// Records a use, unless one was recorded within the last minute.
pub fn record_use(tx: &mut Tx<'_>, id: Id<ApiKey>) -> Result<()> {
    let minute_ago = tx.now - chrono::TimeDelta::minutes(1);
    let not_lately = api_keys::last_used_at.is_null().or(api_keys::last_used_at.lt(minute_ago));
    diesel::update(api_keys::table.find(id.uuid()).filter(not_lately))
        .set(api_keys::last_used_at.eq(tx.now))
        .execute(tx.pg)?;
    Ok(())
}
