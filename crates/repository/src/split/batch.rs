//! Contacts and bills in bulk: one statement for a thousand rows.
//!
//! `COPY` would be faster, but PostgreSQL refuses it under row security, so rows travel as arrays.

use std::collections::{HashMap, HashSet};

use diesel::prelude::*;
use diesel::sql_types::{self, Array, Nullable, Timestamptz};
use domain::split::{Bill, Contact, ContactChanges, NewBill, NewContact, User};
use domain::{Day, Id, Text};
use uuid::Uuid;

use super::bills::{BillRow, items_json};
use super::contacts::{NAME, PHONE_NUMBER};
use crate::database::sealed::{Bidx, blind_index, seal, sql_types as sealed_types};
use crate::database::statement::{BindNext, statement};
use crate::{Result, Tx};

/// Rows of one statement.
const ROWS: usize = 1000;

/// What became of one row of a batch, in the order given.
#[derive(Debug, PartialEq, Eq)]
pub enum Stored<T> {
    /// It was stored.
    Made(Id<T>),
    /// A row with its unique value was there, or came earlier in the batch; it stays as it is.
    Found(Id<T>),
    /// What it belongs to, or what it should change, is not there.
    Absent,
}

#[derive(QueryableByName)]
struct IdRow {
    #[diesel(sql_type = sql_types::Uuid)]
    id: Uuid,
}

#[derive(QueryableByName)]
struct PhoneRow {
    #[diesel(sql_type = sql_types::Uuid)]
    id: Uuid,
    #[diesel(sql_type = sql_types::Binary)]
    phone_number_bidx: Vec<u8>,
}

/// Stores new contacts of one user. All of them are [`Stored::Absent`] when there is no such user.
pub fn insert_contacts(tx: &mut Tx<'_>, user: Id<User>, rows: &[NewContact]) -> Result<Vec<Stored<Contact>>> {
    let mut stored = Vec::with_capacity(rows.len());
    for chunk in rows.chunks(ROWS) {
        stored.extend(insert_contacts_chunk(tx, user, chunk)?);
    }
    Ok(stored)
}

fn insert_contacts_chunk(
    tx: &mut Tx<'_>,
    user: Id<User>,
    rows: &[NewContact],
) -> Result<Vec<Stored<Contact>>> {
    let ids: Vec<Uuid> = rows.iter().map(|_| Id::<Contact>::generate().uuid()).collect();
    let (mut names, mut name_indexes, mut phones, mut phone_indexes) = (vec![], vec![], vec![], vec![]);
    for (row, id) in rows.iter().zip(&ids) {
        names.push(seal(tx, &NAME, *id, &row.name)?);
        name_indexes.push(blind_index(tx, &NAME, &row.name)?);
        phones.push(seal(tx, &PHONE_NUMBER, *id, &row.phone_number)?);
        phone_indexes.push(blind_index(tx, &PHONE_NUMBER, &row.phone_number)?);
    }
    let made = statement(
        "INSERT INTO split.contacts (id, user_id, name, name_bidx, phone_number, phone_number_bidx)
         SELECT r.id, u.id, r.name, r.name_bidx, r.phone_number, r.phone_number_bidx
           FROM (SELECT id FROM split.users WHERE id = ? AND deleted_at IS NULL FOR SHARE) u,
                unnest(?, ?, ?, ?, ?) AS r (id, name, name_bidx, phone_number, phone_number_bidx)
         ON CONFLICT (user_id, phone_number_bidx) WHERE deleted_at IS NULL DO NOTHING
         RETURNING id",
    )
    .bind::<sql_types::Uuid, _>(user.uuid())
    .bind::<Array<sql_types::Uuid>, _>(&ids)
    .bind::<Array<sealed_types::Sealed>, _>(names)
    .bind::<Array<sql_types::Binary>, _>(name_indexes)
    .bind::<Array<sealed_types::Sealed>, _>(phones)
    .bind::<Array<sql_types::Binary>, _>(&phone_indexes)
    .load::<IdRow>(tx.pg)?;
    let made: HashSet<Uuid> = made.into_iter().map(|row| row.id).collect();
    let there =
        if made.len() < rows.len() { find_by_phone(tx, user, &phone_indexes)? } else { HashMap::new() };
    let outcome = |(id, bidx): (&Uuid, &Bidx)| match there.get(bidx.as_bytes()) {
        _ if made.contains(id) => Stored::Made(Id::from_uuid(*id)),
        Some(there) => Stored::Found(Id::from_uuid(*there)),
        None => Stored::Absent,
    };
    Ok(ids.iter().zip(&phone_indexes).map(outcome).collect())
}

fn find_by_phone(tx: &mut Tx<'_>, user: Id<User>, indexes: &[Bidx]) -> Result<HashMap<Vec<u8>, Uuid>> {
    let rows = statement(
        "SELECT id, phone_number_bidx FROM split.contacts
          WHERE user_id = ? AND deleted_at IS NULL AND phone_number_bidx = ANY (?)",
    )
    .bind::<sql_types::Uuid, _>(user.uuid())
    .bind::<Array<sql_types::Binary>, _>(indexes)
    .load::<PhoneRow>(tx.pg)?;
    Ok(rows.into_iter().map(|row| (row.phone_number_bidx, row.id)).collect())
}

/// Changes contacts of one user. A new phone number that another contact of the user has, in the table or earlier in the
/// batch, leaves the row as it is and names the other as [`Stored::Found`].
pub fn update_contacts(
    tx: &mut Tx<'_>,
    user: Id<User>,
    rows: &[(Id<Contact>, ContactChanges)],
) -> Result<Vec<Stored<Contact>>> {
    let mut stored = Vec::with_capacity(rows.len());
    for chunk in rows.chunks(ROWS) {
        stored.extend(update_contacts_chunk(tx, user, chunk)?);
    }
    Ok(stored)
}

fn update_contacts_chunk(
    tx: &mut Tx<'_>,
    user: Id<User>,
    rows: &[(Id<Contact>, ContactChanges)],
) -> Result<Vec<Stored<Contact>>> {
    let index_of = |tx: &Tx<'_>, changes: &ContactChanges| {
        changes.phone_number.as_ref().map(|phone| blind_index(tx, &PHONE_NUMBER, phone)).transpose()
    };
    let indexes = rows.iter().map(|(_, changes)| index_of(tx, changes)).collect::<Result<Vec<_>>>()?;
    let wanted: Vec<Bidx> = indexes.iter().flatten().copied().collect();
    let mut holders = find_by_phone(tx, user, &wanted)?;

    let (mut ids, mut names, mut name_indexes, mut phones, mut phone_indexes) =
        (vec![], vec![], vec![], vec![], vec![]);
    let mut conflicts = HashMap::new();
    let mut seen = HashSet::new();
    for (n, ((contact, changes), index)) in rows.iter().zip(&indexes).enumerate() {
        let id = contact.uuid();
        let holder = index.as_ref().map(|index| *holders.entry(index.as_bytes().to_vec()).or_insert(id));
        // One statement changes a row once, so a second change of the same row in a batch is refused like a conflict.
        if let Some(holder) =
            holder.filter(|holder| *holder != id).or_else(|| (!seen.insert(id)).then_some(id))
        {
            conflicts.insert(n, holder);
            continue;
        }
        ids.push(id);
        names.push(changes.name.as_ref().map(|name| seal(tx, &NAME, id, name)).transpose()?);
        name_indexes.push(changes.name.as_ref().map(|name| blind_index(tx, &NAME, name)).transpose()?);
        phones
            .push(changes.phone_number.as_ref().map(|phone| seal(tx, &PHONE_NUMBER, id, phone)).transpose()?);
        phone_indexes.push(*index);
    }
    // A row that names nothing to change is only looked for: an update would raise its version.
    let changed = statement(
        "WITH r AS (
             SELECT * FROM unnest(?, ?, ?, ?, ?) AS r (id, name, name_bidx, phone_number, phone_number_bidx)),
         changed AS (
             UPDATE split.contacts c
                SET name = coalesce(r.name, c.name), name_bidx = coalesce(r.name_bidx, c.name_bidx),
                    phone_number = coalesce(r.phone_number, c.phone_number),
                    phone_number_bidx = coalesce(r.phone_number_bidx, c.phone_number_bidx)
               FROM r
              WHERE c.id = r.id AND c.user_id = ? AND c.deleted_at IS NULL
                AND (r.name IS NOT NULL OR r.phone_number IS NOT NULL)
          RETURNING c.id)
         SELECT id FROM changed
         UNION ALL
         SELECT c.id FROM split.contacts c JOIN r USING (id)
          WHERE c.user_id = ? AND c.deleted_at IS NULL AND r.name IS NULL AND r.phone_number IS NULL",
    )
    .bind::<Array<sql_types::Uuid>, _>(ids)
    .bind::<Array<Nullable<sealed_types::Sealed>>, _>(names)
    .bind::<Array<Nullable<sql_types::Binary>>, _>(name_indexes)
    .bind::<Array<Nullable<sealed_types::Sealed>>, _>(phones)
    .bind::<Array<Nullable<sql_types::Binary>>, _>(phone_indexes)
    .bind::<sql_types::Uuid, _>(user.uuid())
    .bind::<sql_types::Uuid, _>(user.uuid())
    .load::<IdRow>(tx.pg)?;
    let changed: HashSet<Uuid> = changed.into_iter().map(|row| row.id).collect();
    let outcome = |(n, (contact, _)): (usize, &(Id<Contact>, ContactChanges))| match conflicts.get(&n) {
        Some(holder) => Stored::Found(Id::from_uuid(*holder)),
        None if changed.contains(&contact.uuid()) => Stored::Made(*contact),
        None => Stored::Absent,
    };
    Ok(rows.iter().enumerate().map(outcome).collect())
}

/// Stores new bills without shares. One whose user is not there is [`Stored::Absent`].
pub fn insert_bills(tx: &mut Tx<'_>, rows: &[NewBill]) -> Result<Vec<Stored<Bill>>> {
    let mut stored = Vec::with_capacity(rows.len());
    for chunk in rows.chunks(ROWS) {
        stored.extend(insert_bills_chunk(tx, chunk)?);
    }
    Ok(stored)
}

fn insert_bills_chunk(tx: &mut Tx<'_>, rows: &[NewBill]) -> Result<Vec<Stored<Bill>>> {
    let ids: Vec<Uuid> = rows.iter().map(|_| Id::<Bill>::generate().uuid()).collect();
    let texts = |text: fn(&NewBill) -> Option<&str>| rows.iter().map(text).collect::<Vec<_>>();
    let made = statement(
        "INSERT INTO split.bills (id, user_id, total_amount, currency, description, merchant, bill_date, items_data)
         SELECT r.id, u.id, r.total_amount, r.currency, r.description, r.merchant, r.bill_date, r.items_data
           FROM unnest(?, ?, ?, ?, ?, ?, ?, ?)
                AS r (id, user_id, total_amount, currency, description, merchant, bill_date, items_data)
           JOIN split.users u ON u.id = r.user_id AND u.deleted_at IS NULL
            FOR SHARE OF u
         RETURNING id",
    )
    .bind::<Array<sql_types::Uuid>, _>(&ids)
    .bind::<Array<sql_types::Uuid>, _>(rows.iter().map(|row| row.user_id.uuid()).collect::<Vec<_>>())
    .bind::<Array<sql_types::Numeric>, _>(rows.iter().map(|row| row.total_amount.to_bigdecimal()).collect::<Vec<_>>())
    .bind::<Array<sql_types::Text>, _>(rows.iter().map(|row| row.currency.code()).collect::<Vec<_>>())
    .bind::<Array<Nullable<sql_types::Text>>, _>(texts(|row| row.description.as_ref().map(Text::as_str)))
    .bind::<Array<Nullable<sql_types::Text>>, _>(texts(|row| row.merchant.as_ref().map(Text::as_str)))
    .bind::<Array<Nullable<Timestamptz>>, _>(rows.iter().map(|row| row.bill_date.map(Day::midnight)).collect::<Vec<_>>())
    .bind::<Array<Nullable<sql_types::Jsonb>>, _>(
        rows.iter().map(|row| items_json(&row.items)).collect::<Vec<_>>(),
    )
    .load::<IdRow>(tx.pg)?;
    let made: HashSet<Uuid> = made.into_iter().map(|row| row.id).collect();
    let outcome =
        |id: &Uuid| if made.contains(id) { Stored::Made(Id::from_uuid(*id)) } else { Stored::Absent };
    Ok(ids.iter().map(outcome).collect())
}

/// A bill that is locked to be changed.
#[derive(Debug)]
pub struct LockedBill {
    /// The bill.
    pub bill: Bill,
    /// Whether it is divided into shares.
    pub is_split: bool,
}

#[derive(QueryableByName)]
struct LockedBillRow {
    #[diesel(embed)]
    bill: BillRow,
    #[diesel(sql_type = sql_types::Bool)]
    is_split: bool,
}

/// Those of the bills that are there, locked until the end of the transaction.
pub fn lock_bills(tx: &mut Tx<'_>, ids: &[Id<Bill>]) -> Result<Vec<LockedBill>> {
    let mut ids: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
    // Always in the same order, so that two batches wait for each other and never deadlock.
    ids.sort_unstable();
    let mut locked = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(ROWS) {
        let rows = statement(
            "SELECT b.id, b.user_id, b.total_amount, b.currency, b.description, b.merchant, b.bill_date, b.status,
                    b.items_data, b.row_version, b.created_at, b.updated_at,
                    EXISTS (SELECT FROM split.bill_participants p
                             WHERE p.bill_id = b.id AND p.replaced_at IS NULL) AS is_split
               FROM split.bills b
              WHERE b.id = ANY (?) AND b.deleted_at IS NULL
              ORDER BY b.id
                FOR UPDATE OF b",
        )
        .bind::<Array<sql_types::Uuid>, _>(chunk)
        .load::<LockedBillRow>(tx.pg)?;
        for LockedBillRow { bill, is_split } in rows {
            locked.push(LockedBill { bill: bill.into_bill()?, is_split });
        }
    }
    Ok(locked)
}

/// Stores bills that [`lock_bills`] holds as they are given, but for their owner and their status.
pub fn update_bills(tx: &mut Tx<'_>, bills: &[Bill]) -> Result<()> {
    for rows in bills.chunks(ROWS) {
        let texts = |text: fn(&Bill) -> Option<&str>| rows.iter().map(text).collect::<Vec<_>>();
        statement(
            "UPDATE split.bills b
                SET total_amount = r.total_amount, currency = r.currency, description = r.description,
                    merchant = r.merchant, bill_date = r.bill_date, items_data = r.items_data
               FROM unnest(?, ?, ?, ?, ?, ?, ?)
                    AS r (id, total_amount, currency, description, merchant, bill_date, items_data)
              WHERE b.id = r.id",
        )
        .bind::<Array<sql_types::Uuid>, _>(rows.iter().map(|row| row.id.uuid()).collect::<Vec<_>>())
        .bind::<Array<sql_types::Numeric>, _>(
            rows.iter().map(|row| row.total_amount.to_bigdecimal()).collect::<Vec<_>>(),
        )
        .bind::<Array<sql_types::Text>, _>(rows.iter().map(|row| row.currency.code()).collect::<Vec<_>>())
        .bind::<Array<Nullable<sql_types::Text>>, _>(texts(|row| row.description.as_ref().map(Text::as_str)))
        .bind::<Array<Nullable<sql_types::Text>>, _>(texts(|row| row.merchant.as_ref().map(Text::as_str)))
        .bind::<Array<Nullable<Timestamptz>>, _>(
            rows.iter().map(|row| row.bill_date.map(Day::midnight)).collect::<Vec<_>>(),
        )
        .bind::<Array<Nullable<sql_types::Jsonb>>, _>(
            rows.iter().map(|row| items_json(&row.items)).collect::<Vec<_>>(),
        )
        .execute(tx.pg)?;
    }
    Ok(())
}
