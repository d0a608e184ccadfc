//! Settings: read once, from one list, by both binaries.
//!
//! Later sources win: defaults, `config/config.yaml`, `.env`, the environment, the command line. A malformed value or an
//! unknown key of the YAML file stops the process; a name in the environment that is nearly one of ours is warned
//! about. This is the only home of the environment: nothing else reads it.

mod database;
mod error;
mod http;
mod limits;
mod secret;
mod sources;
mod suggestions;
mod table;
mod values;
mod whatsapp;

use std::path::{Path, PathBuf};
use std::time::Duration;

use repository::domain::UpiId;
use repository::domain::market::BotZone;
use repository::domain::pantry::DaysAhead;
use repository::{Address, Retention};

pub use error::SettingsError;
pub use http::HttpSettings;
pub use limits::{LimitSettings, RedisSettings};
pub use secret::Secret;
pub use sources::Origin;
use sources::Values;
pub use table::{Kind, SETTINGS, Setting, as_markdown};
pub use whatsapp::WhatsAppSettings;

const YAML_FILE: &str = "config/config.yaml";
const DOT_ENV_FILE: &str = ".env";

/// What the process was told.
#[derive(Debug)]
pub struct Settings {
    /// How the database is reached.
    pub database: DatabaseSettings,
    /// Where the embedded PostgreSQL and its keys are kept (`DATA_DIR`).
    pub data_dir: PathBuf,
    /// The active encryption key (`ENCRYPTION_KEY`).
    pub encryption_key: Option<Secret>,
    /// Retired keys that still open (`ENCRYPTION_KEYS_OLD`).
    pub encryption_keys_old: Vec<Secret>,
    /// How HTTP is served.
    pub http: HttpSettings,
    /// `TLS_CERT_FILE` and `TLS_KEY_FILE`, where the service itself speaks TLS.
    pub tls: Option<TlsFiles>,
    /// How long end users' tokens are good for.
    pub tokens: TokenSettings,
    /// How often whom is served.
    pub limits: LimitSettings,
    /// The Redis that processes share, where there is one.
    pub redis: Option<RedisSettings>,
    /// What is logged, and how.
    pub log: LogSettings,
    /// Where spans are sent (`OTEL_EXPORTER_OTLP_ENDPOINT`).
    pub otlp_endpoint: Option<String>,
    /// For how many days rows are kept (the settings that retention rules name).
    pub retention: Retention,
    /// The Bill Splitting Agent.
    pub split: SplitSettings,
    /// ExportSathi.
    pub export: ExportSettings,
    /// FoodSave AI.
    pub pantry: PantrySettings,
    /// The WhatsApp bot.
    pub whatsapp: WhatsAppSettings,
    /// The Wallapop selling bot.
    pub market: MarketSettings,
    /// What the user should hear once logging works.
    pub notices: Vec<String>,
    entries: Vec<Entry>,
}

/// How the database is reached.
#[derive(Debug)]
pub struct DatabaseSettings {
    /// `DATABASE_URL`, or made of `DATABASE_HOST` and its companions. None means the embedded PostgreSQL.
    pub url: Option<Address>,
    /// `DATABASE_ADMIN_URL`.
    pub admin_url: Option<Address>,
    /// `DATABASE_READER_URL`.
    pub reader_url: Option<Address>,
    /// `DATABASE_WRITER_URL`.
    pub writer_url: Option<Address>,
    /// `DATABASE_DIRECT_URL`: the way around the pooler.
    pub direct_url: Option<Address>,
    /// `DATABASE_POOLER=transaction`.
    pub transaction_pooler: bool,
    /// `DATABASE_POOL_SIZE`.
    pub pool_size: u32,
    /// `DATABASE_MAX_OVERFLOW`.
    pub max_overflow: u32,
    /// `DATABASE_POOL_TIMEOUT`.
    pub pool_timeout: Duration,
    /// `DATABASE_POOL_RECYCLE`.
    pub pool_recycle: Duration,
    /// `DATABASE_STATEMENT_TIMEOUT`.
    pub statement_timeout: Duration,
    /// `DATABASE_LOCK_TIMEOUT`.
    pub lock_timeout: Duration,
    /// `DATABASE_SLOW_STATEMENT`.
    pub slow_statement: Duration,
}

/// What the service speaks TLS with.
#[derive(Debug, Clone)]
pub struct TlsFiles {
    /// `TLS_CERT_FILE`.
    pub certificate: PathBuf,
    /// `TLS_KEY_FILE`.
    pub key: PathBuf,
}

/// How long end users' tokens are good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokenSettings {
    /// `ACCESS_TOKEN_EXPIRE_MINUTES`.
    pub access_minutes: u32,
    /// `REFRESH_TOKEN_EXPIRE_DAYS`.
    pub session_days: u32,
}

/// What is logged, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogSettings {
    /// `LOG_LEVEL`, in lower case.
    pub level: String,
    /// `LOG_FORMAT=json`.
    pub json: bool,
    /// Every SQL statement, without its values (`DEBUG`, `DATABASE_ECHO`).
    pub statements: bool,
    /// What the pool does (`DEBUG`, `DATABASE_ECHO_POOL`).
    pub pool: bool,
}

/// The Bill Splitting Agent.
#[derive(Debug, Clone)]
pub struct SplitSettings {
    /// `DEFAULT_UPI_ID`.
    pub default_upi_id: Option<UpiId>,
    /// `PAYMENT_REQUEST_RETENTION_DAYS`.
    pub payment_request_retention_days: u32,
    /// `CONVERSATION_TIMEOUT_HOURS`.
    pub conversation_timeout_hours: u32,
    /// `MAX_CONVERSATION_RETRIES`.
    pub max_conversation_retries: u32,
    /// `MAX_REMINDERS`.
    pub max_reminders: u32,
}

/// ExportSathi.
#[derive(Debug, Clone)]
pub struct ExportSettings {
    /// `CHAT_SESSION_HOURS`.
    pub chat_session_hours: u32,
}

/// FoodSave AI.
#[derive(Debug, Clone)]
pub struct PantrySettings {
    /// `EXPIRY_WARNING_DAYS`.
    pub expiry_warning: DaysAhead,
}

/// The Wallapop selling bot.
#[derive(Debug, Clone, Copy)]
pub struct MarketSettings {
    /// `BOT_TIMEZONE`.
    pub bot_zone: BotZone,
    /// `MAX_PROCESSING_ATTEMPTS`.
    pub max_processing_attempts: u32,
    /// `ARCHIVE_AFTER_DAYS`.
    pub archive_after_days: u32,
}

/// One setting as it holds now, for `db-manage config show`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its name.
    pub name: &'static str,
    /// Its value; `[secret]` for a secret; none where it is not set.
    pub value: Option<String>,
    /// Where it was set.
    pub origin: Origin,
}

/// One source beside the files, in place of the process's own.
#[derive(Debug, Default)]
struct Sources {
    yaml: sources::Pairs,
    dot_env: sources::Pairs,
    environment: sources::Pairs,
    flags: sources::Pairs,
}

impl Settings {
    /// How the service logs in to its database, with the password, if it has one; nothing where that is the embedded PostgreSQL.
    #[doc(alias = "get_database_url")]
    pub fn database_url(&self) -> Option<Secret> {
        self.database.url.as_ref().map(|address| Secret::new(address.expose()))
    }

    /// How Redis is reached, where there is one.
    #[doc(alias = "get_redis_config")]
    pub fn redis(&self) -> Option<&RedisSettings> {
        self.redis.as_ref()
    }

    /// Reads every source. `flags` are what the command line said, as names of settings and values.
    ///
    /// # Errors
    /// [`SettingsError`] with every problem there is, which names the setting and the rule it breaks, and never shows a value.
    pub fn load(flags: impl IntoIterator<Item = (&'static str, String)>) -> Result<Self, SettingsError> {
        let mut problems = Vec::new();
        let mut read = |pairs: Result<sources::Pairs, SettingsError>| {
            pairs.unwrap_or_else(|problem| {
                problems.push(problem);
                sources::Pairs::new()
            })
        };
        let sources = Sources {
            yaml: read(sources::yaml(Path::new(YAML_FILE))),
            dot_env: read(sources::dot_env(Path::new(DOT_ENV_FILE))),
            environment: sources::environment(),
            flags: flags.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        };
        let open_files = [(YAML_FILE, &sources.yaml), (DOT_ENV_FILE, &sources.dot_env)]
            .into_iter()
            .filter_map(|(file, pairs)| sources::notice_if_secrets_open(Path::new(file), pairs));
        match Self::from_sources(&sources) {
            Ok(mut settings) => {
                settings.notices.extend(open_files);
                SettingsError::all(problems).map(|()| settings)
            }
            Err(problem) => {
                problems.push(problem);
                Err(SettingsError::together(problems))
            }
        }
    }

    fn from_sources(sources: &Sources) -> Result<Self, SettingsError> {
        let mut values = Values::defaults();
        values.apply(Origin::Yaml, &sources.yaml);
        values.apply(Origin::DotEnv, &sources.dot_env);
        values.apply(Origin::Environment, &sources.environment);
        values.apply(Origin::Flag, &sources.flags);
        SettingsError::all(values.problems())?;
        Ok(Self {
            database: values.database()?,
            data_dir: values.text("DATA_DIR").into(),
            encryption_key: values.secret("ENCRYPTION_KEY"),
            encryption_keys_old: values.list("ENCRYPTION_KEYS_OLD"),
            http: values.http()?,
            tls: values.tls()?,
            tokens: TokenSettings {
                access_minutes: values.integer("ACCESS_TOKEN_EXPIRE_MINUTES")?,
                session_days: values.integer("REFRESH_TOKEN_EXPIRE_DAYS")?,
            },
            limits: values.limits()?,
            redis: values.redis()?,
            log: values.log()?,
            otlp_endpoint: values
                .secret("OTEL_EXPORTER_OTLP_ENDPOINT")
                .map(|given| given.expose().to_owned()),
            retention: values.retention()?,
            split: SplitSettings {
                default_upi_id: values.upi_id("DEFAULT_UPI_ID")?,
                payment_request_retention_days: values.integer("PAYMENT_REQUEST_RETENTION_DAYS")?,
                conversation_timeout_hours: values.integer("CONVERSATION_TIMEOUT_HOURS")?,
                max_conversation_retries: values.integer("MAX_CONVERSATION_RETRIES")?,
                max_reminders: values.integer("MAX_REMINDERS")?,
            },
            export: ExportSettings { chat_session_hours: values.integer("CHAT_SESSION_HOURS")? },
            pantry: PantrySettings { expiry_warning: values.integer("EXPIRY_WARNING_DAYS")? },
            whatsapp: values.whatsapp()?,
            market: MarketSettings {
                bot_zone: values.bot_zone("BOT_TIMEZONE")?,
                max_processing_attempts: values.integer("MAX_PROCESSING_ATTEMPTS")?,
                archive_after_days: values.integer("ARCHIVE_AFTER_DAYS")?,
            },
            entries: values.entries(),
            notices: values.notices(),
        })
    }

    /// Every setting as it holds now.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }
}

#[cfg(test)]
mod tests;
