//! Households.

use std::sync::LazyLock;

use chrono::{DateTime, Utc};
use codec::Column;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::Bool;
use domain::pantry::{NewUser, Preferences, User, UserChanges};
use domain::pii::{EmailKind, UserNameKind};
use domain::{Email, Id, JsonObject, Offset, Page, PageRequest, Position, UserName};
use uuid::Uuid;

use crate::database::column_types::StoredJson;
use crate::database::sealed::{Bidx, Sealed, blind_index, seal};
use crate::erasure::{self, Erased};
use crate::keyset::after;
use crate::root::{Root, check_version, ensure_not_taken};
use crate::schema::pantry::users;
use crate::{Access, Conn, Deletion, Error, Keep, Result, Rule, SealedColumn, Table, Tx, Verb};

/// What the shared machinery knows of this table.
pub const TABLE: Table = Table {
    access: Access::Owner("id"),
    end_users_may: &[Verb::Select, Verb::Update],
    sealed: &[SealedColumn::indexed::<UserNameKind>("username"), SealedColumn::indexed::<EmailKind>("email")],
    clear: &[("preferences", "settings of the assistant, and in which time zone a household lives")],
    retention: &[Rule {
        name: "deleted-households",
        about: "deleted households of which no conversation and no receipt is left, with everything else of theirs",
        condition:
            "t.deleted_at < $1 AND NOT EXISTS (SELECT FROM pantry.conversations c WHERE c.user_id = t.id)
                    AND NOT EXISTS (SELECT FROM pantry.receipts r WHERE r.user_id = t.id)",
        keep: Keep::DELETED,
    }],
    ..Table::root("pantry", "users", "user")
};

static ROOT: LazyLock<Root> = LazyLock::new(|| Root::of(&TABLE));

const USERNAME_UNIQUE: &str = "users_username_unique";
const EMAIL_UNIQUE: &str = "users_email_unique";
const USERNAME: Column = TABLE.column("username");
const EMAIL: Column = TABLE.column("email");

#[derive(HasQuery)]
#[diesel(table_name = users, check_for_backend(Pg), base_query = users::table.filter(users::deleted_at.is_null()))]
struct UserRow {
    id: Uuid,
    username: Sealed<UserNameKind>,
    email: Sealed<EmailKind>,
    preferences: StoredJson<JsonObject>,
    row_version: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

#[derive(Insertable)]
#[diesel(table_name = users)]
struct NewUserRow {
    id: Uuid,
    username: Sealed<UserNameKind>,
    username_bidx: Bidx,
    email: Sealed<EmailKind>,
    email_bidx: Bidx,
    preferences: StoredJson<Preferences>,
}

#[derive(AsChangeset, Default)]
#[diesel(table_name = users)]
struct UserChangesRow {
    username: Option<Sealed<UserNameKind>>,
    username_bidx: Option<Bidx>,
    email: Option<Sealed<EmailKind>>,
    email_bidx: Option<Bidx>,
    preferences: Option<StoredJson<Preferences>>,
}

impl UserRow {
    fn open(self, conn: &Conn<'_>) -> Result<User> {
        let Self { id, username, email, preferences, row_version, created_at, updated_at } = self;
        Ok(User {
            id: Id::from_uuid(id),
            username: username.open(conn, &USERNAME, id)?,
            email: email.open(conn, &EMAIL, id)?,
            preferences: Preferences::from_trusted(preferences.0),
            row_version,
            created_at,
            updated_at,
        })
    }
}

/// Stores a new user.
///
/// # Errors
/// [`Error::Conflict`] on `users_username_unique` or `users_email_unique`, with the user who has the name or the address
/// already; nothing is stored.
pub fn insert(tx: &mut Tx<'_>, new: NewUser) -> Result<User> {
    let id = Id::generate();
    let NewUser { username, email, preferences } = new;
    let row = NewUserRow {
        id: id.uuid(),
        username: seal(tx, &USERNAME, id.uuid(), &username)?,
        username_bidx: blind_index(tx, &USERNAME, &username)?,
        email: seal(tx, &EMAIL, id.uuid(), &email)?,
        email_bidx: blind_index(tx, &EMAIL, &email)?,
        preferences: StoredJson(preferences.clone()),
    };
    let stored = diesel::insert_into(users::table).values(row).on_conflict_do_nothing().execute(tx.pg)?;
    if stored == 0 {
        ensure_free(tx, None, Some(&username), Some(&email))?;
        // Whoever was in the way is gone by now: the transaction looks again.
        return Err(Error::Contention);
    }
    Ok(User { id, username, email, preferences, row_version: 1, created_at: tx.now, updated_at: tx.now })
}

/// The user with this id.
///
/// # Errors
/// [`Error::NotFound`] when there is none, or it is deleted.
pub fn get(conn: &mut Conn<'_>, id: Id<User>) -> Result<User> {
    let row = UserRow::query().filter(users::id.eq(id.uuid())).first(conn.pg).optional()?;
    row.ok_or(Error::NotFound("user"))?.open(conn)
}

/// Whether there is a user with this id who is not deleted.
pub fn exists(conn: &mut Conn<'_>, id: Id<User>) -> Result<bool> {
    let living = users::table.filter(users::id.eq(id.uuid())).filter(users::deleted_at.is_null());
    Ok(diesel::select(diesel::dsl::exists(living)).get_result(conn.pg)?)
}

/// The user, locked until the end of the transaction to be changed.
///
/// # Errors
/// [`Error::NotFound`] when there is none, or it is deleted.
pub fn lock(tx: &mut Tx<'_>, id: Id<User>) -> Result<User> {
    let row = users::table
        .filter(users::id.eq(id.uuid()))
        .filter(users::deleted_at.is_null())
        .select(UserRow::as_select())
        .for_no_key_update()
        .first(tx.pg)
        .optional()?;
    row.ok_or(Error::NotFound("user"))?.open(tx)
}

/// Keeps a user from being deleted until the end of the transaction.
///
/// # Errors
/// [`Error::NotFound`] when there is none, or it is deleted.
pub fn lock_shared(tx: &mut Tx<'_>, id: Id<User>) -> Result<()> {
    ROOT.lock_shared(tx, id.uuid())
}

/// So many users, oldest first.
pub fn list_from(conn: &mut Conn<'_>, page: Offset) -> Result<Vec<User>> {
    let rows = UserRow::query()
        .order((users::created_at, users::id))
        .offset(page.offset)
        .limit(page.limit.rows())
        .load(conn.pg)?;
    rows.into_iter().map(|row| row.open(conn)).collect()
}

/// All users, newest first.
pub fn list(conn: &mut Conn<'_>, page: PageRequest) -> Result<Page<User>> {
    let mut query = UserRow::query()
        .order((users::created_at.desc(), users::id.desc()))
        .limit(page.limit.rows_and_one())
        .into_boxed();
    if let Some(last) = page.after {
        query = query.filter(after(users::created_at, users::id, last));
    }
    let rows = query.load(conn.pg)?;
    Page::of(rows, page.limit, |row| Position { at: row.created_at, id: row.id })
        .try_map(|row| row.open(conn))
}

/// The user with this name, whatever its case.
pub fn find_by_username(conn: &mut Conn<'_>, username: &UserName) -> Result<Option<User>> {
    let bidx = blind_index(conn, &USERNAME, username)?;
    let row = UserRow::query().filter(users::username_bidx.eq(bidx)).first(conn.pg).optional()?;
    row.map(|row| row.open(conn)).transpose()
}

/// The user with this e-mail address.
pub fn find_by_email(conn: &mut Conn<'_>, email: &Email) -> Result<Option<User>> {
    let bidx = blind_index(conn, &EMAIL, email)?;
    let row = UserRow::query().filter(users::email_bidx.eq(bidx)).first(conn.pg).optional()?;
    row.map(|row| row.open(conn)).transpose()
}

/// Changes the given fields. With `version`, only if the row still has it.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::StaleVersion`]; [`Error::Conflict`] on `users_username_unique` or `users_email_unique`
/// when the new name or address is another user's.
pub fn update(tx: &mut Tx<'_>, id: Id<User>, version: Option<i64>, changes: UserChanges) -> Result<User> {
    if changes.is_empty() {
        let user = get(tx, id)?;
        check_version(version, user.row_version)?;
        return Ok(user);
    }
    let row = changes_row(tx, id, changes)?;
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

fn changes_row(tx: &mut Tx<'_>, id: Id<User>, changes: UserChanges) -> Result<UserChangesRow> {
    let UserChanges { username, email, preferences } = changes;
    ensure_free(tx, Some(id), username.as_ref(), email.as_ref())?;
    let mut row = UserChangesRow { preferences: preferences.map(StoredJson), ..UserChangesRow::default() };
    if let Some(username) = &username {
        row.username = Some(seal(tx, &USERNAME, id.uuid(), username)?);
        row.username_bidx = Some(blind_index(tx, &USERNAME, username)?);
    }
    if let Some(email) = &email {
        row.email = Some(seal(tx, &EMAIL, id.uuid(), email)?);
        row.email_bidx = Some(blind_index(tx, &EMAIL, email)?);
    }
    Ok(row)
}

/// Refuses a name or an address that another user than `id` has.
fn ensure_free(
    tx: &mut Tx<'_>,
    id: Option<Id<User>>,
    username: Option<&UserName>,
    email: Option<&Email>,
) -> Result<()> {
    let refuse = |constraint: &str, holder: Option<User>| match holder.filter(|holder| Some(holder.id) != id)
    {
        Some(holder) => {
            Err(Error::Conflict { constraint: constraint.to_owned(), existing: Some(holder.id.uuid()) })
        }
        None => Ok(()),
    };
    if let Some(username) = username {
        refuse(USERNAME_UNIQUE, find_by_username(tx, username)?)?;
    }
    if let Some(email) = email {
        refuse(EMAIL_UNIQUE, find_by_email(tx, email)?)?;
    }
    Ok(())
}

/// Deletes a user, with conversations and receipts, so that [`restore`] brings all of it back until it is purged.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::StaleVersion`] when `version` is given and is not the row's.
pub fn soft_delete(tx: &mut Tx<'_>, id: Id<User>, version: Option<i64>) -> Result<Deletion> {
    ROOT.soft_delete(tx, id.uuid(), version)
}

/// Brings back a deleted user and just what went with that deletion. A user who is not deleted stays as it is.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::RestoreConflict`] when another user has the name or the e-mail address by now.
pub fn restore(tx: &mut Tx<'_>, id: Id<User>) -> Result<User> {
    let row: Option<(Option<Uuid>, Vec<u8>, Vec<u8>)> = users::table
        .find(id.uuid())
        .select((users::deletion_id, users::username_bidx, users::email_bidx))
        .for_update()
        .first(tx.pg)
        .optional()?;
    let (deletion, username_bidx, email_bidx) = row.ok_or(Error::NotFound("user"))?;
    if let Some(deletion) = deletion {
        let living = || users::table.filter(users::deleted_at.is_null()).select(users::id);
        let namesake = living().filter(users::username_bidx.eq(username_bidx)).first(tx.pg).optional()?;
        ensure_not_taken(USERNAME_UNIQUE, namesake)?;
        let same_address = living().filter(users::email_bidx.eq(email_bidx)).first(tx.pg).optional()?;
        ensure_not_taken(EMAIL_UNIQUE, same_address)?;
        ROOT.restore(tx, id.uuid(), deletion)?;
    }
    get(tx, id)
}

/// Removes a user, deleted or not, with everything that belongs to it.
///
/// # Errors
/// [`Error::NotFound`] when there is no such user.
pub fn erase(tx: &mut Tx<'_>, id: Id<User>) -> Result<Erased> {
    erasure::erase_user(tx, &TABLE, id.uuid())
}

/// Removes every user with this e-mail address, deleted ones included.
pub fn erase_by_email(tx: &mut Tx<'_>, email: &Email) -> Result<Erased> {
    erasure::erase_users_with(tx, &TABLE, &EMAIL, email)
}
