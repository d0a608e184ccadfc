//! Bills to be shared.

use std::sync::LazyLock;

use chrono::{DateTime, Utc};
use diesel::dsl::sql;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{self, Array, BigInt, Bool, Nullable, Timestamptz};
use domain::split::{
    Bill, BillChanges, BillFilter, BillStatus, BillSummary, Item, NewBill, NewParticipant, Participant, User,
};
use domain::{Amount, Currency, Day, Id, Page, PageRequest, Position, Text};
use uuid::Uuid;

use super::bill_participants::{self, Names, NewShares, ParticipantRecord, ParticipantRecordType};
use crate::database::column_types::{Money, StoredJson, TextColumn};
use crate::database::statement::{BindNext, statement};
use crate::keyset::after;
use crate::root::{Root, check_version};
use crate::schema::split::bills;
use crate::{Access, Conn, Deletion, Error, Keep, Result, Rule, Table, Tx, Verb};

/// What the shared machinery knows of this table.
pub const TABLE: Table = Table {
    access: Access::Owner("user_id"),
    end_users_may: &[Verb::Select, Verb::Insert, Verb::Update],
    clear: &[
        ("description", "what was shared; a description may name people"),
        ("items_data", "items and their prices"),
        ("merchant", "where"),
    ],
    enums: &["currency", "status"],
    retention: &[Rule {
        name: "deleted-bills",
        about: "deleted bills, with their shares and payment requests",
        condition: "t.deleted_at < $1",
        keep: Keep::DELETED,
    }],
    ..Table::root("split", "bills", "bill")
};

static ROOT: LazyLock<Root> = LazyLock::new(|| Root::of(&TABLE));

diesel::define_sql_function! {
    /// `lower(text)`
    fn lower(text: Nullable<sql_types::Text>) -> Nullable<sql_types::Text>;
}
diesel::define_sql_function! {
    /// Where a text holds another, counted from 1; 0 where it does not.
    fn strpos(text: Nullable<sql_types::Text>, held: sql_types::Text) -> Nullable<sql_types::Integer>;
}
diesel::define_sql_function! {
    /// The first of the two that is not null.
    fn coalesce(first: Nullable<Bool>, other: Bool) -> Bool;
}

#[derive(HasQuery, QueryableByName)]
#[diesel(table_name = bills, check_for_backend(Pg), base_query = bills::table.filter(bills::deleted_at.is_null()))]
pub(super) struct BillRow {
    id: Uuid,
    user_id: Uuid,
    total_amount: Money,
    currency: TextColumn<Currency>,
    description: Option<String>,
    merchant: Option<String>,
    bill_date: Option<DateTime<Utc>>,
    status: TextColumn<BillStatus>,
    items_data: Option<StoredJson<Vec<Item>>>,
    row_version: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

#[derive(AsChangeset)]
#[diesel(table_name = bills)]
struct BillChangesRow {
    total_amount: Option<bigdecimal::BigDecimal>,
    currency: Option<&'static str>,
    description: Option<Option<String>>,
    merchant: Option<Option<String>>,
    bill_date: Option<Option<DateTime<Utc>>>,
    items_data: Option<Option<StoredJson<Vec<Item>>>>,
}

/// A bill with its shares, and the time at which they were read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WholeBill {
    /// The bill.
    pub bill: Bill,
    /// Its shares, in the order they were given.
    pub participants: Vec<Participant>,
    /// The database's time of the statement.
    pub now: DateTime<Utc>,
}

#[derive(QueryableByName)]
struct WholeBillRow {
    #[diesel(embed)]
    bill: BillRow,
    #[diesel(sql_type = Array<ParticipantRecordType>)]
    participants: Vec<ParticipantRecord>,
    #[diesel(sql_type = Timestamptz)]
    now: DateTime<Utc>,
}

/// What [`SHARES`] answers: how many shares there are, how many are paid, and the sums of those that are and are not.
type SharesType = sql_types::Record<(BigInt, BigInt, sql_types::Numeric, sql_types::Numeric)>;

const SHARES: &str = "(SELECT ROW(count(*), count(*) FILTER (WHERE p.payment_status = 'confirmed'),
                                  coalesce(sum(p.amount_owed) FILTER (WHERE p.payment_status = 'confirmed'), 0),
                                  coalesce(sum(p.amount_owed) FILTER (WHERE p.payment_status <> 'confirmed'), 0))
                         FROM split.bill_participants p WHERE p.bill_id = bills.id AND p.replaced_at IS NULL)";

impl BillRow {
    pub(super) fn into_bill(self) -> Result<Bill> {
        let Self {
            id,
            user_id,
            total_amount,
            currency,
            description,
            merchant,
            bill_date,
            status,
            items_data,
            row_version,
            created_at,
            updated_at,
        } = self;
        Ok(Bill {
            id: Id::from_uuid(id),
            user_id: Id::from_uuid(user_id),
            total_amount: total_amount.0,
            currency: currency.0,
            description: description.map(Text::from_trusted),
            merchant: merchant.map(Text::from_trusted),
            bill_date: bill_date.map(day),
            status: status.0,
            items: items_data.map(|items| items.0).unwrap_or_default(),
            row_version,
            created_at,
            updated_at,
        })
    }
}

/// The day that a `bill_date` holds, as its midnight in UTC. Rows from before days were told from times have a time of day.
fn day(bill_date: DateTime<Utc>) -> Day {
    Day::from_trusted(bill_date.date_naive())
}

/// Stores a new bill without shares, in one statement.
///
/// # Errors
/// [`Error::NotFound`] when there is no such user.
pub fn insert(tx: &mut Tx<'_>, new: NewBill) -> Result<Bill> {
    let id = Id::generate();
    // The user's row is locked against deletion, so that no living bill is left behind one.
    let stored = statement(
        "INSERT INTO split.bills (id, user_id, total_amount, currency, description, merchant, bill_date, items_data)
         SELECT ?, id, ?, ?, ?, ?, ?, ? FROM split.users WHERE id = ? AND deleted_at IS NULL FOR SHARE",
    )
    .bind::<sql_types::Uuid, _>(id.uuid())
    .bind::<sql_types::Numeric, _>(new.total_amount.to_bigdecimal())
    .bind::<sql_types::Text, _>(new.currency.code())
    .bind::<Nullable<sql_types::Text>, _>(new.description.as_ref().map(Text::as_str))
    .bind::<Nullable<sql_types::Text>, _>(new.merchant.as_ref().map(Text::as_str))
    .bind::<Nullable<Timestamptz>, _>(new.bill_date.map(Day::midnight))
    .bind::<Nullable<sql_types::Jsonb>, _>(items_json(&new.items))
    .bind::<sql_types::Uuid, _>(new.user_id.uuid())
    .execute(tx.pg)?;
    if stored == 0 {
        return Err(Error::NotFound("user"));
    }
    Ok(made(tx, id, new))
}

/// Stores a new bill and its shares, in one statement.
///
/// # Errors
/// [`Error::NotFound`] when there is no such `"user"`, or a `"contact"` who owes is not one of the user's; the
/// transaction must not be committed then. Else as [`bill_participants::insert_all`].
pub fn insert_with_shares(
    tx: &mut Tx<'_>,
    new: NewBill,
    shares: &[NewParticipant],
) -> Result<(Bill, Vec<Participant>)> {
    let id = Id::generate();
    let new_shares = NewShares::of(shares);
    // The user's row is locked against deletion, so that no living bill is left behind one. An erasure may have ended
    // while this waited for it: the lock on the contacts makes the statement look at them anew.
    let stored: Option<Names> = statement(
        "WITH bill AS (INSERT INTO split.bills (id, user_id, total_amount, currency, description, merchant, bill_date,
                                                items_data)
                       SELECT ?, id, ?, ?, ?, ?, ?, ? FROM split.users WHERE id = ? AND deleted_at IS NULL FOR SHARE
                       RETURNING id, user_id),
              known AS (SELECT c.id, c.name FROM split.contacts c JOIN bill USING (user_id)
                         WHERE c.deleted_at IS NULL AND c.id = ANY (?) FOR SHARE OF c),
              stored AS (INSERT INTO split.bill_participants (id, bill_id, user_id, contact_id, amount_owed)
                         SELECT s.id, bill.id, bill.user_id, s.contact_id, s.amount_owed
                           FROM bill, unnest(?, ?, ?) AS s (id, contact_id, amount_owed)
                           JOIN known ON known.id = s.contact_id)
         SELECT ARRAY(SELECT ROW(id, name) FROM known) AS names FROM bill",
    )
    .bind::<sql_types::Uuid, _>(id.uuid())
    .bind::<sql_types::Numeric, _>(new.total_amount.to_bigdecimal())
    .bind::<sql_types::Text, _>(new.currency.code())
    .bind::<Nullable<sql_types::Text>, _>(new.description.as_ref().map(Text::as_str))
    .bind::<Nullable<sql_types::Text>, _>(new.merchant.as_ref().map(Text::as_str))
    .bind::<Nullable<Timestamptz>, _>(new.bill_date.map(Day::midnight))
    .bind::<Nullable<sql_types::Jsonb>, _>(items_json(&new.items))
    .bind::<sql_types::Uuid, _>(new.user_id.uuid())
    .bind::<Array<sql_types::Uuid>, _>(&new_shares.contacts)
    .bind::<Array<sql_types::Uuid>, _>(&new_shares.ids)
    .bind::<Array<sql_types::Uuid>, _>(&new_shares.contacts)
    .bind::<Array<sql_types::Numeric>, _>(&new_shares.amounts)
    .get_result(tx.pg)
    .optional()?;
    let Names { names } = stored.ok_or(Error::NotFound("user"))?;
    let participants = bill_participants::stored(tx, id, &new_shares.ids, shares, names)?;
    Ok((made(tx, id, new), participants))
}

/// A bill that was stored just now.
fn made(tx: &Tx<'_>, id: Id<Bill>, new: NewBill) -> Bill {
    let NewBill { user_id, total_amount, currency, description, merchant, bill_date, items } = new;
    Bill {
        id,
        user_id,
        total_amount,
        currency,
        description,
        merchant,
        bill_date,
        status: BillStatus::Active,
        items,
        row_version: 1,
        created_at: tx.now,
        updated_at: tx.now,
    }
}

/// The bill with this id, without its shares.
///
/// # Errors
/// [`Error::NotFound`] when there is none, or it is deleted.
pub fn get(conn: &mut Conn<'_>, id: Id<Bill>) -> Result<Bill> {
    let row = BillRow::query().filter(bills::id.eq(id.uuid())).first(conn.pg).optional()?;
    row.ok_or(Error::NotFound("bill"))?.into_bill()
}

/// The bill with its shares, read at one moment in one statement.
///
/// # Errors
/// [`Error::NotFound`] when there is none, or it is deleted.
pub fn get_whole(conn: &mut Conn<'_>, id: Id<Bill>) -> Result<WholeBill> {
    let row = statement(
        "SELECT b.id, b.user_id, b.total_amount, b.currency, b.description, b.merchant, b.bill_date, b.status,
                b.items_data, b.row_version, b.created_at, b.updated_at, now() AS now,
                ARRAY(SELECT ROW(p.id, p.contact_id, c.name, c.erased_at IS NOT NULL, p.amount_owed, p.payment_status, p.paid_at,
                                 p.reminder_count, p.last_reminder_sent, p.created_at, p.updated_at)
                        FROM split.bill_participants p JOIN split.contacts c ON c.id = p.contact_id
                       WHERE p.bill_id = b.id AND p.replaced_at IS NULL ORDER BY p.id) AS participants
           FROM split.bills b WHERE b.id = ? AND b.deleted_at IS NULL",
    )
    .bind::<sql_types::Uuid, _>(id.uuid())
    .get_result::<WholeBillRow>(conn.pg)
    .optional()?;
    let WholeBillRow { bill, participants, now } = row.ok_or(Error::NotFound("bill"))?;
    let participants = participants.into_iter().map(|record| bill_participants::open(conn, id, record));
    Ok(WholeBill { participants: participants.collect::<Result<_>>()?, bill: bill.into_bill()?, now })
}

/// The bill, locked until the end of the transaction: whatever changes a bill or its shares begins with this, so that
/// two changes come one after the other.
///
/// Its user's row is locked first, as [`erasure`](super::erasure) asks of everything that stores what it has read of a
/// person.
///
/// # Errors
/// [`Error::NotFound`] when there is none, or it is deleted.
pub fn lock(tx: &mut Tx<'_>, id: Id<Bill>) -> Result<Bill> {
    let row = statement(
        "WITH owner AS (SELECT u.id FROM split.users u JOIN split.bills b ON b.user_id = u.id
                         WHERE b.id = ? FOR KEY SHARE OF u)
         SELECT b.id, b.user_id, b.total_amount, b.currency, b.description, b.merchant, b.bill_date, b.status,
                b.items_data, b.row_version, b.created_at, b.updated_at
           FROM split.bills b JOIN owner ON owner.id = b.user_id
          WHERE b.id = ? AND b.deleted_at IS NULL FOR UPDATE OF b",
    )
    .bind::<sql_types::Uuid, _>(id.uuid())
    .bind::<sql_types::Uuid, _>(id.uuid())
    .get_result::<BillRow>(tx.pg)
    .optional()?;
    row.ok_or(Error::NotFound("bill"))?.into_bill()
}

/// The bill of a share, replaced or not, locked as by [`lock`].
///
/// # Errors
/// [`Error::NotFound`] when there is no such share, or its bill is deleted.
pub fn lock_of_participant(tx: &mut Tx<'_>, participant: Id<Participant>) -> Result<Bill> {
    let row = statement(
        "WITH owner AS (SELECT u.id FROM split.users u JOIN split.bill_participants p ON p.user_id = u.id
                         WHERE p.id = ? FOR KEY SHARE OF u)
         SELECT b.id, b.user_id, b.total_amount, b.currency, b.description, b.merchant, b.bill_date, b.status,
                b.items_data, b.row_version, b.created_at, b.updated_at
           FROM split.bill_participants p JOIN split.bills b ON b.id = p.bill_id JOIN owner ON owner.id = b.user_id
          WHERE p.id = ? AND b.deleted_at IS NULL FOR UPDATE OF b",
    )
    .bind::<sql_types::Uuid, _>(participant.uuid())
    .bind::<sql_types::Uuid, _>(participant.uuid())
    .get_result::<BillRow>(tx.pg)
    .optional()?;
    row.ok_or(Error::NotFound("participant"))?.into_bill()
}

/// A user's bills that pass the filter, newest first, each with what has been paid: one statement for the page.
pub fn list_for_user(
    conn: &mut Conn<'_>,
    user: Id<User>,
    filter: &BillFilter,
    page: PageRequest,
) -> Result<Page<BillSummary>> {
    // Only the conditions that are asked for stand in the statement: the planner would take the others for selective,
    // and sort all bills of the user instead of reading a page of them in order.
    let mut query = bills::table
        .filter(bills::deleted_at.is_null())
        .filter(bills::user_id.eq(user.uuid()))
        .order((bills::created_at.desc(), bills::id.desc()))
        .limit(page.limit.rows_and_one())
        .select((BillRow::as_select(), sql::<SharesType>(SHARES)))
        .into_boxed();
    if let Some(last) = page.after {
        query = query.filter(after(bills::created_at, bills::id, last));
    }
    let BillFilter { status, from, to, min_amount, max_amount, merchant } = filter;
    if let Some(status) = status {
        query = query.filter(bills::status.eq(status.as_str()));
    }
    if let Some(from) = from {
        let undated = bills::created_at.ge(from.at);
        query = query.filter(coalesce(bills::bill_date.ge(from.day.midnight()), undated));
    }
    if let Some(to) = to {
        let undated = bills::created_at.lt(to.at);
        query = query.filter(coalesce(bills::bill_date.lt(to.day.midnight()), undated));
    }
    if let Some(least) = min_amount {
        query = query.filter(bills::total_amount.ge(least.to_bigdecimal()));
    }
    if let Some(most) = max_amount {
        query = query.filter(bills::total_amount.le(most.to_bigdecimal()));
    }
    if let Some(merchant) = merchant {
        query = query.filter(strpos(lower(bills::merchant), merchant.as_str().to_lowercase()).gt(0));
    }
    let rows: Vec<(BillRow, (i64, i64, Money, Money))> = query.load(conn.pg)?;
    Page::of(rows, page.limit, |(bill, _)| Position { at: bill.created_at, id: bill.id }).try_map(
        |(bill, (participant_count, paid_count, total_paid, remaining))| {
            Ok(BillSummary {
                bill: bill.into_bill()?,
                participant_count,
                paid_count,
                total_paid: total_paid.0,
                remaining: remaining.0,
            })
        },
    )
}

/// Changes the given fields of a bill that [`lock`] holds. With `version`, only if the row still has it.
///
/// # Errors
/// [`Error::StaleVersion`].
pub fn update(tx: &mut Tx<'_>, locked: Bill, version: Option<i64>, changes: BillChanges) -> Result<Bill> {
    check_version(version, locked.row_version)?;
    if changes.is_empty() {
        return Ok(locked);
    }
    let BillChanges { total_amount, currency, description, merchant, bill_date, items } = changes;
    let row = BillChangesRow {
        total_amount: total_amount.map(Amount::to_bigdecimal),
        currency: currency.map(Currency::code),
        description: description.map(|text| text.map(Text::into_string)),
        merchant: merchant.map(|text| text.map(Text::into_string)),
        bill_date: bill_date.map(|day| day.map(Day::midnight)),
        items_data: items.as_deref().map(items_json),
    };
    diesel::update(bills::table.find(locked.id.uuid()))
        .set(row)
        .returning(BillRow::as_returning())
        .get_result(tx.pg)?
        .into_bill()
}

/// Sets the status of a bill that [`lock`] holds. Whether the step is legal is for the caller to say.
pub fn set_status(tx: &mut Tx<'_>, id: Id<Bill>, status: BillStatus) -> Result<()> {
    diesel::update(bills::table.find(id.uuid())).set(bills::status.eq(status.as_str())).execute(tx.pg)?;
    Ok(())
}

/// Completes an active bill all of whose shares are confirmed; answers whether it did.
pub fn complete_if_paid(tx: &mut Tx<'_>, id: Id<Bill>) -> Result<bool> {
    let completed = statement(
        "UPDATE split.bills b SET status = 'completed'
          WHERE b.id = ? AND b.status = 'active'
            AND EXISTS (SELECT FROM split.bill_participants p WHERE p.bill_id = b.id AND p.replaced_at IS NULL)
            AND NOT EXISTS (SELECT FROM split.bill_participants p
                             WHERE p.bill_id = b.id AND p.replaced_at IS NULL AND p.payment_status <> 'confirmed')",
    )
    .bind::<sql_types::Uuid, _>(id.uuid())
    .execute(tx.pg)?;
    Ok(completed > 0)
}

/// Deletes a bill; [`restore`] brings it back until it is purged.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::StaleVersion`] when `version` is given and is not the row's.
pub fn soft_delete(tx: &mut Tx<'_>, id: Id<Bill>, version: Option<i64>) -> Result<Deletion> {
    ROOT.soft_delete(tx, id.uuid(), version)
}

/// Brings back a deleted bill. One that is not deleted stays as it is.
///
/// # Errors
/// [`Error::NotFound`], also when its user is deleted.
pub fn restore(tx: &mut Tx<'_>, id: Id<Bill>) -> Result<WholeBill> {
    ROOT.restore_of_owner(tx, id.uuid())?;
    get_whole(tx, id)
}

pub(super) fn items_json(items: &[Item]) -> Option<StoredJson<Vec<Item>>> {
    if items.is_empty() { None } else { Some(StoredJson(items.to_vec())) }
}
