//! People who write to the bot.

use std::sync::LazyLock;

use chrono::{DateTime, Utc};
use codec::Column;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{Array, Binary, Bool, Nullable, Text};
use domain::pii::{EmailKind, NameKind, PhoneKind, WhatsAppIdKind};
use domain::whatsapp::{NewUser, Sender, User, UserChanges, other_spelling};
use domain::{Email, Id, Page, PageRequest, PersonName, PhoneNumber, Position, WhatsAppId};
use uuid::Uuid;

use crate::database::sealed::{Bidx, Sealed, blind_index, seal};
use crate::database::statement::{BindNext, statement};
use crate::keyset::after;
use crate::root::{Root, check_version, ensure_not_taken};
use crate::schema::whatsapp::users;
use crate::{Access, Conn, Deletion, Error, Keep, Result, Rule, SealedColumn, Table, Tx, Verb};

/// What the shared machinery knows of this table.
pub const TABLE: Table = Table {
    key: "user_id",
    access: Access::Owner("user_id"),
    end_users_may: &[Verb::Select, Verb::Update],
    sealed: &[
        SealedColumn::indexed::<EmailKind>("email"),
        SealedColumn::indexed::<PhoneKind>("phone_number"),
        SealedColumn::indexed::<WhatsAppIdKind>("whatsapp_id"),
        SealedColumn::new("full_name"),
    ],
    retention: &[Rule {
        name: "whatsapp-deleted-users",
        about: "deleted users, with their chats",
        condition: "t.deleted_at < $1",
        keep: Keep::DELETED,
    }],
    ..Table::root("whatsapp", "users", "user")
};

static ROOT: LazyLock<Root> = LazyLock::new(|| Root::of(&TABLE));

const EMAIL_UNIQUE: &str = "idx_users_email";
const PHONE_UNIQUE: &str = "idx_users_phone_number";
const WHATSAPP_ID_UNIQUE: &str = "idx_users_whatsapp_id";
pub(super) const EMAIL: Column = TABLE.column("email");
pub(super) const PHONE_NUMBER: Column = TABLE.column("phone_number");
pub(super) const WHATSAPP_ID: Column = TABLE.column("whatsapp_id");
const FULL_NAME: Column = TABLE.column("full_name");

#[derive(HasQuery, QueryableByName)]
#[diesel(table_name = users, check_for_backend(Pg), base_query = users::table.filter(users::deleted_at.is_null()))]
struct UserRow {
    user_id: Uuid,
    email: Option<Sealed<EmailKind>>,
    phone_number: Option<Sealed<PhoneKind>>,
    whatsapp_id: Option<Sealed<WhatsAppIdKind>>,
    full_name: Option<Sealed<NameKind>>,
    full_name_is_set: bool,
    is_active: bool,
    row_version: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

#[derive(Insertable)]
#[diesel(table_name = users)]
struct NewUserRow {
    user_id: Uuid,
    email: Option<Sealed<EmailKind>>,
    email_bidx: Option<Bidx>,
    phone_number: Option<Sealed<PhoneKind>>,
    phone_number_bidx: Option<Bidx>,
    whatsapp_id: Option<Sealed<WhatsAppIdKind>>,
    whatsapp_id_bidx: Option<Bidx>,
    full_name: Option<Sealed<NameKind>>,
    full_name_is_set: bool,
}

#[derive(AsChangeset, Default)]
#[diesel(table_name = users)]
struct UserChangesRow {
    email: Option<Option<Sealed<EmailKind>>>,
    email_bidx: Option<Option<Bidx>>,
    phone_number: Option<Sealed<PhoneKind>>,
    phone_number_bidx: Option<Bidx>,
    whatsapp_id: Option<Sealed<WhatsAppIdKind>>,
    whatsapp_id_bidx: Option<Bidx>,
    full_name: Option<Option<Sealed<NameKind>>>,
    full_name_is_set: Option<bool>,
    is_active: Option<bool>,
}

impl UserRow {
    fn open(self, conn: &Conn<'_>) -> Result<User> {
        let Self {
            user_id,
            email,
            phone_number,
            whatsapp_id,
            full_name,
            full_name_is_set,
            is_active,
            row_version,
            created_at,
            updated_at,
        } = self;
        Ok(User {
            user_id: Id::from_uuid(user_id),
            email: email.map(|email| email.open(conn, &EMAIL, user_id)).transpose()?,
            phone_number: phone_number.map(|phone| phone.open(conn, &PHONE_NUMBER, user_id)).transpose()?,
            whatsapp_id: whatsapp_id.map(|id| id.open(conn, &WHATSAPP_ID, user_id)).transpose()?,
            full_name: full_name.map(|name| name.open(conn, &FULL_NAME, user_id)).transpose()?,
            full_name_is_set,
            is_active,
            row_version,
            created_at,
            updated_at,
        })
    }
}

impl UserChangesRow {
    fn set_phone_number(&mut self, tx: &Tx<'_>, id: Uuid, phone: &PhoneNumber) -> Result<()> {
        self.phone_number = Some(seal(tx, &PHONE_NUMBER, id, phone)?);
        self.phone_number_bidx = Some(blind_index(tx, &PHONE_NUMBER, phone)?);
        Ok(())
    }

    fn set_whatsapp_id(&mut self, tx: &Tx<'_>, id: Uuid, whatsapp_id: &WhatsAppId) -> Result<()> {
        self.whatsapp_id = Some(seal(tx, &WHATSAPP_ID, id, whatsapp_id)?);
        self.whatsapp_id_bidx = Some(blind_index(tx, &WHATSAPP_ID, whatsapp_id)?);
        Ok(())
    }

    fn set_email(&mut self, tx: &Tx<'_>, id: Uuid, email: Option<&Email>) -> Result<()> {
        self.email = Some(email.map(|email| seal(tx, &EMAIL, id, email)).transpose()?);
        self.email_bidx = Some(email.map(|email| blind_index(tx, &EMAIL, email)).transpose()?);
        Ok(())
    }

    fn set_full_name(&mut self, tx: &Tx<'_>, id: Uuid, name: Option<&PersonName>) -> Result<()> {
        self.full_name = Some(name.map(|name| seal(tx, &FULL_NAME, id, name)).transpose()?);
        Ok(())
    }
}

/// Stores a new user.
///
/// # Errors
/// [`Error::Conflict`] on `idx_users_phone_number`, `idx_users_whatsapp_id` or `idx_users_email`, with the user who has the
/// number, the id or the address already; nothing is stored.
pub fn insert(tx: &mut Tx<'_>, new: NewUser) -> Result<User> {
    let user_id = Id::<User>::generate().uuid();
    let NewUser { sender, email, full_name, full_name_is_set } = &new;
    let (phone, whatsapp_id) = (sender.phone_number(), sender.whatsapp_id());
    let row = NewUserRow {
        user_id,
        email: email.as_ref().map(|email| seal(tx, &EMAIL, user_id, email)).transpose()?,
        email_bidx: email.as_ref().map(|email| blind_index(tx, &EMAIL, email)).transpose()?,
        phone_number: phone.map(|phone| seal(tx, &PHONE_NUMBER, user_id, phone)).transpose()?,
        phone_number_bidx: phone.map(|phone| blind_index(tx, &PHONE_NUMBER, phone)).transpose()?,
        whatsapp_id: whatsapp_id.map(|id| seal(tx, &WHATSAPP_ID, user_id, id)).transpose()?,
        whatsapp_id_bidx: whatsapp_id.map(|id| blind_index(tx, &WHATSAPP_ID, id)).transpose()?,
        full_name: full_name.as_ref().map(|name| seal(tx, &FULL_NAME, user_id, name)).transpose()?,
        full_name_is_set: *full_name_is_set && full_name.is_some(),
    };
    let stored = diesel::insert_into(users::table)
        .values(row)
        .on_conflict_do_nothing()
        .returning(UserRow::as_returning())
        .get_result(tx.pg)
        .optional()?;
    match stored {
        Some(row) => row.open(tx),
        None => Err(taken(tx, sender, email.as_ref())?),
    }
}

/// The user with this id.
///
/// # Errors
/// [`Error::NotFound`] when there is none, or it is deleted.
pub fn get(conn: &mut Conn<'_>, id: Id<User>) -> Result<User> {
    let row = UserRow::query().filter(users::user_id.eq(id.uuid())).first(conn.pg).optional()?;
    row.ok_or(Error::NotFound("user"))?.open(conn)
}

/// Whether there is a user with this id who is not deleted.
pub fn exists(conn: &mut Conn<'_>, id: Id<User>) -> Result<bool> {
    let living = users::table.filter(users::user_id.eq(id.uuid())).filter(users::deleted_at.is_null());
    Ok(diesel::select(diesel::dsl::exists(living)).get_result(conn.pg)?)
}

/// All users, newest first; with `is_active`, those who are, or are not.
pub fn list(conn: &mut Conn<'_>, is_active: Option<bool>, page: PageRequest) -> Result<Page<User>> {
    let mut query = UserRow::query()
        .order((users::created_at.desc(), users::user_id.desc()))
        .limit(page.limit.rows_and_one())
        .into_boxed();
    if let Some(is_active) = is_active {
        query = query.filter(users::is_active.eq(is_active));
    }
    if let Some(last) = page.after {
        query = query.filter(after(users::created_at, users::user_id, last));
    }
    let rows = query.load(conn.pg)?;
    Page::of(rows, page.limit, |row| Position { at: row.created_at, id: row.user_id })
        .try_map(|row| row.open(conn))
}

/// The user with this number, in this spelling or else in the other one that its country has.
pub fn find_by_phone(conn: &mut Conn<'_>, phone: &PhoneNumber) -> Result<Option<User>> {
    let (exact, spellings) = spellings(conn, Some(phone))?;
    let row = statement(
        "SELECT user_id, email, phone_number, whatsapp_id, full_name, full_name_is_set, is_active, row_version,
                created_at, updated_at
           FROM whatsapp.users WHERE phone_number_bidx = ANY (?) AND deleted_at IS NULL
          ORDER BY phone_number_bidx = ? DESC LIMIT 1",
    )
    .bind::<Array<Binary>, _>(spellings)
    .bind::<Nullable<Binary>, _>(exact)
    .get_result::<UserRow>(conn.pg)
    .optional()?;
    row.map(|row| row.open(conn)).transpose()
}

/// The user with this e-mail address.
pub fn find_by_email(conn: &mut Conn<'_>, email: &Email) -> Result<Option<User>> {
    let bidx = blind_index(conn, &EMAIL, email)?;
    let row = UserRow::query().filter(users::email_bidx.eq(bidx)).first(conn.pg).optional()?;
    row.map(|row| row.open(conn)).transpose()
}

/// The blind indexes of a number and of its spellings.
pub(super) fn spellings(conn: &Conn<'_>, phone: Option<&PhoneNumber>) -> Result<(Option<Bidx>, Vec<Bidx>)> {
    let exact = phone.map(|phone| blind_index(conn, &PHONE_NUMBER, phone)).transpose()?;
    let other = phone.and_then(other_spelling);
    let other = other.map(|other| blind_index(conn, &PHONE_NUMBER, &other)).transpose()?;
    Ok((exact, exact.into_iter().chain(other).collect()))
}

/// The users whom a sender may be, the oldest first, locked until the end of the transaction: with this number, with its
/// other spelling, and with this id.
///
/// A message locks its user before it looks at anything else. So messages of one person queue, and those of two never meet.
pub fn lock(tx: &mut Tx<'_>, sender: &Sender) -> Result<Vec<User>> {
    let (_, spellings) = spellings(tx, sender.phone_number())?;
    let whatsapp_id = sender.whatsapp_id().map(|id| blind_index(tx, &WHATSAPP_ID, id)).transpose()?;
    let rows = statement(
        "SELECT user_id, email, phone_number, whatsapp_id, full_name, full_name_is_set, is_active, row_version,
                created_at, updated_at
           FROM whatsapp.users
          WHERE (phone_number_bidx = ANY (?) OR whatsapp_id_bidx = ?) AND deleted_at IS NULL
          ORDER BY created_at, user_id
            FOR NO KEY UPDATE",
    )
    .bind::<Array<Binary>, _>(spellings)
    .bind::<Nullable<Binary>, _>(whatsapp_id)
    .load::<UserRow>(tx.pg)?;
    rows.into_iter().map(|row| row.open(tx)).collect()
}

/// The user with this id, locked as by [`lock`].
///
/// # Errors
/// [`Error::NotFound`] when there is none, or it is deleted.
pub fn lock_by_id(tx: &mut Tx<'_>, id: Id<User>) -> Result<User> {
    let living = UserRow::query().filter(users::user_id.eq(id.uuid()));
    let row = living.for_no_key_update().first(tx.pg).optional()?;
    row.ok_or(Error::NotFound("user"))?.open(tx)
}

/// Notes by what WhatsApp knows a user now, and the name of the profile, unless a name was set here. One statement where
/// something is new, else none.
///
/// # Errors
/// [`Error::Conflict`] when another user has the number or the id: merge the two first.
pub fn refresh(tx: &mut Tx<'_>, user: User, sender: &Sender, profile: Option<&PersonName>) -> Result<User> {
    let id = user.user_id.uuid();
    let (mut row, mut is_new) = (UserChangesRow::default(), false);
    if let Some(phone) = sender.phone_number().filter(|phone| user.phone_number.as_ref() != Some(phone)) {
        row.set_phone_number(tx, id, phone)?;
        is_new = true;
    }
    if let Some(given) = sender.whatsapp_id().filter(|given| user.whatsapp_id.as_ref() != Some(given)) {
        row.set_whatsapp_id(tx, id, given)?;
        is_new = true;
    }
    let name = profile.filter(|name| !user.full_name_is_set && user.full_name.as_ref() != Some(name));
    if let Some(name) = name {
        row.set_full_name(tx, id, Some(name))?;
        is_new = true;
    }
    if is_new { store(tx, id, row) } else { Ok(user) }
}

/// Gives a user what it lacks of another's, address and name, and switches it off where the other was.
pub(super) fn adopt(tx: &mut Tx<'_>, user: User, other: &User) -> Result<User> {
    let id = user.user_id.uuid();
    let (mut row, mut is_new) = (UserChangesRow::default(), false);
    if let (None, Some(email)) = (&user.email, &other.email) {
        row.set_email(tx, id, Some(email))?;
        is_new = true;
    }
    if let (false, Some(name)) = (user.full_name_is_set, other.full_name.as_ref())
        && (other.full_name_is_set || user.full_name.is_none())
    {
        row.set_full_name(tx, id, Some(name))?;
        row.full_name_is_set = Some(other.full_name_is_set);
        is_new = true;
    }
    if user.is_active && !other.is_active {
        row.is_active = Some(false);
        is_new = true;
    }
    if is_new { store(tx, id, row) } else { Ok(user) }
}

fn store(tx: &mut Tx<'_>, id: Uuid, row: UserChangesRow) -> Result<User> {
    let changed = diesel::update(users::table.find(id)).set(row).returning(UserRow::as_returning());
    changed.get_result(tx.pg)?.open(tx)
}

/// Changes the given fields. With `version`, only if the row still has it.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::StaleVersion`]; [`Error::Conflict`] on `idx_users_phone_number` or `idx_users_email` when
/// the new number or address is another user's.
pub fn update(tx: &mut Tx<'_>, id: Id<User>, version: Option<i64>, changes: UserChanges) -> Result<User> {
    if changes.is_empty() {
        let user = get(tx, id)?;
        check_version(version, user.row_version)?;
        return Ok(user);
    }
    let UserChanges { email, phone_number, full_name, is_active } = changes;
    refuse_taken(tx, id, phone_number.as_ref(), email.as_ref().and_then(Option::as_ref))?;
    let mut row = UserChangesRow { is_active, ..UserChangesRow::default() };
    if let Some(phone) = &phone_number {
        row.set_phone_number(tx, id.uuid(), phone)?;
    }
    if let Some(email) = &email {
        row.set_email(tx, id.uuid(), email.as_ref())?;
    }
    if let Some(name) = &full_name {
        row.set_full_name(tx, id.uuid(), name.as_ref())?;
        row.full_name_is_set = Some(name.is_some());
    }
    let changed = diesel::update(users::table)
        .filter(users::user_id.eq(id.uuid()))
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

/// Deletes a user, so that [`restore`] brings it back until it is purged. Its chats are hidden with it.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::StaleVersion`] when `version` is given and is not the row's.
pub fn soft_delete(tx: &mut Tx<'_>, id: Id<User>, version: Option<i64>) -> Result<Deletion> {
    ROOT.soft_delete(tx, id.uuid(), version)
}

/// Brings back a deleted user. A user who is not deleted stays as it is.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::RestoreConflict`] when another user has the number, the id or the address by now.
pub fn restore(tx: &mut Tx<'_>, id: Id<User>) -> Result<User> {
    let row: Option<(Option<Uuid>, Unique)> = users::table
        .find(id.uuid())
        .select((users::deletion_id, Unique::as_select()))
        .for_update()
        .first(tx.pg)
        .optional()?;
    let (deletion, unique) = row.ok_or(Error::NotFound("user"))?;
    if let Some(deletion) = deletion {
        if let Some(Holder { user_id, constraint }) = unique.find_holder(tx, Some(id))? {
            ensure_not_taken(&constraint, Some(user_id))?;
        }
        ROOT.restore(tx, id.uuid(), deletion)?;
    }
    get(tx, id)
}

fn refuse_taken(
    tx: &mut Tx<'_>,
    id: Id<User>,
    phone: Option<&PhoneNumber>,
    email: Option<&Email>,
) -> Result<()> {
    if phone.is_none() && email.is_none() {
        return Ok(());
    }
    let unique = Unique::of(tx, phone, None, email)?;
    unique.find_holder(tx, Some(id))?.map_or(Ok(()), |holder| Err(holder.conflict()))
}

fn taken(tx: &mut Tx<'_>, sender: &Sender, email: Option<&Email>) -> Result<Error> {
    let unique = Unique::of(tx, sender.phone_number(), sender.whatsapp_id(), email)?;
    // Where nobody holds it any more, another try finds it free.
    Ok(unique.find_holder(tx, None)?.map_or(Error::Contention, Holder::conflict))
}

/// What of a user must be unique: the blind indexes of number, id and address.
#[derive(Queryable, Selectable)]
#[diesel(table_name = users, check_for_backend(Pg))]
struct Unique {
    phone_number_bidx: Option<Vec<u8>>,
    whatsapp_id_bidx: Option<Vec<u8>>,
    email_bidx: Option<Vec<u8>>,
}

/// Who has one of them.
#[derive(QueryableByName)]
struct Holder {
    #[diesel(sql_type = diesel::sql_types::Uuid)]
    user_id: Uuid,
    #[diesel(sql_type = Text)]
    constraint: String,
}

impl Holder {
    fn conflict(self) -> Error {
        Error::Conflict { constraint: self.constraint, existing: Some(self.user_id) }
    }
}

impl Unique {
    fn of(
        conn: &Conn<'_>,
        phone: Option<&PhoneNumber>,
        whatsapp_id: Option<&WhatsAppId>,
        email: Option<&Email>,
    ) -> Result<Self> {
        let bytes = |index: Bidx| index.as_bytes().to_vec();
        let phone = phone.map(|phone| blind_index(conn, &PHONE_NUMBER, phone)).transpose()?;
        let whatsapp_id = whatsapp_id.map(|id| blind_index(conn, &WHATSAPP_ID, id)).transpose()?;
        let email = email.map(|email| blind_index(conn, &EMAIL, email)).transpose()?;
        Ok(Self {
            phone_number_bidx: phone.map(bytes),
            whatsapp_id_bidx: whatsapp_id.map(bytes),
            email_bidx: email.map(bytes),
        })
    }

    /// A living user other than `except` who has one of these.
    fn find_holder(self, conn: &mut Conn<'_>, except: Option<Id<User>>) -> Result<Option<Holder>> {
        let found = statement(
            "SELECT user_id, found.constraint
               FROM (SELECT user_id, ? AS constraint FROM whatsapp.users WHERE phone_number_bidx = ? AND deleted_at IS NULL
                     UNION ALL
                     SELECT user_id, ? FROM whatsapp.users WHERE whatsapp_id_bidx = ? AND deleted_at IS NULL
                     UNION ALL
                     SELECT user_id, ? FROM whatsapp.users WHERE email_bidx = ? AND deleted_at IS NULL) AS found
              WHERE user_id IS DISTINCT FROM ? LIMIT 1",
        )
        .bind::<Text, _>(PHONE_UNIQUE)
        .bind::<Nullable<Binary>, _>(self.phone_number_bidx)
        .bind::<Text, _>(WHATSAPP_ID_UNIQUE)
        .bind::<Nullable<Binary>, _>(self.whatsapp_id_bidx)
        .bind::<Text, _>(EMAIL_UNIQUE)
        .bind::<Nullable<Binary>, _>(self.email_bidx)
        .bind::<Nullable<diesel::sql_types::Uuid>, _>(except.map(Id::uuid))
        .get_result(conn.pg)
        .optional()?;
        Ok(found)
    }
}
