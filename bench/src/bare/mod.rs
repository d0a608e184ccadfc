//! The reference for reading a row over HTTP: actix-web, diesel and r2d2 as their guides put them together, and nothing
//! else. No authentication, no handle, no deadline, no log, no figures. It opens the same three values.
//!
//! It runs as a process of its own, as the service does.

use std::io::{Read as _, Write as _};
use std::process::{Command, Stdio};
use std::{env, io, thread};

use actix_web::error::{ErrorInternalServerError, ErrorNotFound};
use actix_web::{App, HttpServer, get, rt, web};
use anyhow::Context as _;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::r2d2::{ConnectionManager, Pool};
use repository::codec::{Column, EncryptionKey, KeyRing};
use repository::{Database, PoolOptions};
use serde::Serialize;
use uuid::Uuid;

use crate::process::Server;

/// The first argument that makes this program the reference.
const WORD: &str = "__bare-handler";

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
struct UserBody {
    id: Uuid,
    phone_number: String,
    name: Option<String>,
    upi_id: Option<String>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

type Connections = Pool<ConnectionManager<PgConnection>>;

struct Reference {
    /// As it comes: ten connections, each of which is asked whether it lives before it is used.
    pool: Connections,
    /// The same without that question, which is a round trip.
    trusting: Connections,
    /// For its cipher alone.
    database: Database,
}

/// Starts the reference as a process of its own. It ends with this one.
pub(crate) fn start(url: &str, key: &str) -> anyhow::Result<Server> {
    let mut command = Command::new(env::current_exe()?);
    command.arg(WORD).stdin(Stdio::piped());
    Server::start(&mut command, &format!("{url}\n{key}\n")).context("the reference did not start")
}

/// Becomes the reference, if that is what this process was started for; answers whether it was.
///
/// # Errors
/// When it cannot serve.
pub(crate) fn serve_if_asked() -> anyhow::Result<bool> {
    if env::args_os().nth(1).is_none_or(|argument| argument != WORD) {
        return Ok(false);
    }
    let mut lines = io::stdin().lines();
    let mut line =
        || lines.next().context("there is nothing on standard input")?.context("it cannot be read");
    let (url, key) = (line()?, line()?);
    // Ends with the process that started it, however that ends.
    thread::spawn(|| {
        let _ = io::stdin().read_to_end(&mut Vec::new());
        std::process::exit(0);
    });
    let keys = KeyRing::new(EncryptionKey::parse(&key)?, Vec::new())?;
    let database = Database::connect(PoolOptions::new(url.clone()), &keys)?;
    let manager = || ConnectionManager::new(url.clone());
    let trusting = Pool::builder().test_on_check_out(false).build(manager())?;
    serve(Reference { pool: Pool::new(manager())?, trusting, database })?;
    Ok(true)
}

fn serve(reference: Reference) -> anyhow::Result<()> {
    let reference = web::Data::new(reference);
    rt::System::new().block_on(async {
        let app = move || App::new().app_data(reference.clone()).service(get_user).service(get_user_trusting);
        let server = HttpServer::new(app).bind(("127.0.0.1", 0))?;
        let address = server.addrs().first().copied().context("there is no address to listen on")?;
        writeln!(io::stdout(), "listening on http://{address}")?;
        Ok(server.run().await?)
    })
}

#[get("/users/{id}")]
async fn get_user(
    reference: web::Data<Reference>,
    id: web::Path<Uuid>,
) -> actix_web::Result<web::Json<UserBody>> {
    answer(web::block(move || reference.find(&reference.pool, *id)).await?)
}

#[get("/trusting/users/{id}")]
async fn get_user_trusting(
    reference: web::Data<Reference>,
    id: web::Path<Uuid>,
) -> actix_web::Result<web::Json<UserBody>> {
    answer(web::block(move || reference.find(&reference.trusting, *id)).await?)
}

fn answer(found: anyhow::Result<Option<UserBody>>) -> actix_web::Result<web::Json<UserBody>> {
    found.map_err(ErrorInternalServerError)?.map(web::Json).ok_or_else(|| ErrorNotFound("no such user"))
}

impl Reference {
    #[expect(
        clippy::disallowed_methods,
        reason = "the handle, otherwise the only way in, is what this is compared with"
    )]
    fn find(&self, pool: &Connections, id: Uuid) -> anyhow::Result<Option<UserBody>> {
        let row = users::table
            .filter(users::deleted_at.is_null())
            .filter(users::id.eq(id))
            .select(UserRow::as_select())
            .first(&mut pool.get()?)
            .optional()?;
        row.map(|row| self.open(row)).transpose()
    }

    fn open(&self, row: UserRow) -> anyhow::Result<UserBody> {
        let UserRow { id, phone_number, name, upi_id, created_at, updated_at } = row;
        let open = |column: &Column, envelope| {
            let plain = self.database.cipher().column(column)?.open(id, envelope)?;
            anyhow::Ok(String::from_utf8(plain)?)
        };
        Ok(UserBody {
            id,
            phone_number: open(&PHONE_NUMBER, phone_number)?,
            name: name.map(|name| open(&NAME, name)).transpose()?,
            upi_id: upi_id.map(|upi_id| open(&UPI_ID, upi_id)).transpose()?,
            created_at,
            updated_at,
        })
    }
}
