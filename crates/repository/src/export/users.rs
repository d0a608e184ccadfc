//! Exporters.

use std::sync::LazyLock;

use chrono::{DateTime, Utc};
use codec::Column;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::Bool;
use domain::export::{BusinessType, CompanySize, MonthlyVolume, NewUser, User, UserChanges};
use domain::pii::{CompanyNameKind, EmailKind};
use domain::{Email, Id, Page, PageRequest, Position};
use uuid::Uuid;

use crate::database::column_types::TextColumn;
use crate::database::sealed::{Bidx, Sealed, blind_index, seal};
use crate::erasure::{self, Erased};
use crate::keyset::after;
use crate::root::{Root, check_version, ensure_not_taken};
use crate::schema::export::users;
use crate::{Access, Breakdown, Conn, Deletion, Error, Keep, Result, Rule, SealedColumn, Table, Tx, Verb};

/// What the shared machinery knows of this table.
pub const TABLE: Table = Table {
    access: Access::Owner("id"),
    end_users_may: &[Verb::Select, Verb::Update],
    sealed: &[SealedColumn::indexed::<EmailKind>("email"), SealedColumn::new("company_name")],
    enums: &["business_type", "company_size"],
    retention: &[Rule {
        name: "deleted-exporters",
        about: "deleted exporters of whom no report is left",
        condition: "t.deleted_at < $1 AND NOT EXISTS (SELECT FROM export.reports r WHERE r.user_id = t.id)",
        keep: Keep::DELETED,
    }],
    breakdowns: &[Breakdown::new("business_type", "t.business_type")],
    ..Table::root("export", "users", "user")
};

static ROOT: LazyLock<Root> = LazyLock::new(|| Root::of(&TABLE));

const EMAIL_UNIQUE: &str = "users_email_unique";
const EMAIL: Column = TABLE.column("email");
const COMPANY_NAME: Column = TABLE.column("company_name");

#[derive(HasQuery)]
#[diesel(table_name = users, check_for_backend(Pg), base_query = users::table.filter(users::deleted_at.is_null()))]
struct UserRow {
    id: Uuid,
    email: Sealed<EmailKind>,
    business_type: TextColumn<BusinessType>,
    company_size: TextColumn<CompanySize>,
    company_name: Option<Sealed<CompanyNameKind>>,
    monthly_volume: Option<i32>,
    last_login: Option<DateTime<Utc>>,
    row_version: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

#[derive(Insertable)]
#[diesel(table_name = users)]
struct NewUserRow {
    id: Uuid,
    email: Sealed<EmailKind>,
    email_bidx: Bidx,
    business_type: &'static str,
    company_size: &'static str,
    company_name: Option<Sealed<CompanyNameKind>>,
    monthly_volume: Option<i32>,
}

#[derive(AsChangeset, Default)]
#[diesel(table_name = users)]
struct UserChangesRow {
    email: Option<Sealed<EmailKind>>,
    email_bidx: Option<Bidx>,
    business_type: Option<&'static str>,
    company_size: Option<&'static str>,
    company_name: Option<Option<Sealed<CompanyNameKind>>>,
    monthly_volume: Option<Option<i32>>,
}

impl UserRow {
    fn open(self, conn: &Conn<'_>) -> Result<User> {
        let Self {
            id,
            email,
            business_type,
            company_size,
            company_name,
            monthly_volume,
            last_login,
            row_version,
            created_at,
            updated_at,
        } = self;
        let volume = |number: i32| {
            MonthlyVolume::new(number.into()).map_err(|error| Error::Invalid(error.to_string()))
        };
        Ok(User {
            id: Id::from_uuid(id),
            email: email.open(conn, &EMAIL, id)?,
            business_type: business_type.0,
            company_size: company_size.0,
            company_name: company_name.map(|name| name.open(conn, &COMPANY_NAME, id)).transpose()?,
            monthly_volume: monthly_volume.map(volume).transpose()?,
            last_login,
            row_version,
            created_at,
            updated_at,
        })
    }
}

/// Stores a new user.
///
/// # Errors
/// [`Error::Conflict`] on `users_email_unique`, which names nobody; nothing is stored.
pub fn insert(tx: &mut Tx<'_>, new: NewUser) -> Result<User> {
    let id = Id::generate();
    let NewUser { email, business_type, company_size, company_name, monthly_volume } = new;
    let row = NewUserRow {
        id: id.uuid(),
        email: seal(tx, &EMAIL, id.uuid(), &email)?,
        email_bidx: blind_index(tx, &EMAIL, &email)?,
        business_type: business_type.as_str(),
        company_size: company_size.as_str(),
        company_name: company_name
            .as_ref()
            .map(|name| seal(tx, &COMPANY_NAME, id.uuid(), name))
            .transpose()?,
        monthly_volume: monthly_volume.map(MonthlyVolume::get),
    };
    let stored = diesel::insert_into(users::table)
        .values(row)
        .on_conflict(users::email_bidx)
        .filter_target(users::deleted_at.is_null())
        .do_nothing()
        .execute(tx.pg)?;
    if stored == 0 {
        return Err(email_is_taken(None));
    }
    Ok(User {
        id,
        email,
        business_type,
        company_size,
        company_name,
        monthly_volume,
        last_login: None,
        row_version: 1,
        created_at: tx.now,
        updated_at: tx.now,
    })
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

/// The user with this e-mail address, found by its blind index.
pub fn find_by_email(conn: &mut Conn<'_>, email: &Email) -> Result<Option<User>> {
    let bidx = blind_index(conn, &EMAIL, email)?;
    let row = UserRow::query().filter(users::email_bidx.eq(bidx)).first(conn.pg).optional()?;
    row.map(|row| row.open(conn)).transpose()
}

/// The id of the user with this e-mail address.
pub fn find_id_by_email(conn: &mut Conn<'_>, email: &Email) -> Result<Option<Id<User>>> {
    let bidx = blind_index(conn, &EMAIL, email)?;
    let found: Option<Uuid> = users::table
        .filter(users::email_bidx.eq(bidx))
        .filter(users::deleted_at.is_null())
        .select(users::id)
        .first(conn.pg)
        .optional()?;
    Ok(found.map(Id::from_uuid))
}

/// Keeps a user from being deleted until the end of the transaction.
///
/// # Errors
/// [`Error::NotFound`] when there is none, or it is deleted.
pub fn lock_shared(tx: &mut Tx<'_>, id: Id<User>) -> Result<()> {
    ROOT.lock_shared(tx, id.uuid())
}

/// Notes that a session is opened with the password. It keeps the user from being deleted until the end of the
/// transaction.
///
/// # Errors
/// [`Error::NotFound`] when there is none, or it is deleted.
pub fn record_log_in(tx: &mut Tx<'_>, id: Id<User>) -> Result<()> {
    let living = users::table.filter(users::id.eq(id.uuid())).filter(users::deleted_at.is_null());
    let changed = diesel::update(living).set(users::last_login.eq(tx.now)).execute(tx.pg)?;
    if changed == 0 { Err(Error::NotFound("user")) } else { Ok(()) }
}

/// Changes the given fields. With `version`, only if the row still has it.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::StaleVersion`]; [`Error::Conflict`] on `users_email_unique` when the new address is
/// another user's.
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
    let UserChanges { email, business_type, company_size, company_name, monthly_volume } = changes;
    let mut row = UserChangesRow {
        business_type: business_type.map(BusinessType::as_str),
        company_size: company_size.map(CompanySize::as_str),
        monthly_volume: monthly_volume.map(|volume| volume.map(MonthlyVolume::get)),
        ..UserChangesRow::default()
    };
    if let Some(email) = &email {
        let taken_by = find_id_by_email(tx, email)?.filter(|existing| *existing != id);
        if let Some(existing) = taken_by {
            return Err(email_is_taken(Some(existing.uuid())));
        }
        row.email = Some(seal(tx, &EMAIL, id.uuid(), email)?);
        row.email_bidx = Some(blind_index(tx, &EMAIL, email)?);
    }
    if let Some(name) = &company_name {
        row.company_name =
            Some(name.as_ref().map(|name| seal(tx, &COMPANY_NAME, id.uuid(), name)).transpose()?);
    }
    Ok(row)
}

/// Deletes a user with all reports, so that [`restore`] brings all of it back until it is purged.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::StaleVersion`] when `version` is given and is not the row's.
pub fn soft_delete(tx: &mut Tx<'_>, id: Id<User>, version: Option<i64>) -> Result<Deletion> {
    ROOT.soft_delete(tx, id.uuid(), version)
}

/// Brings back a deleted user and just the reports that went with that deletion. A user who is not deleted stays as it is.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::RestoreConflict`] when another user has the e-mail address by now.
pub fn restore(tx: &mut Tx<'_>, id: Id<User>) -> Result<User> {
    let row: Option<(Option<Uuid>, Vec<u8>)> = users::table
        .find(id.uuid())
        .select((users::deletion_id, users::email_bidx))
        .for_update()
        .first(tx.pg)
        .optional()?;
    let (deletion, email_bidx) = row.ok_or(Error::NotFound("user"))?;
    if let Some(deletion) = deletion {
        let taken_by = users::table
            .filter(users::email_bidx.eq(email_bidx))
            .filter(users::deleted_at.is_null())
            .select(users::id)
            .first(tx.pg)
            .optional()?;
        ensure_not_taken(EMAIL_UNIQUE, taken_by)?;
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

fn email_is_taken(existing: Option<Uuid>) -> Error {
    Error::Conflict { constraint: EMAIL_UNIQUE.to_owned(), existing }
}
