//! Which database, how it is prepared, and the one way both binaries connect to it.

use std::time::Duration;

use embedded::Server;
use repository::codec::KeyRing;
use repository::ops::migrations::Migrator;
use repository::ops::{Session, roles};
use repository::{Address, Database, PoolOptions};

use crate::settings::DatabaseSettings;
use crate::{Result, Settings, keys, private_file, redis};

/// Name of the database in the embedded PostgreSQL.
const DATABASE: &str = "strongroom";

/// The database of this process: where it is and what opens it, but not yet connected.
///
/// Keep it for as long as the database is used: it holds this process's share of the embedded PostgreSQL.
#[derive(Debug)]
pub struct Target {
    /// For the service.
    pub url: Address,
    /// For who migrates.
    pub admin_url: Address,
    /// For `db-manage query`; none when a database of the user's has no reader's URL.
    pub reader_url: Option<Address>,
    /// For `db-manage query --write`; none when a database of the user's has no writer's URL.
    pub writer_url: Option<Address>,
    /// The keys of its sealed columns.
    pub keys: KeyRing,
    /// The embedded PostgreSQL, where that is the database.
    pub embedded: Option<Server>,
}

/// What answers, of what a process needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Connections {
    /// PostgreSQL takes the service's login.
    pub database: bool,
    /// Redis answers. Not where there is none.
    pub redis: bool,
}

/// Logs in to PostgreSQL and to Redis, and tells which answered.
///
/// # Errors
/// Those of [`Target::find`].
pub fn validate_connection(settings: &Settings) -> Result<Connections> {
    let target = Target::find(settings)?;
    let database = Session::connect(&target.url, Duration::ZERO).and_then(|mut session| session.facts());
    let answers = |redis| redis::health_check(redis).status == redis::Status::Up;
    Ok(Connections { database: database.is_ok(), redis: settings.redis().is_some_and(answers) })
}

/// What [`Target::prepare`] did. All empty when there was nothing to do.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Prepared {
    /// Database and roles that were made.
    pub made: Vec<String>,
    /// Migrations that were run.
    pub migrations: Vec<String>,
    /// Whether the encryption key was new to the database.
    pub key_registered: bool,
}

impl Target {
    /// Finds the database: the one of the settings, else the embedded PostgreSQL, which is joined or started.
    ///
    /// # Errors
    /// When the key is missing or no key, or when the embedded PostgreSQL cannot be started.
    pub fn find(settings: &Settings) -> Result<Self> {
        let DatabaseSettings { url, admin_url, reader_url, writer_url, .. } = &settings.database;
        let Some(url) = url else { return Self::embedded(settings) };
        Ok(Self {
            url: url.clone(),
            admin_url: admin_url.as_ref().unwrap_or(url).clone(),
            reader_url: reader_url.clone(),
            writer_url: writer_url.clone(),
            keys: keys::given(settings)?,
            embedded: None,
        })
    }

    fn embedded(settings: &Settings) -> Result<Self> {
        private_file::make_private_directory(&settings.data_dir)?;
        let keys = keys::given_or_kept(settings)?;
        let server = Server::join_or_start(&settings.data_dir, &embedded::Options::default())?;
        let url = |user| Address::from(server.url(DATABASE, user));
        Ok(Self {
            url: url("strongroom_app"),
            admin_url: url("postgres"),
            reader_url: Some(url("strongroom_reader")),
            writer_url: Some(url("strongroom_writer")),
            keys,
            embedded: Some(server),
        })
    }

    /// Whether this is the embedded PostgreSQL, whose roles, schema and keys are looked after without being asked.
    pub fn is_embedded(&self) -> bool {
        self.embedded.is_some()
    }

    /// Makes what is missing: database, roles, tables, the registration of the key. Tells `progress` each migration
    /// before it runs, and waits at most `wait` for another process that migrates.
    ///
    /// # Errors
    /// [`repository::Error::NotReady`], with what to do, when the login may not, or a key or a migration is wrong.
    pub fn prepare(&self, wait: Duration, progress: impl FnMut(&str)) -> Result<Prepared> {
        let made = roles::prepare(&self.admin_url)?;
        let mut migrator = Migrator::connect(&self.admin_url, wait)?;
        self.finish(&mut migrator, made, progress)
    }

    /// The same for a database that usually is prepared: one connection shows that there is nothing to do.
    ///
    /// # Errors
    /// As for [`prepare`](Self::prepare).
    pub fn prepare_if_needed(&self, wait: Duration, progress: impl FnMut(&str)) -> Result<Prepared> {
        match Migrator::connect(&self.admin_url, wait) {
            Ok(mut migrator) => self.finish(&mut migrator, Vec::new(), progress),
            // There is no database or no role, or something is wrong that preparing will name.
            Err(_) => self.prepare(wait, progress),
        }
    }

    fn finish(
        &self,
        migrator: &mut Migrator,
        made: Vec<String>,
        progress: impl FnMut(&str),
    ) -> Result<Prepared> {
        let migrations = migrator.up(progress)?;
        let key_registered = migrator.register_key(&self.keys)?;
        Ok(Prepared { made, migrations, key_registered })
    }

    /// Connects as the service. `program` is what `pg_stat_activity` shows.
    ///
    /// # Errors
    /// As for [`Database::connect`].
    pub fn connect(&self, settings: &Settings, program: &str) -> Result<Database> {
        Ok(Database::connect(self.pool_options(settings, program), &self.keys)?)
    }

    fn pool_options(&self, settings: &Settings, program: &str) -> PoolOptions {
        let database = &settings.database;
        PoolOptions {
            application_name: program.to_owned(),
            size: database.pool_size,
            max_overflow: database.max_overflow,
            timeout: database.pool_timeout,
            recycle: database.pool_recycle,
            statement_timeout: database.statement_timeout,
            lock_timeout: database.lock_timeout,
            transaction_pooler: database.transaction_pooler,
            slow_statement: database.slow_statement,
            echo: settings.log.statements,
            ..PoolOptions::new(&self.url)
        }
    }
}
