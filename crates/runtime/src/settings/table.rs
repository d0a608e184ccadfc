//! The list of settings. Parsing, `config show` and the documentation all derive from it.

use std::time::Duration;

/// One setting.
#[derive(Debug)]
pub struct Setting {
    /// Name in the environment, in `.env`, and (in lower case, split at a dot) in `config/config.yaml`.
    pub name: &'static str,
    /// Other names under which it is accepted. The name itself wins over them within one source.
    pub aliases: &'static [&'static str],
    /// What holds when nobody says anything.
    pub default: Option<&'static str>,
    /// Which values are taken.
    pub kind: Kind,
    /// Whether the value must not be shown. A secret can also be given as a file, by its name with `_FILE`.
    pub secret: bool,
    /// What it does.
    pub about: &'static str,
}

/// Which values a setting takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Any text.
    Text,
    /// `true` or `false`; also `yes`/`no`, `on`/`off`, `1`/`0`.
    Flag,
    /// A whole number from the first to the second.
    Integer(u32, u32),
    /// A number of seconds, more than zero and at most so many.
    Seconds(u32),
    /// One of these words, in any case.
    Word(&'static [&'static str]),
    /// Any text. Accepted, so that the environment of another program serves, but without any effect.
    Unused,
}

impl Kind {
    pub(super) fn integer(self, text: &str) -> Option<u32> {
        let Self::Integer(least, most) = self else { return None };
        text.parse().ok().filter(|number| (least..=most).contains(number))
    }

    pub(super) fn seconds(self, text: &str) -> Option<Duration> {
        let Self::Seconds(most) = self else { return None };
        let duration = Duration::try_from_secs_f64(text.parse().ok()?).ok()?;
        (!duration.is_zero() && duration <= Duration::from_secs(most.into())).then_some(duration)
    }

    pub(super) fn flag(self, text: &str) -> Option<bool> {
        match text.to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" | "1" => Some(true),
            "false" | "no" | "off" | "0" => Some(false),
            _ => None,
        }
    }

    pub(super) fn word(self, text: &str) -> Option<&'static str> {
        let Self::Word(words) = self else { return None };
        words.iter().find(|word| word.eq_ignore_ascii_case(text)).copied()
    }

    /// Whether a text is such a value.
    pub(super) fn takes(self, text: &str) -> bool {
        match self {
            Self::Text | Self::Unused => true,
            Self::Flag => self.flag(text).is_some(),
            Self::Integer(..) => self.integer(text).is_some(),
            Self::Seconds(_) => self.seconds(text).is_some(),
            Self::Word(_) => self.word(text).is_some(),
        }
    }
}

const fn text(name: &'static str, about: &'static str) -> Setting {
    Setting { name, aliases: &[], default: None, kind: Kind::Text, secret: false, about }
}

const fn secret(name: &'static str, about: &'static str) -> Setting {
    Setting { secret: true, ..text(name, about) }
}

const fn unused(name: &'static str, about: &'static str) -> Setting {
    Setting { kind: Kind::Unused, ..text(name, about) }
}

const fn with(kind: Kind, name: &'static str, default: &'static str, about: &'static str) -> Setting {
    Setting { name, aliases: &[], default: Some(default), kind, secret: false, about }
}

const fn optional(kind: Kind, name: &'static str, about: &'static str) -> Setting {
    Setting { kind, ..text(name, about) }
}

impl Setting {
    const fn or(self, aliases: &'static [&'static str]) -> Self {
        Self { aliases, ..self }
    }

    const fn default(self, value: &'static str) -> Self {
        Self { default: Some(value), ..self }
    }
}

/// Every setting there is, in the order of the documentation.
#[rustfmt::skip]
pub static SETTINGS: &[Setting] = &[
    // Where things are
    secret("DATABASE_URL", "The database, as the service logs in to it: postgres://strongroom_app@host/name. Without it the embedded PostgreSQL in DATA_DIR is used"),
    secret("DATABASE_ADMIN_URL", "The same database for a login that may migrate; DATABASE_URL when absent"),
    secret("DATABASE_READER_URL", "The same database for strongroom_reader, which `db-manage query` uses"),
    secret("DATABASE_WRITER_URL", "The same database for strongroom_writer, which `db-manage query --write` uses"),
    secret("DATABASE_DIRECT_URL", "With DATABASE_POOLER=transaction: the database as in DATABASE_URL, but around the pooler. `db-manage` uses it"),
    text("DATABASE_HOST", "Host of the database, where no DATABASE_URL is given").or(&["DB_HOST", "POSTGRES_HOST"]),
    with(Kind::Integer(1, 65_535), "DATABASE_PORT", "5432", "Port of the database, with DATABASE_HOST").or(&["DB_PORT", "POSTGRES_PORT"]),
    text("DATABASE_NAME", "Name of the database, with DATABASE_HOST").default("strongroom").or(&["DB_NAME", "POSTGRES_DB"]),
    text("DATABASE_USER", "Login, with DATABASE_HOST").default("strongroom_app").or(&["DB_USER", "POSTGRES_USER"]),
    secret("DATABASE_PASSWORD", "Password, with DATABASE_HOST").or(&["DB_PASSWORD", "POSTGRES_PASSWORD"]),
    secret("DATABASE_PASSWORD_COMMAND", "A shell command whose output is the password. It is run for each new connection where the URL has no password, within 10 s, and is told PGUSER, PGHOST, PGPORT and PGDATABASE"),
    with(Kind::Word(&["none", "session", "transaction"]), "DATABASE_POOLER", "none", "What stands before the database: `transaction` for PgBouncer or another pooler in transaction mode"),
    optional(Kind::Word(&["disable", "allow", "prefer", "require", "verify-ca", "verify-full"]), "DATABASE_SSL_MODE", "sslmode of libpq, where the URL names none. Without any it is verify-full, on the same machine prefer"),
    text("DATABASE_SSL_ROOT_CERT", "CA bundle that verifies the database's certificate, or `system`; else sslrootcert of the URL, else the system's list").or(&["DB_SSL_ROOT_CERT"]),
    with(Kind::Flag, "DATABASE_ALLOW_INSECURE", "false", "Lets the URL of another machine name an sslmode that is weaker than verify-full"),
    text("DATA_DIR", "Where the embedded PostgreSQL and its keys are kept").default(".strongroom"),
    // HTTP
    text("HOST", "Address to listen on").default("127.0.0.1"),
    with(Kind::Integer(0, 65_535), "PORT", "8080", "Port to listen on; 0 takes a free one"),
    with(Kind::Seconds(300), "REQUEST_TIMEOUT", "5", "The longest a request may take once it has been read"),
    with(Kind::Integer(1, 100_000), "MAX_CONNECTIONS", "4096", "Connections of clients that are open at a time; more wait. Fewer where the limit of open files allows no more"),
    with(Kind::Integer(32, 65_535), "REQUEST_BODY_MEMORY", "64", "MiB of memory for the bodies of all requests together; beyond that the answer is 503"),
    text("CORS_ALLOWED_ORIGINS", "Origins of web pages whose scripts may use the API in a browser, separated by commas, such as https://app.example. Without it no page may"),
    text("TLS_CERT_FILE", "File of the certificate (and its chain, PEM) with which the service itself speaks TLS, with TLS_KEY_FILE"),
    text("TLS_KEY_FILE", "File of its key (PEM), which not everybody may read"),
    text("TRUSTED_PROXIES", "Addresses and networks of the proxies before the service, separated by commas. Only what they say of a client's address (X-Forwarded-For) is believed"),
    // Rate limits
    with(Kind::Integer(1, 10_000), "RATE_LIMIT_REQUESTS", "100", "Requests that an end user may make within RATE_LIMIT_WINDOW. API keys have a limit where one was set for the key"),
    with(Kind::Integer(1, 86_400), "RATE_LIMIT_WINDOW", "60", "The same: seconds of the sliding window"),
    optional(Kind::Integer(1, 10_000), "EXPORT_RATE_LIMIT_PER_HOUR", "Requests that an end user of `export` may make within an hour, in place of RATE_LIMIT_REQUESTS"),
    with(Kind::Integer(1, 10_000), "AUTH_FAILURE_LIMIT", "30", "Wrong API keys, log-ins that fail and registrations of a taken name that may come from one address within a minute"),
    // Redis
    secret("REDIS_URL", "Redis, which shares rate limits and cached values between processes: redis://host, redis://:password@host:6379/0 or unix:///path. Without it each process is on its own"),
    text("REDIS_HOST", "Host of Redis, where no REDIS_URL is given"),
    with(Kind::Integer(1, 65_535), "REDIS_PORT", "6379", "Port of Redis, with REDIS_HOST"),
    with(Kind::Integer(0, 1_000_000), "REDIS_DB", "0", "Number of the Redis database, with REDIS_HOST"),
    secret("REDIS_PASSWORD", "Password, with REDIS_HOST"),
    with(Kind::Seconds(10), "REDIS_TIMEOUT", "0.05", "The longest that a request waits for Redis; after that, and until Redis answers in time again, the process goes by its own count"),
    // Keys
    secret("ENCRYPTION_KEY", "Seals personal data: 32 ASCII characters, 64 hexadecimal digits, or base64 of 32 bytes. Made and kept in DATA_DIR for the embedded PostgreSQL, else required"),
    secret("ENCRYPTION_KEYS_OLD", "Retired keys that still open what they sealed, separated by commas"),
    // End users
    with(Kind::Integer(1, 1440), "ACCESS_TOKEN_EXPIRE_MINUTES", "15", "Minutes for which an end user's access token is good"),
    with(Kind::Integer(1, 3650), "REFRESH_TOKEN_EXPIRE_DAYS", "30", "Days after which an end user's session ends, however often it was renewed"),
    // Pool
    with(Kind::Integer(1, 1000), "DATABASE_POOL_SIZE", "10", "Connections kept open").or(&["DB_POOL_SIZE"]),
    with(Kind::Integer(0, 1000), "DATABASE_MAX_OVERFLOW", "20", "Connections beyond those, opened when callers had to wait").or(&["DB_MAX_OVERFLOW"]),
    with(Kind::Seconds(3600), "DATABASE_POOL_TIMEOUT", "30", "The longest wait for a connection at start and on the command line").or(&["DB_POOL_TIMEOUT"]),
    with(Kind::Seconds(604_800), "DATABASE_POOL_RECYCLE", "3600", "Connections older than this are replaced").or(&["DB_POOL_RECYCLE"]),
    with(Kind::Seconds(3600), "DATABASE_STATEMENT_TIMEOUT", "30", "The longest a statement may run").or(&["DB_STATEMENT_TIMEOUT"]),
    with(Kind::Seconds(3600), "DATABASE_LOCK_TIMEOUT", "2", "The longest a statement waits for what another transaction has locked; after that the answer is 503. More than PostgreSQL's deadlock_timeout (1 s), or deadlocks are not found").or(&["DB_LOCK_TIMEOUT"]),
    // Logs
    with(Kind::Word(&["error", "warn", "info", "debug", "trace"]), "LOG_LEVEL", "info", "What is logged; other crates' messages never below info"),
    with(Kind::Word(&["human", "json"]), "LOG_FORMAT", "human", "How it is logged, on standard error"),
    text("OTEL_EXPORTER_OTLP_ENDPOINT", "Collector that spans are sent to over HTTP, such as http://127.0.0.1:4318. For programs built with the feature otel"),
    with(Kind::Flag, "DEBUG", "false", "Logs every SQL statement, without its values, and what the pool does"),
    with(Kind::Flag, "DATABASE_ECHO", "false", "Logs every SQL statement, without its values").or(&["DB_ECHO"]),
    with(Kind::Seconds(3600), "DATABASE_SLOW_STATEMENT", "0.5", "Statements that take longer are logged with the name of their operation, without their values"),
    with(Kind::Flag, "DATABASE_ECHO_POOL", "false", "Logs what the pool does").or(&["DB_ECHO_POOL"]),
    // Bill splitting
    secret("DEFAULT_UPI_ID", "UPI address that is paid where neither the request nor the user names one"),
    with(Kind::Integer(1, 3650), "SOFT_DELETE_RETENTION_DAYS", "30", "Days after which `cleanup` purges what was deleted"),
    with(Kind::Integer(1, 3650), "PAYMENT_REQUEST_RETENTION_DAYS", "30", "Days after which `cleanup` deletes payment requests that failed or are closed"),
    with(Kind::Integer(1, 8760), "CONVERSATION_TIMEOUT_HOURS", "24", "Hours after which a conversation's state expires"),
    with(Kind::Integer(1, 100), "MAX_CONVERSATION_RETRIES", "3", "Errors after which a conversation starts again"),
    with(Kind::Integer(0, 100), "MAX_REMINDERS", "3", "Reminders a participant gets at most"),
    // Export readiness
    with(Kind::Integer(1, 3650), "FAILED_REPORT_RETENTION_DAYS", "30", "Days after which `cleanup` deletes reports that failed"),
    // Export readiness
    with(Kind::Integer(1, 8760), "CHAT_SESSION_HOURS", "24", "Hours after which a conversation about a report expires"),
    // Household pantries
    with(Kind::Integer(0, 365), "EXPIRY_WARNING_DAYS", "7", "Within how many days something in a pantry counts as expiring soon"),
    // WhatsApp bot
    secret("TWILIO_AUTH_TOKEN", "Token of the Twilio account, by which webhooks are signed: two, separated by a comma, while it is being changed. Without it no webhook is taken"),
    text("TWILIO_ACCOUNT_SID", "Account that webhooks must name, and whose API sends answers, with TWILIO_WHATSAPP_NUMBER"),
    text("TWILIO_WHATSAPP_NUMBER", "The bot's own number, such as whatsapp:+14155238886"),
    text("PUBLIC_BASE_URL", "The URL of the service as Twilio calls it, with port and prefix of the path where there are any, such as https://bot.example.org. Without it the scheme and the Host header of the request count"),
    with(Kind::Word(&["database", "memory"]), "STORAGE_BACKEND", "database", "Where conversations are kept. What is in memory is lost when the process ends, and other processes do not know it"),
    with(Kind::Integer(1, 10_000), "MAX_CHAT_MESSAGES", "200", "Messages of a chat at most; the next one begins a chat that continues it"),
    with(Kind::Integer(1, 10_000), "MAX_CONVERSATION_HISTORY", "10", "Messages that an agent is given; at most MAX_CHAT_MESSAGES"),
    with(Kind::Integer(1, 10_080), "SESSION_TIMEOUT_MINUTES", "30", "With STORAGE_BACKEND=memory: minutes after the last message when a person is forgotten"),
    // Second-hand goods
    text("BOT_TIMEZONE", "Time zone of the selling bot, which says when its day begins: a name of the IANA's").default("Europe/Madrid"),
    with(Kind::Integer(1, 100), "MAX_PROCESSING_ATTEMPTS", "3", "How often a buyer's message is handed out before it is parked"),
    with(Kind::Integer(1, 3650), "BOT_SESSION_RETENTION_DAYS", "7", "Days after which `cleanup` deletes expired sessions of the bot that nothing happened in"),
    with(Kind::Integer(1, 3650), "ARCHIVE_AFTER_DAYS", "30", "Days after which `maintenance` archives completed conversations of the bot"),
    // Accepted, because the requirements' example configurations have them
    unused("SUPABASE_URL", "The database is reached by DATABASE_URL"),
    unused("SUPABASE_KEY", "The database is reached by DATABASE_URL"),
];

impl Setting {
    /// The setting of this name or alias.
    pub fn find(name: &str) -> Option<&'static Self> {
        SETTINGS.iter().find(|setting| setting.is_called(name))
    }

    fn is_called(&self, name: &str) -> bool {
        self.name == name || self.aliases.contains(&name)
    }

    /// The rule that a value keeps, in words: what an error message and the documentation say.
    pub fn rule(&self) -> String {
        match self.kind {
            Kind::Text | Kind::Unused => "text".to_owned(),
            Kind::Flag => "true or false".to_owned(),
            Kind::Integer(least, most) => format!("a whole number from {least} to {most}"),
            Kind::Seconds(most) => format!("seconds, more than 0 and at most {most}"),
            Kind::Word(words) => format!("one of {}", words.join(", ")),
        }
    }
}

/// The list as a Markdown table, for the documentation.
pub fn as_markdown() -> String {
    let mut page = String::from("| setting | value | default | what it does |\n|---|---|---|---|\n");
    for setting in SETTINGS {
        let default = setting.default.map_or(String::new(), |value| format!("`{value}`"));
        let mut names = format!("`{}`", setting.name);
        for alias in setting.aliases {
            names.push_str(&format!(" (`{alias}`)"));
        }
        if setting.secret {
            names.push_str(&format!("; or a file: `{}_FILE`", setting.name));
        }
        let about = match setting.kind {
            Kind::Unused => format!("Accepted, not used: {}", setting.about),
            _ => setting.about.to_owned(),
        };
        page.push_str(&format!("| {names} | {} | {default} | {about} |\n", setting.rule()));
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_is_used_twice() {
        let mut names: Vec<&str> =
            SETTINGS.iter().flat_map(|s| s.aliases.iter().copied().chain([s.name])).collect();
        names.sort_unstable();
        let all = names.len();
        names.dedup();
        assert_eq!(names.len(), all);
    }

    #[test]
    fn the_documentation_names_every_setting() {
        let page = as_markdown();
        assert!(SETTINGS.iter().all(|setting| page.contains(&format!("| `{}`", setting.name))));
        assert_eq!(page.lines().count(), SETTINGS.len() + 2);
    }

    #[test]
    fn the_page_of_the_book_is_current() {
        let page = include_str!("../../../../docs/configuration.md");
        let table = as_markdown();
        assert!(page.contains(&table), "docs/configuration.md should have this table:\n\n{table}");
    }
}
