//! Organisers of bills.

use std::sync::LazyLock;

use chrono::{DateTime, Utc};
use codec::Column;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::Bool;
use domain::pii::{NameKind, PhoneKind, UpiIdKind};
use domain::split::{NewUser, User, UserChanges};
use domain::{Id, PhoneNumber};
use uuid::Uuid;

use crate::database::sealed::{Bidx, Sealed, blind_index, seal};
use crate::root::{Root, check_version, ensure_not_taken};
use crate::schema::split::users;
use crate::{Access, Conn, Deletion, Error, Keep, Result, Rule, SealedColumn, Table, Tx, Verb};

/// What the shared machinery knows of this table.
pub const TABLE: Table = Table {
    access: Access::Owner("id"),
    end_users_may: &[Verb::Select, Verb::Update],
    sealed: &[
        SealedColumn::indexed::<PhoneKind>("phone_number"),
        SealedColumn::new("name"),
        SealedColumn::new("upi_id"),
    ],
    retention: &[Rule {
        name: "deleted-users",
        about: "deleted users of whom no bill and no contact is left, with their conversation states",
        condition: "t.deleted_at < $1
                    AND NOT EXISTS (SELECT FROM split.bills b WHERE b.user_id = t.id)
                    AND NOT EXISTS (SELECT FROM split.contacts c WHERE c.user_id = t.id)",
        keep: Keep::DELETED,
    }],
    ..Table::root("split", "users", "user")
};

static ROOT: LazyLock<Root> = LazyLock::new(|| Root::of(&TABLE));

const PHONE_UNIQUE: &str = "users_phone_unique";
pub(super) const PHONE_NUMBER: Column = TABLE.column("phone_number");
const NAME: Column = TABLE.column("name");
const UPI_ID: Column = TABLE.column("upi_id");

#[derive(HasQuery)]
#[diesel(table_name = users, check_for_backend(Pg), base_query = users::table.filter(users::deleted_at.is_null()))]
struct UserRow {
    id: Uuid,
    phone_number: Sealed<PhoneKind>,
    name: Option<Sealed<NameKind>>,
    upi_id: Option<Sealed<UpiIdKind>>,
    row_version: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

#[derive(Insertable)]
#[diesel(table_name = users)]
struct NewUserRow {
    id: Uuid,
    phone_number: Sealed<PhoneKind>,
    phone_number_bidx: Bidx,
    name: Option<Sealed<NameKind>>,
    upi_id: Option<Sealed<UpiIdKind>>,
}

#[derive(AsChangeset, Default)]
#[diesel(table_name = users)]
struct UserChangesRow {
    phone_number: Option<Sealed<PhoneKind>>,
    phone_number_bidx: Option<Bidx>,
    name: Option<Option<Sealed<NameKind>>>,
    upi_id: Option<Option<Sealed<UpiIdKind>>>,
}

impl UserRow {
    fn open(self, conn: &Conn<'_>) -> Result<User> {
        let Self { id, phone_number, name, upi_id, row_version, created_at, updated_at } = self;
        Ok(User {
            id: Id::from_uuid(id),
            phone_number: phone_number.open(conn, &PHONE_NUMBER, id)?,
            name: name.map(|name| name.open(conn, &NAME, id)).transpose()?,
            upi_id: upi_id.map(|upi_id| upi_id.open(conn, &UPI_ID, id)).transpose()?,
            row_version,
            created_at,
            updated_at,
        })
    }
}

/// Stores a new user.
///
/// # Errors
/// [`Error::Conflict`] on `users_phone_unique`, with the user who has the phone number already; nothing is stored.
pub fn insert(tx: &mut Tx<'_>, new: NewUser) -> Result<User> {
    let id = Id::generate();
    let row = NewUserRow {
        id: id.uuid(),
        phone_number: seal(tx, &PHONE_NUMBER, id.uuid(), &new.phone_number)?,
        phone_number_bidx: blind_index(tx, &PHONE_NUMBER, &new.phone_number)?,
        name: new.name.as_ref().map(|name| seal(tx, &NAME, id.uuid(), name)).transpose()?,
        upi_id: new.upi_id.as_ref().map(|upi_id| seal(tx, &UPI_ID, id.uuid(), upi_id)).transpose()?,
    };
    let stored = diesel::insert_into(users::table)
        .values(row)
        .on_conflict(users::phone_number_bidx)
        .filter_target(users::deleted_at.is_null())
        .do_nothing()
        .execute(tx.pg)?;
    if stored == 0 {
        return Err(phone_is_taken(find_id_by_phone(tx, &new.phone_number)?));
    }
    let NewUser { phone_number, name, upi_id } = new;
    Ok(User { id, phone_number, name, upi_id, row_version: 1, created_at: tx.now, updated_at: tx.now })
}

/// The user with this id.
///
/// # Errors
/// [`Error::NotFound`] when there is none, or it is deleted.
pub fn get(conn: &mut Conn<'_>, id: Id<User>) -> Result<User> {
    let row = UserRow::query().filter(users::id.eq(id.uuid())).first(conn.pg).optional()?;
    row.ok_or(Error::NotFound("user"))?.open(conn)
}

/// Refuses what is asked about a user who is absent or deleted.
///
/// # Errors
/// [`Error::NotFound`].
pub fn must_exist(conn: &mut Conn<'_>, id: Id<User>) -> Result<()> {
    ROOT.must_exist(conn, id.uuid())
}

/// Keeps a user from being deleted or erased until the end of the transaction.
///
/// # Errors
/// [`Error::NotFound`] when there is none, or it is deleted.
pub fn lock_shared(tx: &mut Tx<'_>, id: Id<User>) -> Result<()> {
    ROOT.lock_shared(tx, id.uuid())
}

/// Keeps the user of a row from being deleted or erased until the end of the transaction. Without its user the row, which
/// is a `what`, is as absent.
pub(super) fn keep_owner(tx: &mut Tx<'_>, owner: Option<Uuid>, what: &'static str) -> Result<()> {
    let owner = owner.ok_or(Error::NotFound(what))?;
    match lock_shared(tx, Id::from_uuid(owner)) {
        Err(Error::NotFound(_)) => Err(Error::NotFound(what)),
        kept => kept,
    }
}

/// The user with this phone number, found by its blind index.
pub fn find_by_phone(conn: &mut Conn<'_>, phone: &PhoneNumber) -> Result<Option<User>> {
    let bidx = blind_index(conn, &PHONE_NUMBER, phone)?;
    let row = UserRow::query().filter(users::phone_number_bidx.eq(bidx)).first(conn.pg).optional()?;
    row.map(|row| row.open(conn)).transpose()
}

/// Changes the given fields. With `version`, only if the row still has it.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::StaleVersion`]; [`Error::Conflict`] on `users_phone_unique` when the new phone number
/// is another user's.
pub fn update(tx: &mut Tx<'_>, id: Id<User>, version: Option<i64>, changes: UserChanges) -> Result<User> {
    if changes.is_empty() {
        lock_shared(tx, id)?;
        let user = get(tx, id)?;
        check_version(version, user.row_version)?;
        return Ok(user);
    }
    let UserChanges { phone_number, name, upi_id } = changes;
    let mut row = UserChangesRow::default();
    if let Some(phone) = &phone_number {
        if let Some(existing) = find_id_by_phone(tx, phone)?.filter(|existing| *existing != id.uuid()) {
            return Err(phone_is_taken(Some(existing)));
        }
        row.phone_number = Some(seal(tx, &PHONE_NUMBER, id.uuid(), phone)?);
        row.phone_number_bidx = Some(blind_index(tx, &PHONE_NUMBER, phone)?);
    }
    if let Some(name) = &name {
        row.name = Some(name.as_ref().map(|name| seal(tx, &NAME, id.uuid(), name)).transpose()?);
    }
    if let Some(upi_id) = &upi_id {
        row.upi_id = Some(upi_id.as_ref().map(|upi_id| seal(tx, &UPI_ID, id.uuid(), upi_id)).transpose()?);
    }
    let changed = diesel::update(users::table)
        .filter(users::id.eq(id.uuid()))
        .filter(users::deleted_at.is_null())
        .filter(version.is_none().into_sql::<Bool>().or(users::row_version.eq(version.unwrap_or_default())))
        .set(row)
        .returning(UserRow::as_returning())
        .get_result(tx.pg)
        .optional()?;
    match changed {
        Some(row) => row.open(tx),
        None => Err(ROOT.stale_or_missing(tx, id.uuid())),
    }
}

/// Deletes a user, with contacts and bills, so that [`restore`] brings all of it back until it is purged.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::StaleVersion`] when `version` is given and is not the row's.
pub fn soft_delete(tx: &mut Tx<'_>, id: Id<User>, version: Option<i64>) -> Result<Deletion> {
    ROOT.soft_delete(tx, id.uuid(), version)
}

/// Brings back a deleted user and just what went with that deletion. A user who is not deleted stays as it is.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::RestoreConflict`] when another user has the phone number by now.
pub fn restore(tx: &mut Tx<'_>, id: Id<User>) -> Result<User> {
    let row: Option<(Option<Uuid>, Vec<u8>)> = users::table
        .find(id.uuid())
        .select((users::deletion_id, users::phone_number_bidx))
        .for_update()
        .first(tx.pg)
        .optional()?;
    let (deletion, phone_bidx) = row.ok_or(Error::NotFound("user"))?;
    if let Some(deletion) = deletion {
        let taken_by = users::table
            .filter(users::phone_number_bidx.eq(phone_bidx))
            .filter(users::deleted_at.is_null())
            .select(users::id)
            .first(tx.pg)
            .optional()?;
        ensure_not_taken(PHONE_UNIQUE, taken_by)?;
        ROOT.restore(tx, id.uuid(), deletion)?;
    }
    get(tx, id)
}

/// The phone number of a user, deleted or not.
pub(super) fn phone_of_any(tx: &mut Tx<'_>, id: Id<User>) -> Result<PhoneNumber> {
    let sealed: Option<Sealed<PhoneKind>> =
        users::table.find(id.uuid()).select(users::phone_number).for_update().first(tx.pg).optional()?;
    sealed.ok_or(Error::NotFound("user"))?.open(tx, &PHONE_NUMBER, id.uuid())
}

fn find_id_by_phone(conn: &mut Conn<'_>, phone: &PhoneNumber) -> Result<Option<Uuid>> {
    let bidx = blind_index(conn, &PHONE_NUMBER, phone)?;
    Ok(users::table
        .filter(users::phone_number_bidx.eq(bidx))
        .filter(users::deleted_at.is_null())
        .select(users::id)
        .first(conn.pg)
        .optional()?)
}

fn phone_is_taken(existing: Option<Uuid>) -> Error {
    Error::Conflict { constraint: PHONE_UNIQUE.to_owned(), existing }
}
