//! The people an organiser shares bills with.

use std::sync::LazyLock;

use chrono::{DateTime, Utc};
use codec::Column;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types;
use domain::pii::{NameKind, PhoneKind};
use domain::split::{Contact, ContactChanges, NewContact, User};
use domain::{Id, Page, PageRequest, PersonName, PhoneNumber, Position};
use uuid::Uuid;

use super::users;
use crate::database::sealed::{Bidx, Sealed, blind_index, seal, sql_types as sealed_types};
use crate::database::statement::{BindNext, statement};
use crate::keyset::after;
use crate::root::{Root, check_version, ensure_not_taken};
use crate::schema::split::contacts;
use crate::{Access, Conn, Deletion, Error, Keep, Result, Rule, SealedColumn, Table, Tx, Verb};

/// What the shared machinery knows of this table.
pub const TABLE: Table = Table {
    access: Access::Owner("user_id"),
    end_users_may: &[Verb::Select, Verb::Insert, Verb::Update],
    sealed: &[SealedColumn::indexed::<NameKind>("name"), SealedColumn::indexed::<PhoneKind>("phone_number")],
    retention: &[Rule {
        name: "deleted-contacts",
        about: "deleted contacts that stand in no bill",
        // One in a bill that is deleted but not purged is kept too: the bill may be restored.
        condition: "t.deleted_at < $1 AND NOT EXISTS (SELECT FROM split.bill_participants p WHERE p.contact_id = t.id)",
        keep: Keep::DELETED,
    }],
    ..Table::root("split", "contacts", "contact")
};

static ROOT: LazyLock<Root> = LazyLock::new(|| Root::of(&TABLE));

const PHONE_UNIQUE: &str = "contacts_phone_unique";
pub(super) const NAME: Column = TABLE.column("name");
pub(super) const PHONE_NUMBER: Column = TABLE.column("phone_number");

#[derive(HasQuery, QueryableByName)]
#[diesel(table_name = contacts, check_for_backend(Pg),
         base_query = contacts::table.filter(contacts::deleted_at.is_null()))]
struct ContactRow {
    id: Uuid,
    user_id: Uuid,
    name: Sealed<NameKind>,
    phone_number: Sealed<PhoneKind>,
    row_version: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

#[derive(AsChangeset, Default)]
#[diesel(table_name = contacts)]
struct ContactChangesRow {
    name: Option<Sealed<NameKind>>,
    name_bidx: Option<Bidx>,
    phone_number: Option<Sealed<PhoneKind>>,
    phone_number_bidx: Option<Bidx>,
}

impl ContactRow {
    fn open(self, conn: &Conn<'_>) -> Result<Contact> {
        let Self { id, user_id, name, phone_number, row_version, created_at, updated_at } = self;
        Ok(Contact {
            id: Id::from_uuid(id),
            user_id: Id::from_uuid(user_id),
            name: name.open(conn, &NAME, id)?,
            phone_number: phone_number.open(conn, &PHONE_NUMBER, id)?,
            row_version,
            created_at,
            updated_at,
        })
    }
}

/// Stores a new contact of a user, in one statement.
///
/// # Errors
/// [`Error::Conflict`] on `contacts_phone_unique`, with the contact of this user who has the phone number already;
/// [`Error::NotFound`] when there is no such user.
pub fn insert(tx: &mut Tx<'_>, new: NewContact) -> Result<Contact> {
    let id = Id::generate();
    // The user's row is locked against deletion, so that no living contact is left behind one.
    let stored = statement(
        "INSERT INTO split.contacts (id, user_id, name, name_bidx, phone_number, phone_number_bidx)
         SELECT ?, id, ?, ?, ?, ? FROM split.users WHERE id = ? AND deleted_at IS NULL FOR SHARE
         ON CONFLICT (user_id, phone_number_bidx) WHERE deleted_at IS NULL DO NOTHING",
    )
    .bind::<sql_types::Uuid, _>(id.uuid())
    .bind::<sealed_types::Sealed, _>(seal(tx, &NAME, id.uuid(), &new.name)?)
    .bind::<sql_types::Binary, _>(blind_index(tx, &NAME, &new.name)?)
    .bind::<sealed_types::Sealed, _>(seal(tx, &PHONE_NUMBER, id.uuid(), &new.phone_number)?)
    .bind::<sql_types::Binary, _>(blind_index(tx, &PHONE_NUMBER, &new.phone_number)?)
    .bind::<sql_types::Uuid, _>(new.user_id.uuid())
    .execute(tx.pg)?;
    if stored == 0 {
        return Err(match find_id_by_phone(tx, new.user_id, &new.phone_number)? {
            Some(existing) => phone_is_taken(existing),
            None => Error::NotFound("user"),
        });
    }
    let NewContact { user_id, name, phone_number } = new;
    Ok(Contact { id, user_id, name, phone_number, row_version: 1, created_at: tx.now, updated_at: tx.now })
}

/// The contact with this id.
///
/// # Errors
/// [`Error::NotFound`] when there is none, or it is deleted.
pub fn get(conn: &mut Conn<'_>, id: Id<Contact>) -> Result<Contact> {
    let row = ContactRow::query().filter(contacts::id.eq(id.uuid())).first(conn.pg).optional()?;
    row.ok_or(Error::NotFound("contact"))?.open(conn)
}

/// The contact with this id, locked until the end of the transaction. Its user's row is locked first, as
/// [`erasure`](super::erasure) asks of everything that stores what it has read of a person.
fn lock(tx: &mut Tx<'_>, id: Id<Contact>) -> Result<Contact> {
    let row = statement(
        "WITH owner AS (SELECT u.id FROM split.users u JOIN split.contacts c ON c.user_id = u.id
                         WHERE c.id = ? FOR KEY SHARE OF u)
         SELECT c.id, c.user_id, c.name, c.phone_number, c.row_version, c.created_at, c.updated_at
           FROM split.contacts c JOIN owner ON owner.id = c.user_id
          WHERE c.id = ? AND c.deleted_at IS NULL FOR NO KEY UPDATE OF c",
    )
    .bind::<sql_types::Uuid, _>(id.uuid())
    .bind::<sql_types::Uuid, _>(id.uuid())
    .get_result::<ContactRow>(tx.pg)
    .optional()?;
    row.ok_or(Error::NotFound("contact"))?.open(tx)
}

/// Those of the given contacts that are living contacts of this user, in no particular order.
pub fn find_many(conn: &mut Conn<'_>, user: Id<User>, ids: &[Id<Contact>]) -> Result<Vec<Contact>> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
    let rows = ContactRow::query()
        .filter(contacts::user_id.eq(user.uuid()))
        .filter(contacts::id.eq_any(ids))
        .load(conn.pg)?;
    rows.into_iter().map(|row| row.open(conn)).collect()
}

/// A user's contacts, newest first.
pub fn list_for_user(conn: &mut Conn<'_>, user: Id<User>, page: PageRequest) -> Result<Page<Contact>> {
    let mut query = ContactRow::query()
        .filter(contacts::user_id.eq(user.uuid()))
        .order((contacts::created_at.desc(), contacts::id.desc()))
        .limit(page.limit.rows_and_one())
        .into_boxed();
    if let Some(last) = page.after {
        query = query.filter(after(contacts::created_at, contacts::id, last));
    }
    let rows = query.load(conn.pg)?;
    Page::of(rows, page.limit, |row| Position { at: row.created_at, id: row.id })
        .try_map(|row| row.open(conn))
}

/// The contact of a user with this phone number.
pub fn find_by_phone(conn: &mut Conn<'_>, user: Id<User>, phone: &PhoneNumber) -> Result<Option<Contact>> {
    let bidx = blind_index(conn, &PHONE_NUMBER, phone)?;
    let row = ContactRow::query()
        .filter(contacts::user_id.eq(user.uuid()))
        .filter(contacts::phone_number_bidx.eq(bidx))
        .first(conn.pg)
        .optional()?;
    row.map(|row| row.open(conn)).transpose()
}

/// The contacts of a user with this name, whatever its case: candidates, newest first, at most a hundred.
pub fn find_by_name(conn: &mut Conn<'_>, user: Id<User>, name: &PersonName) -> Result<Vec<Contact>> {
    let bidx = blind_index(conn, &NAME, name)?;
    let rows = ContactRow::query()
        .filter(contacts::user_id.eq(user.uuid()))
        .filter(contacts::name_bidx.eq(bidx))
        .order((contacts::created_at.desc(), contacts::id.desc()))
        .limit(100)
        .load(conn.pg)?;
    rows.into_iter().map(|row| row.open(conn)).collect()
}

/// Changes the given fields. With `version`, only if the row still has it.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::StaleVersion`]; [`Error::Conflict`] on `contacts_phone_unique` when the new phone
/// number is another contact's of the same user.
pub fn update(
    tx: &mut Tx<'_>,
    id: Id<Contact>,
    version: Option<i64>,
    changes: ContactChanges,
) -> Result<Contact> {
    let contact = lock(tx, id)?;
    check_version(version, contact.row_version)?;
    if changes.is_empty() {
        return Ok(contact);
    }
    let ContactChanges { name, phone_number } = changes;
    let mut row = ContactChangesRow::default();
    if let Some(name) = &name {
        row.name = Some(seal(tx, &NAME, id.uuid(), name)?);
        row.name_bidx = Some(blind_index(tx, &NAME, name)?);
    }
    if let Some(phone) = &phone_number {
        let existing = find_id_by_phone(tx, contact.user_id, phone)?;
        if let Some(existing) = existing.filter(|existing| *existing != id.uuid()) {
            return Err(phone_is_taken(existing));
        }
        row.phone_number = Some(seal(tx, &PHONE_NUMBER, id.uuid(), phone)?);
        row.phone_number_bidx = Some(blind_index(tx, &PHONE_NUMBER, phone)?);
    }
    diesel::update(contacts::table.find(id.uuid()))
        .set(row)
        .returning(ContactRow::as_returning())
        .get_result(tx.pg)?
        .open(tx)
}

/// Deletes a contact; [`restore`] brings it back until it is purged. Bills it stands in keep showing it.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::StaleVersion`] when `version` is given and is not the row's.
pub fn soft_delete(tx: &mut Tx<'_>, id: Id<Contact>, version: Option<i64>) -> Result<Deletion> {
    ROOT.soft_delete(tx, id.uuid(), version)
}

/// Brings back a deleted contact. One that is not deleted stays as it is.
///
/// # Errors
/// [`Error::NotFound`], also when its user is deleted, or it was erased; [`Error::RestoreConflict`] when another contact of the user has
/// the phone number by now.
pub fn restore(tx: &mut Tx<'_>, id: Id<Contact>) -> Result<Contact> {
    let owner = contacts::table.find(id.uuid()).select(contacts::user_id).first(tx.pg).optional()?;
    users::keep_owner(tx, owner, "contact")?;
    let row: Option<(Option<Uuid>, Uuid, Vec<u8>)> = contacts::table
        .filter(contacts::id.eq(id.uuid()))
        .filter(contacts::erased_at.is_null())
        .select((contacts::deletion_id, contacts::user_id, contacts::phone_number_bidx))
        .for_update()
        .first(tx.pg)
        .optional()?;
    let (deletion, user_id, phone_bidx) = row.ok_or(Error::NotFound("contact"))?;
    if let Some(deletion) = deletion {
        let taken_by = contacts::table
            .filter(contacts::user_id.eq(user_id))
            .filter(contacts::phone_number_bidx.eq(phone_bidx))
            .filter(contacts::deleted_at.is_null())
            .select(contacts::id)
            .first(tx.pg)
            .optional()?;
        ensure_not_taken(PHONE_UNIQUE, taken_by)?;
        ROOT.restore(tx, id.uuid(), deletion)?;
    }
    get(tx, id)
}

fn find_id_by_phone(conn: &mut Conn<'_>, user: Id<User>, phone: &PhoneNumber) -> Result<Option<Uuid>> {
    let bidx = blind_index(conn, &PHONE_NUMBER, phone)?;
    Ok(contacts::table
        .filter(contacts::user_id.eq(user.uuid()))
        .filter(contacts::phone_number_bidx.eq(bidx))
        .filter(contacts::deleted_at.is_null())
        .select(contacts::id)
        .first(conn.pg)
        .optional()?)
}

fn phone_is_taken(existing: Uuid) -> Error {
    Error::Conflict { constraint: PHONE_UNIQUE.to_owned(), existing: Some(existing) }
}
