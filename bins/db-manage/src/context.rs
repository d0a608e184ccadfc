//! What every command works with: the settings, the database, and the way its answer goes.

use std::fmt::Arguments;
use std::io::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use repository::Database;
use repository::ops::{Session, migrations, roles};
use runtime::settings::{Origin, SettingsError};
use runtime::{Settings, telemetry};

use crate::cli::Common;
use crate::output::{self, Answer, Format};
use crate::target::Place;

/// Name in `pg_stat_activity`.
pub(crate) const PROGRAM: &str = "db-manage";

/// How long to wait for the database where the command line does not say.
const USUAL_WAIT: Duration = Duration::from_secs(30);

pub(crate) struct Context {
    common: Common,
}

impl Context {
    pub(crate) fn new(common: Common) -> Self {
        Self { common }
    }

    /// Reads the settings and starts logging. Only commands that need a setting do.
    pub(crate) fn settings(&self) -> anyhow::Result<Settings> {
        let settings = self.load()?;
        telemetry::start(&settings.log);
        settings.notices.iter().for_each(|notice| tracing::warn!("{notice}"));
        Ok(settings)
    }

    /// Reads the settings, for a command that tells of them itself.
    pub(crate) fn load(&self) -> Result<Settings, SettingsError> {
        let mut flags = Vec::new();
        if let Some(url) = &self.common.database_url {
            flags.extend([
                ("DATABASE_URL", url.clone()),
                ("DATABASE_ADMIN_URL", url.clone()),
                ("DATABASE_DIRECT_URL", url.clone()),
            ]);
        }
        if let Some(wait) = self.common.wait {
            flags.push(("DATABASE_POOL_TIMEOUT", wait.to_string()));
        }
        let mut settings = Settings::load(flags)?;
        if self.common.database_url.is_some() {
            // One of another database would be worse than none.
            settings.database.reader_url = None;
            settings.database.writer_url = None;
        }
        // Whoever types a command reads its answer; a log line is for when something is wrong, or was asked for.
        let asked_for = |name| {
            settings.entries().iter().any(|entry| entry.name == name && entry.origin != Origin::Default)
        };
        if !asked_for("LOG_LEVEL") {
            settings.log.level = "warn".to_owned();
        }
        Ok(settings)
    }

    /// Finds the database, starting the embedded one where that is it.
    pub(crate) fn place(&self) -> anyhow::Result<Place> {
        Place::find(self.settings()?)
    }

    /// Logs in as the service, without keys.
    pub(crate) fn session(&self, place: &Place) -> anyhow::Result<Session> {
        Session::connect(place.url(), self.wait()).map_err(|error| match roles::is_unprepared(&error) {
            true => anyhow::Error::from(error).context("there is no database yet: run `db-manage init`"),
            false => error.into(),
        })
    }

    /// Connects as the service.
    pub(crate) fn database(&self, place: &Place) -> anyhow::Result<Database> {
        // The pool would try until its time is up, also where that is in vain.
        let status = migrations::status(&mut self.session(place)?)?;
        let pending = status.iter().filter(|migration| migration.applied_at.is_none()).count();
        anyhow::ensure!(
            pending == 0,
            "{pending} of {} migrations are pending: run `db-manage init`",
            status.len()
        );
        Ok(Database::connect(place.pool_options(), place.keys()?)?)
    }

    /// How long to wait for the database.
    pub(crate) fn wait(&self) -> Duration {
        self.wait_if_asked_to().unwrap_or(USUAL_WAIT)
    }

    /// How long to wait for the database, for commands that tell how it is now.
    pub(crate) fn wait_if_asked_to(&self) -> Option<Duration> {
        self.common.wait.map(|seconds| Duration::from_secs(seconds.into()))
    }

    /// Whether a person reads the answer.
    pub(crate) fn is_for_people(&self) -> bool {
        self.common.format == Format::Table && self.common.output.is_none()
    }

    /// The file that the answer goes into, where one is named.
    pub(crate) fn file(&self) -> Option<PathBuf> {
        self.common.output.clone()
    }

    /// Writes the command's answer.
    pub(crate) fn answer(&self, answer: &Answer) -> anyhow::Result<()> {
        output::write(answer, self.common.format, self.common.output.as_deref())
    }

    /// Writes an answer that cannot be had again, such as a key.
    pub(crate) fn hand_over(&self, answer: &Answer) -> anyhow::Result<()> {
        output::hand_over(answer, self.common.format, self.common.output.as_deref())
    }

    /// Writes a text that has no other form.
    pub(crate) fn answer_text(&self, text: &str) -> anyhow::Result<()> {
        output::write_text(text, self.common.output.as_deref())
    }

    /// Tells a person what to know beside the answer.
    pub(crate) fn note(&self, text: Arguments<'_>) {
        if self.is_for_people() {
            say(text);
        }
    }
}

/// A line on standard error. That it cannot be written is nothing that could be told.
pub(crate) fn say(text: Arguments<'_>) {
    let _ = writeln!(std::io::stderr(), "{text}");
}
