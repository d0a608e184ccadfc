//! The service as a user runs it: the release binary with an embedded PostgreSQL that keeps what it is told, triggers,
//! audit log, authentication, and a log that goes to a file.

use std::fs::File;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, thread};

use anyhow::{Context as _, bail};
use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, PgConnection};
use repository::codec::{EncryptionKey, KeyRing};
use repository::platform::api_keys;
use repository::{Actor, Database, PoolOptions, system};

use crate::home::{self, Home};
use crate::http;
use crate::process::Server;
use crate::report::{Goal, Report, Row};

/// Name of the database in the embedded PostgreSQL.
const DATABASE: &str = "strongroom";

/// By what webhooks are signed.
pub(crate) const TWILIO_TOKEN: &str = "12345";

/// The longest a service that listens may take until it is ready.
const READY: Duration = Duration::from_secs(60);

/// The most memory it should need, in megabytes.
const MEMORY: f64 = 60.0;

/// A running service and the ways to its database, all of it gone when dropped.
pub(crate) struct Running {
    // Dropped in this order: who uses PostgreSQL before PostgreSQL, and its files last.
    /// The service.
    pub(crate) api: Server,
    /// An API key that may do everything.
    pub(crate) token: String,
    /// The service's own handle to the same database.
    pub(crate) database: Database,
    /// A connection that may do everything.
    pub(crate) superuser: PgConnection,
    /// The encryption key, as `ENCRYPTION_KEY` has it.
    pub(crate) key: String,
    postgres: embedded::Server,
    home: Home,
}

impl Running {
    /// Starts the service in an empty directory, and once more, as on any later day; reports how long both took and what
    /// memory it needs before the first request.
    pub(crate) fn start(report: &mut Report) -> anyhow::Result<Self> {
        let home = Home::new()?;
        let key = EncryptionKey::generate()?.to_base64().to_string();
        let (first, time) = start_api(&home, &key)?;
        report.add(Row::new("first start: cluster, migrations, ready", seconds(time)));
        drop(first);
        if !home.wait_until_stopped() {
            bail!("the embedded PostgreSQL did not stop after its last user");
        }
        let (api, time) = start_api(&home, &key)?;
        report.add(Row::new("any later start, with PostgreSQL, ready", seconds(time)));
        memory(&api, "idle", report);

        let postgres = embedded::Server::join_or_start(&home.data(), &embedded::Options::default())?;
        let keys = KeyRing::new(EncryptionKey::parse(&key)?, Vec::new())?;
        let url = |user| postgres.url(DATABASE, user);
        let database = Database::connect(PoolOptions::new(url("strongroom_app")), &keys)?;
        let superuser =
            PgConnection::establish(&url("postgres")).context("the superuser could not log in")?;
        let scopes: Vec<String> = system::scopes().filter(|scope| scope.ends_with(":admin")).collect();
        let insert =
            database.write("bench.key", &Actor::system(), |tx| api_keys::insert(tx, "bench", &scopes));
        let (_, token) = insert.context("no API key could be made")?;
        let token = token.text().to_string();
        Ok(Self { api, token, database, superuser, key, postgres, home })
    }

    /// The database's URL for the service's own login.
    pub(crate) fn url(&self) -> String {
        self.postgres.url(DATABASE, "strongroom_app")
    }

    /// Where this run may keep files.
    pub(crate) fn home(&self) -> &Home {
        &self.home
    }

    /// Removes all users and what is theirs, so that a part does not work among the rows of another.
    pub(crate) fn empty(&mut self) -> anyhow::Result<()> {
        self.superuser
            .batch_execute(
                "TRUNCATE split.users, export.users, whatsapp.users, market.products, market.buyers, platform.sessions,
                          platform.audit_log CASCADE",
            )
            .context("the tables could not be emptied")?;
        self.vacuum()
    }

    /// Writes out what was changed before, so that every measurement begins from the same state.
    pub(crate) fn checkpoint(&mut self) -> anyhow::Result<()> {
        self.superuser.batch_execute("CHECKPOINT").context("there was no checkpoint")
    }

    /// What autovacuum does within minutes after rows were loaded, done at once.
    pub(crate) fn vacuum(&mut self) -> anyhow::Result<()> {
        self.superuser.batch_execute("VACUUM ANALYZE").context("the database was not vacuumed")?;
        self.checkpoint()
    }

    /// Reports the memory the service needs now.
    pub(crate) fn report_memory(&self, when: &str, report: &mut Report) {
        memory(&self.api, when, report);
    }
}

/// Starts the service; answers how long it took until `/readyz` said so.
fn start_api(home: &Home, key: &str) -> anyhow::Result<(Server, Duration)> {
    let log = File::options().create(true).append(true).open(home.path().join("api.log"))?;
    let mut command = Command::new(home::program("strongroom-api")?);
    // Nothing of the caller's settings, in the environment or in files, may lead to another database.
    command.env_clear().current_dir(home.path()).stdin(Stdio::null()).stderr(log);
    command.envs(env::vars_os().filter(|(name, _)| name == "PATH" || name == "PGBIN"));
    command.env("DATA_DIR", home.data()).env("PORT", "0").env("ENCRYPTION_KEY", key);
    command.env("TWILIO_AUTH_TOKEN", TWILIO_TOKEN);
    let start = Instant::now();
    let api = Server::start(&mut command, "").with_context(|| {
        let log = std::fs::read_to_string(home.path().join("api.log")).unwrap_or_default();
        format!("strongroom-api did not start:\n{log}")
    })?;
    let ready = http::request("GET", "/readyz", "", "");
    while !http::ask(api.address(), &ready).is_ok_and(|(status, _)| status == 200) {
        if start.elapsed() > READY {
            bail!("strongroom-api did not become ready");
        }
        thread::sleep(Duration::from_millis(5));
    }
    Ok((api, start.elapsed()))
}

fn memory(api: &Server, when: &str, report: &mut Report) {
    let Some(megabytes) = api.memory() else { return };
    let row = Row::new(format!("memory of the service, {when}"), format!("{megabytes:.0} MB"));
    report.add(row.goal("memory", Goal::AtMost(MEMORY, " MB"), megabytes));
}

fn seconds(time: Duration) -> String {
    format!("{:.2} s", time.as_secs_f64())
}
