//! A user of `split`, whose three sealed values are opened.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use repository::codec::{Cipher, Column};
use serde::Serialize;
use uuid::Uuid;

use super::{Body, open};

const PHONE_NUMBER: Column = Column::new("split", "users", "phone_number");
const NAME: Column = Column::new("split", "users", "name");
const UPI_ID: Column = Column::new("split", "users", "upi_id");

diesel::table! {
    split.users (id) {
        id -> Uuid,
        phone_number -> Binary,
        name -> Nullable<Binary>,
        upi_id -> Nullable<Binary>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        deleted_at -> Nullable<Timestamptz>,
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = users, check_for_backend(diesel::pg::Pg))]
struct UserRow {
    id: Uuid,
    phone_number: Vec<u8>,
    name: Option<Vec<u8>>,
    upi_id: Option<Vec<u8>>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

/// The same JSON as the service's.
#[derive(Serialize)]
pub(super) struct UserBody {
    id: Uuid,
    phone_number: String,
    name: Option<String>,
    upi_id: Option<String>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl Body for UserBody {
    fn find(pg: &mut PgConnection, cipher: &Cipher, id: Uuid) -> anyhow::Result<Option<Self>> {
        let living = users::table.filter(users::deleted_at.is_null()).filter(users::id.eq(id));
        let row = living.select(UserRow::as_select()).first(pg).optional()?;
        row.map(|row| row.open(cipher)).transpose()
    }
}

impl UserRow {
    fn open(self, cipher: &Cipher) -> anyhow::Result<UserBody> {
        let Self { id, phone_number, name, upi_id, created_at, updated_at } = self;
        Ok(UserBody {
            id,
            phone_number: open(cipher, &PHONE_NUMBER, id, phone_number)?,
            name: name.map(|name| open(cipher, &NAME, id, name)).transpose()?,
            upi_id: upi_id.map(|upi_id| open(cipher, &UPI_ID, id, upi_id)).transpose()?,
            created_at,
            updated_at,
        })
    }
}
