//! People who ask about goods.

use std::sync::LazyLock;

use chrono::{DateTime, Utc};
use codec::Column;
use diesel::pg::Pg;
use diesel::prelude::*;
use domain::market::{Buyer, BuyerChanges, BuyerLookup, WallapopId};
use domain::pii::{EmailKind, JsonKind, NameKind, PhoneKind, Pii, PiiKind, UserNameKind};
use domain::{Id, Page, PageRequest, Position, Text};
use uuid::Uuid;

use super::CountColumn;
use crate::database::column_types::RatioColumn;
use crate::database::sealed::{Bidx, Sealed, blind_index, seal};
use crate::keyset::after;
use crate::root::{Root, check_version, ensure_not_taken};
use crate::schema::market::buyers;
use crate::{Conn, Deletion, Error, Keep, Result, Rule, SealedColumn, Table, Tx};

/// What the shared machinery knows of this table.
pub const TABLE: Table = Table {
    sealed: &[
        SealedColumn::indexed::<UserNameKind>("username"),
        SealedColumn::new("display_name"),
        SealedColumn::indexed::<PhoneKind>("phone"),
        SealedColumn::indexed::<EmailKind>("email"),
        SealedColumn::json("profile_data"),
    ],
    floats: &["trust_score"],
    clear: &[("wallapop_user_id", "the marketplace's id of a person, by which it can be found there")],
    retention: &[Rule {
        name: "market-deleted-buyers",
        about: "deleted buyers, with their conversations and messages",
        condition: "t.deleted_at < $1",
        keep: Keep::DELETED,
    }],
    ..Table::root("market", "buyers", "buyer")
};

static ROOT: LazyLock<Root> = LazyLock::new(|| Root::of(&TABLE));

const WALLAPOP_USER_ID_UNIQUE: &str = "buyers_wallapop_user_id_unique";
pub(super) const USERNAME: Column = TABLE.column("username");
const DISPLAY_NAME: Column = TABLE.column("display_name");
pub(super) const PHONE: Column = TABLE.column("phone");
pub(super) const EMAIL: Column = TABLE.column("email");
pub(super) const PROFILE_DATA: Column = TABLE.column("profile_data");

/// Candidates of a look-up at most.
const MOST_FOUND: i64 = 100;

#[derive(HasQuery)]
#[diesel(table_name = buyers, check_for_backend(Pg), base_query = buyers::table.filter(buyers::deleted_at.is_null()))]
pub(super) struct BuyerRow {
    id: Uuid,
    wallapop_user_id: String,
    username: Sealed<UserNameKind>,
    display_name: Option<Sealed<NameKind>>,
    phone: Option<Sealed<PhoneKind>>,
    email: Option<Sealed<EmailKind>>,
    is_verified: bool,
    is_blocked: bool,
    trust_score: RatioColumn<0, 1>,
    total_conversations: CountColumn,
    completed_purchases: CountColumn,
    cancelled_conversations: CountColumn,
    profile_data: Option<Sealed<JsonKind>>,
    last_active_at: Option<DateTime<Utc>>,
    anonymised_at: Option<DateTime<Utc>>,
    row_version: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

/// What a change stores: `None` keeps, `Some(None)` clears.
#[derive(AsChangeset, Insertable, Default)]
#[diesel(table_name = buyers)]
struct BuyerColumns {
    username: Option<Sealed<UserNameKind>>,
    username_bidx: Option<Bidx>,
    display_name: Option<Option<Sealed<NameKind>>>,
    phone: Option<Option<Sealed<PhoneKind>>>,
    phone_bidx: Option<Option<Bidx>>,
    email: Option<Option<Sealed<EmailKind>>>,
    email_bidx: Option<Option<Bidx>>,
    is_verified: Option<bool>,
    profile_data: Option<Option<Sealed<JsonKind>>>,
    last_active_at: Option<DateTime<Utc>>,
}

impl BuyerRow {
    pub(super) fn open(self, conn: &Conn<'_>) -> Result<Buyer> {
        let Self {
            id,
            wallapop_user_id,
            username,
            display_name,
            phone,
            email,
            is_verified,
            is_blocked,
            trust_score,
            total_conversations,
            completed_purchases,
            cancelled_conversations,
            profile_data,
            last_active_at,
            anonymised_at,
            row_version,
            created_at,
            updated_at,
        } = self;
        Ok(Buyer {
            id: Id::from_uuid(id),
            wallapop_user_id: Text::from_trusted(wallapop_user_id),
            username: username.open(conn, &USERNAME, id)?,
            display_name: display_name.map(|name| name.open(conn, &DISPLAY_NAME, id)).transpose()?,
            phone: phone.map(|phone| phone.open(conn, &PHONE, id)).transpose()?,
            email: email.map(|email| email.open(conn, &EMAIL, id)).transpose()?,
            is_verified,
            is_blocked,
            trust_score: trust_score.0,
            total_conversations: total_conversations.0,
            completed_purchases: completed_purchases.0,
            cancelled_conversations: cancelled_conversations.0,
            profile_data: profile_data.map(|data| data.open(conn, &PROFILE_DATA, id)).transpose()?,
            last_active_at,
            anonymised_at,
            row_version,
            created_at,
            updated_at,
        })
    }
}

impl BuyerColumns {
    fn of(conn: &Conn<'_>, id: Uuid, changes: &BuyerChanges) -> Result<Self> {
        let BuyerChanges { username, display_name, phone, email, is_verified, profile_data } = changes;
        Ok(Self {
            username: username.as_ref().map(|name| seal(conn, &USERNAME, id, name)).transpose()?,
            username_bidx: username.as_ref().map(|name| blind_index(conn, &USERNAME, name)).transpose()?,
            display_name: sealed(conn, &DISPLAY_NAME, id, display_name)?,
            phone: sealed(conn, &PHONE, id, phone)?,
            phone_bidx: indexed(conn, &PHONE, phone)?,
            email: sealed(conn, &EMAIL, id, email)?,
            email_bidx: indexed(conn, &EMAIL, email)?,
            is_verified: *is_verified,
            profile_data: sealed(conn, &PROFILE_DATA, id, profile_data)?,
            last_active_at: None,
        })
    }
}

/// Seals a value that is kept, cleared or replaced.
pub(super) fn sealed<K: PiiKind>(
    conn: &Conn<'_>,
    column: &Column,
    row: Uuid,
    change: &Option<Option<Pii<K>>>,
) -> Result<Option<Option<Sealed<K>>>> {
    let seal =
        |value: &Option<Pii<K>>| value.as_ref().map(|value| seal(conn, column, row, value)).transpose();
    change.as_ref().map(seal).transpose()
}

fn indexed<K: PiiKind>(
    conn: &Conn<'_>,
    column: &Column,
    change: &Option<Option<Pii<K>>>,
) -> Result<Option<Option<Bidx>>> {
    let index =
        |value: &Option<Pii<K>>| value.as_ref().map(|value| blind_index(conn, column, value)).transpose();
    change.as_ref().map(index).transpose()
}

/// Stores a new buyer, who is active now.
///
/// # Errors
/// [`Error::Contention`] when somebody else stored one with this id of the marketplace's meanwhile: run again, it is found
/// then. [`Error::Refused`] without a user name.
pub fn insert(tx: &mut Tx<'_>, wallapop_user_id: &WallapopId, given: &BuyerChanges) -> Result<Buyer> {
    let id = Id::<Buyer>::generate().uuid();
    let columns = BuyerColumns { last_active_at: Some(tx.now), ..BuyerColumns::of(tx, id, given)? };
    let stored: Option<BuyerRow> = diesel::insert_into(buyers::table)
        .values((buyers::id.eq(id), buyers::wallapop_user_id.eq(wallapop_user_id.as_str()), columns))
        .on_conflict(buyers::wallapop_user_id)
        .filter_target(buyers::deleted_at.is_null())
        .do_nothing()
        .returning(BuyerRow::as_returning())
        .get_result(tx.pg)
        .optional()?;
    stored.ok_or(Error::Contention)?.open(tx)
}

/// The buyer with this id.
///
/// # Errors
/// [`Error::NotFound`] when there is none, or it is deleted.
pub fn get(conn: &mut Conn<'_>, id: Id<Buyer>) -> Result<Buyer> {
    let row = BuyerRow::query().filter(buyers::id.eq(id.uuid())).first(conn.pg).optional()?;
    row.ok_or(Error::NotFound("buyer"))?.open(conn)
}

/// The buyer with this id, locked until the end of the transaction: no conversation of the buyer's begins or ends meanwhile.
/// With `version`, only if the row still has it.
///
/// # Errors
/// [`Error::NotFound`] when there is none, or it is deleted; [`Error::StaleVersion`].
pub fn lock(tx: &mut Tx<'_>, id: Id<Buyer>, version: Option<i64>) -> Result<Buyer> {
    let living = buyers::table.filter(buyers::id.eq(id.uuid())).filter(buyers::deleted_at.is_null());
    let row: Option<BuyerRow> =
        living.select(BuyerRow::as_select()).for_no_key_update().first(tx.pg).optional()?;
    let buyer = row.ok_or(Error::NotFound("buyer"))?.open(tx)?;
    check_version(version, buyer.row_version)?;
    Ok(buyer)
}

/// The buyer with this id of the marketplace's, locked until the end of the transaction, and whether it was anonymised.
pub fn lock_by_wallapop_user_id(
    tx: &mut Tx<'_>,
    wallapop_user_id: &WallapopId,
) -> Result<Option<(Id<Buyer>, bool)>> {
    let found: Option<(Uuid, bool)> = buyers::table
        .filter(buyers::wallapop_user_id.eq(wallapop_user_id.as_str()))
        .filter(buyers::deleted_at.is_null())
        .select((buyers::id, buyers::anonymised_at.is_not_null()))
        .for_no_key_update()
        .first(tx.pg)
        .optional()?;
    Ok(found.map(|(id, is_anonymised)| (Id::from_uuid(id), is_anonymised)))
}

/// Whether the buyer with this id of the marketplace's is blocked; not when there is none.
pub fn is_blocked(conn: &mut Conn<'_>, wallapop_user_id: &WallapopId) -> Result<bool> {
    let found: Option<bool> = buyers::table
        .filter(buyers::wallapop_user_id.eq(wallapop_user_id.as_str()))
        .filter(buyers::deleted_at.is_null())
        .select(buyers::is_blocked)
        .first(conn.pg)
        .optional()?;
    Ok(found.unwrap_or(false))
}

/// The buyers of whom this is known: candidates, newest first, at most a hundred.
pub fn find(conn: &mut Conn<'_>, lookup: &BuyerLookup) -> Result<Vec<Buyer>> {
    let mut query = BuyerRow::query()
        .order((buyers::created_at.desc(), buyers::id.desc()))
        .limit(MOST_FOUND)
        .into_boxed();
    query = match lookup {
        BuyerLookup::Phone(phone) => query.filter(buyers::phone_bidx.eq(blind_index(conn, &PHONE, phone)?)),
        BuyerLookup::Email(email) => query.filter(buyers::email_bidx.eq(blind_index(conn, &EMAIL, email)?)),
        BuyerLookup::Username(name) => {
            query.filter(buyers::username_bidx.eq(blind_index(conn, &USERNAME, name)?))
        }
        BuyerLookup::WallapopUserId(id) => query.filter(buyers::wallapop_user_id.eq(id.as_str())),
    };
    let rows: Vec<BuyerRow> = query.load(conn.pg)?;
    rows.into_iter().map(|row| row.open(conn)).collect()
}

/// Buyers, newest first: all, or only those who are blocked, or are not.
pub fn list(conn: &mut Conn<'_>, is_blocked: Option<bool>, page: PageRequest) -> Result<Page<Buyer>> {
    let mut query = BuyerRow::query()
        .order((buyers::created_at.desc(), buyers::id.desc()))
        .limit(page.limit.rows_and_one())
        .into_boxed();
    if let Some(last) = page.after {
        query = query.filter(after(buyers::created_at, buyers::id, last));
    }
    // Written out, and not bound, so that the index of those who are blocked serves.
    query = match is_blocked {
        Some(true) => query.filter(buyers::is_blocked),
        Some(false) => query.filter(diesel::dsl::not(buyers::is_blocked)),
        None => query,
    };
    let rows: Vec<BuyerRow> = query.load(conn.pg)?;
    Page::of(rows, page.limit, |row| Position { at: row.created_at, id: row.id })
        .try_map(|row| row.open(conn))
}

/// Changes the given fields of a buyer that is locked. With `active`, the buyer is active now.
pub fn update(tx: &mut Tx<'_>, id: Id<Buyer>, changes: &BuyerChanges, active: bool) -> Result<Buyer> {
    let columns = BuyerColumns {
        last_active_at: active.then_some(tx.now),
        ..BuyerColumns::of(tx, id.uuid(), changes)?
    };
    diesel::update(buyers::table.find(id.uuid()))
        .set(columns)
        .returning(BuyerRow::as_returning())
        .get_result(tx.pg)?
        .open(tx)
}

/// Blocks or unblocks a buyer, who is locked until the end of the transaction.
///
/// # Errors
/// [`Error::NotFound`] when there is none, or it is deleted.
pub fn set_blocked(tx: &mut Tx<'_>, id: Id<Buyer>, is_blocked: bool) -> Result<Buyer> {
    let changed: Option<BuyerRow> = diesel::update(buyers::table.find(id.uuid()))
        .filter(buyers::deleted_at.is_null())
        .filter(buyers::is_blocked.ne(is_blocked))
        .set(buyers::is_blocked.eq(is_blocked))
        .returning(BuyerRow::as_returning())
        .get_result(tx.pg)
        .optional()?;
    // One that is so already is locked all the same, or a conversation could begin before its others are looked at.
    match changed {
        Some(row) => row.open(tx),
        None => lock(tx, id, None),
    }
}

/// Counts conversations that ended, of a buyer that is locked. Either may be taken back.
pub fn count_ended(tx: &mut Tx<'_>, id: Id<Buyer>, completed: i32, cancelled: i32) -> Result<()> {
    diesel::update(buyers::table.find(id.uuid()))
        .set((
            buyers::completed_purchases.eq(buyers::completed_purchases + completed),
            buyers::cancelled_conversations.eq(buyers::cancelled_conversations + cancelled),
        ))
        .execute(tx.pg)?;
    Ok(())
}

/// Deletes a buyer, so that [`restore`] brings it back until it is purged. The buyer's conversations are hidden meanwhile.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::StaleVersion`] when `version` is given and is not the row's.
pub fn soft_delete(tx: &mut Tx<'_>, id: Id<Buyer>, version: Option<i64>) -> Result<Deletion> {
    ROOT.soft_delete(tx, id.uuid(), version)
}

/// Brings back a deleted buyer. One that is not deleted stays as it is.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::RestoreConflict`] when another buyer has the marketplace's id by now.
pub fn restore(tx: &mut Tx<'_>, id: Id<Buyer>) -> Result<Buyer> {
    let row: Option<(Option<Uuid>, String)> = buyers::table
        .find(id.uuid())
        .select((buyers::deletion_id, buyers::wallapop_user_id))
        .for_no_key_update()
        .first(tx.pg)
        .optional()?;
    let (deletion, wallapop_user_id) = row.ok_or(Error::NotFound("buyer"))?;
    if let Some(deletion) = deletion {
        let taken_by = buyers::table
            .filter(buyers::wallapop_user_id.eq(wallapop_user_id))
            .filter(buyers::deleted_at.is_null())
            .select(buyers::id)
            .first(tx.pg)
            .optional()?;
        ensure_not_taken(WALLAPOP_USER_ID_UNIQUE, taken_by)?;
        ROOT.restore(tx, id.uuid(), deletion)?;
    }
    get(tx, id)
}
