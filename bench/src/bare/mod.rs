//! The reference for reading a row over HTTP: actix-web, diesel and r2d2 as their guides put them together, and nothing
//! else. No authentication, no handle, no deadline, no log, no figures. It opens the same values and answers the same JSON.
//!
//! It runs as a process of its own, as the service does.

mod reports;
mod users;

use std::io::{Read as _, Write as _};
use std::process::{Command, Stdio};
use std::{env, io, thread};

use actix_web::error::{ErrorInternalServerError, ErrorNotFound};
use actix_web::{App, HttpServer, Resource, rt, web};
use anyhow::Context as _;
use diesel::PgConnection;
use diesel::r2d2::{ConnectionManager, Pool};
use repository::codec::{Cipher, Column, EncryptionKey, KeyRing};
use repository::{Database, PoolOptions};
use serde::Serialize;
use uuid::Uuid;

use crate::process::Server;

/// The first argument that makes this program the reference.
const WORD: &str = "__bare-handler";

/// What is added to a path for connections that are used without being asked whether they live.
pub(crate) const TRUSTING: &str = "/trusting";

type Connections = Pool<ConnectionManager<PgConnection>>;

struct Reference {
    /// As it comes: ten connections, each of which is asked whether it lives before it is used.
    pool: Connections,
    /// The same without that question, which is a round trip.
    trusting: Connections,
    /// For its cipher alone.
    database: Database,
}

/// A row as the service answers it.
trait Body: Serialize + Sized + Send + 'static {
    /// The row with this id, opened.
    fn find(pg: &mut PgConnection, cipher: &Cipher, id: Uuid) -> anyhow::Result<Option<Self>>;
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
        let app = move || {
            let app = App::new().app_data(reference.clone());
            app.service(get::<users::UserBody>("/users/{id}", |reference| &reference.pool))
                .service(get::<users::UserBody>("/trusting/users/{id}", |reference| &reference.trusting))
                .service(get::<reports::ReportBody>("/reports/{id}", |reference| &reference.pool))
                .service(get::<reports::ReportBody>("/trusting/reports/{id}", |reference| {
                    &reference.trusting
                }))
        };
        let server = HttpServer::new(app).bind(("127.0.0.1", 0))?;
        let address = server.addrs().first().copied().context("there is no address to listen on")?;
        writeln!(io::stdout(), "listening on http://{address}")?;
        Ok(server.run().await?)
    })
}

/// The handler for one kind of row, by the connections of one pool.
fn get<B: Body>(path: &str, connections: fn(&Reference) -> &Connections) -> Resource {
    web::resource(path).get(move |reference: web::Data<Reference>, id: web::Path<Uuid>| async move {
        let found = web::block(move || reference.find::<B>(connections(&reference), *id)).await?;
        let found = found.map_err(ErrorInternalServerError)?;
        found.map(web::Json).ok_or_else(|| ErrorNotFound("no such row"))
    })
}

impl Reference {
    #[expect(
        clippy::disallowed_methods,
        reason = "the handle, otherwise the only way in, is what this is compared with"
    )]
    fn find<B: Body>(&self, connections: &Connections, id: Uuid) -> anyhow::Result<Option<B>> {
        B::find(&mut *connections.get()?, self.database.cipher(), id)
    }
}

/// The text in an envelope.
fn open(cipher: &Cipher, column: &Column, id: Uuid, envelope: Vec<u8>) -> anyhow::Result<String> {
    Ok(String::from_utf8(cipher.column(column)?.open(id, envelope)?)?)
}
