use super::*;

fn pairs(given: &[(&str, &str)]) -> sources::Pairs {
    given.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn from_environment(given: &[(&str, &str)]) -> Result<Settings, SettingsError> {
    Settings::from_sources(&Sources { environment: pairs(given), ..Sources::default() })
}

fn from_yaml(text: &str) -> Result<Settings, SettingsError> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config.yaml");
    std::fs::write(&file, text).unwrap();
    Settings::from_sources(&Sources { yaml: sources::yaml(&file)?, ..Sources::default() })
}

#[test]
fn the_defaults_are_those_of_the_list() {
    let settings = from_environment(&[]).unwrap();
    assert!(settings.database.url.is_none() && settings.encryption_key.is_none());
    assert_eq!((settings.database.pool_size, settings.database.max_overflow), (10, 20));
    assert_eq!((settings.http.host.as_str(), settings.http.port), ("127.0.0.1", 8080));
    assert_eq!(settings.http.request_timeout, Duration::from_secs(5));
    assert_eq!(settings.data_dir, Path::new(".strongroom"));
    assert_eq!(settings.split.max_reminders, 3);
    let log = LogSettings { level: "info".into(), json: false, statements: false, pool: false };
    assert_eq!(settings.log, log);
    assert!(settings.notices.is_empty());
}

#[test]
fn later_sources_win() {
    let mut sources = Sources::default();
    let port = |sources: &Sources| Settings::from_sources(sources).unwrap().http.port;
    sources.yaml = pairs(&[("PORT", "1")]);
    assert_eq!(port(&sources), 1);
    sources.dot_env = pairs(&[("PORT", "2")]);
    assert_eq!(port(&sources), 2);
    sources.environment = pairs(&[("PORT", "3")]);
    assert_eq!(port(&sources), 3);
    sources.flags = pairs(&[("PORT", "4")]);
    assert_eq!(port(&sources), 4);
    sources.flags = pairs(&[("PORT", "")]);
    assert_eq!(port(&sources), 3, "empty counts as not set");
}

#[test]
fn aliases_of_the_requirements_are_taken() {
    let settings = from_environment(&[("DB_POOL_SIZE", "7"), ("DB_ECHO", "on")]).unwrap();
    assert_eq!(settings.database.pool_size, 7);
    assert!(settings.log.statements);
    let settings = from_environment(&[("DB_POOL_SIZE", "7"), ("DATABASE_POOL_SIZE", "8")]).unwrap();
    assert_eq!(settings.database.pool_size, 8);
}

/// One parameter of the service's address.
fn told(settings: &Settings, name: &str) -> Option<String> {
    settings.database.url.as_ref().unwrap().conninfo().unwrap().get(name).map(str::to_owned)
}

#[test]
fn an_address_is_made_of_its_parts() {
    let parts = [
        ("DB_HOST", "localhost"),
        ("DB_PORT", "6432"),
        ("DB_NAME", "my data"),
        ("DB_USER", "app@x"),
        ("DB_PASSWORD", "p:/?#'"),
    ];
    let settings = from_environment(&parts).unwrap();
    let parts = [
        ("host", "localhost"),
        ("port", "6432"),
        ("dbname", "my data"),
        ("user", "app@x"),
        ("password", "p:/?#'"),
    ];
    for (name, value) in parts {
        assert_eq!(told(&settings, name).as_deref(), Some(value));
    }
    let socket = from_environment(&[("POSTGRES_HOST", "/run/postgresql")]).unwrap();
    assert_eq!(told(&socket, "host").as_deref(), Some("/run/postgresql"));

    let both = [("DB_HOST", "127.0.0.1"), ("DATABASE_URL", "postgres://localhost/x")];
    assert_eq!(told(&from_environment(&both).unwrap(), "host").as_deref(), Some("localhost"));

    let flag_wins = Sources {
        environment: pairs(&[("DATABASE_URL", "postgres://localhost/x")]),
        flags: pairs(&[("DATABASE_HOST", "127.0.0.1")]),
        ..Sources::default()
    };
    let settings = Settings::from_sources(&flag_wins).unwrap();
    let parts =
        [("host", "127.0.0.1"), ("user", "strongroom_app"), ("dbname", "strongroom"), ("port", "5432")];
    for (name, value) in parts {
        assert_eq!(told(&settings, name).as_deref(), Some(value));
    }
}

#[test]
fn malformed_values_name_the_setting_and_the_rule_and_not_the_value() {
    for (name, value, says) in [
        ("PORT", "65536", "PORT must be a whole number from 0 to 65535"),
        ("PORT", "eighty", "PORT must be a whole number from 0 to 65535"),
        ("DATABASE_POOL_SIZE", "0", "DATABASE_POOL_SIZE must be a whole number from 1 to 1000"),
        ("DB_POOL_SIZE", "-1", "DATABASE_POOL_SIZE must be a whole number from 1 to 1000"),
        ("REQUEST_TIMEOUT", "0", "REQUEST_TIMEOUT must be seconds, more than 0 and at most 300"),
        ("REQUEST_TIMEOUT", "inf", "REQUEST_TIMEOUT must be seconds, more than 0 and at most 300"),
        ("REQUEST_TIMEOUT", "NaN", "REQUEST_TIMEOUT must be seconds, more than 0 and at most 300"),
        ("LOG_FORMAT", "xml", "LOG_FORMAT must be one of human, json"),
        ("DEBUG", "maybe", "DEBUG must be true or false"),
        ("DEFAULT_UPI_ID", "+919876543210", "DEFAULT_UPI_ID must be a UPI address such as name@bank"),
    ] {
        let error = from_environment(&[(name, value)]).unwrap_err().to_string();
        assert_eq!(error, format!("{says}; it is set in the environment"));
    }
}

#[test]
fn fractions_of_seconds_are_taken() {
    let settings = from_environment(&[("REQUEST_TIMEOUT", "0.25")]).unwrap();
    assert_eq!(settings.http.request_timeout, Duration::from_millis(250));
}

#[test]
fn secrets_come_from_files_too_and_are_never_shown() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("key");
    std::fs::write(&file, "kQ7vXr2LmZt9WbYc4HnJ5sDfG8pRaE3u\n").unwrap();
    let path = file.to_str().unwrap();
    let settings =
        from_environment(&[("ENCRYPTION_KEY_FILE", path), ("ENCRYPTION_KEYS_OLD", "one, two,")]).unwrap();
    assert_eq!(settings.encryption_key.as_ref().unwrap().expose(), "kQ7vXr2LmZt9WbYc4HnJ5sDfG8pRaE3u");
    let old: Vec<&str> = settings.encryption_keys_old.iter().map(Secret::expose).collect();
    assert_eq!(old, ["one", "two"]);
    assert!(!format!("{settings:?}").contains("kQ7v"));
    let entry = settings.entries().iter().find(|entry| entry.name == "ENCRYPTION_KEY").unwrap();
    assert_eq!((entry.value.as_deref(), entry.origin), (Some("[secret]"), Origin::Environment));

    let both = from_environment(&[("ENCRYPTION_KEY_FILE", path), ("ENCRYPTION_KEY", "x")]).unwrap_err();
    assert!(both.to_string().starts_with("ENCRYPTION_KEY and ENCRYPTION_KEY_FILE are both set"));
    let missing = from_environment(&[("ENCRYPTION_KEY_FILE", "/nowhere/at/all")]).unwrap_err();
    assert!(missing.to_string().contains("/nowhere/at/all, could not be read"));
}

#[test]
fn yaml_is_read_by_section() {
    let settings = from_yaml(
        "port: 9000\ndatabase:\n  host: localhost\n  port: 5432\n  name: wallapop_bot\n  user: wallapop_user\n  \
         password: change_this_password\n  pool_size: 4\nredis:\n  host: localhost\n  password: null\n\
         encryption_keys_old: [a, b]\n",
    )
    .unwrap();
    assert_eq!((settings.http.port, settings.database.pool_size), (9000, 4));
    let parts = [("user", "wallapop_user"), ("password", "change_this_password"), ("dbname", "wallapop_bot")];
    for (name, value) in parts {
        assert_eq!(told(&settings, name).as_deref(), Some(value));
    }
    assert_eq!(settings.encryption_keys_old.len(), 2);
    assert_eq!(settings.redis.unwrap().url.expose(), "redis://localhost:6379/0");
    assert!(settings.notices.is_empty(), "{:?}", settings.notices);
}

#[test]
fn unknown_yaml_keys_and_broken_yaml_stop() {
    let unknown = from_yaml("database:\n  poll_size: 4\n").unwrap_err().to_string();
    assert!(
        unknown.contains("has the unknown key database_poll_size (did you mean DATABASE_POOL_SIZE?)"),
        "{unknown}"
    );
    let far = from_yaml("nothing_like_it: 4\n").unwrap_err().to_string();
    assert!(far.contains("has the unknown key nothing_like_it:"), "{far}");
    let both = from_yaml("database:\n  poll_size: 4\nprot: 1\n").unwrap_err();
    assert_eq!(both.each().len(), 2);
    assert!(matches!(from_yaml("database: [").unwrap_err(), SettingsError::Unreadable { .. }));
}

#[test]
fn a_broken_dot_env_stops_without_being_quoted() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(".env");
    std::fs::write(&file, "PORT=81\nENCRYPTION_KEY='s3cret\n").unwrap();
    let error = sources::dot_env(&file).unwrap_err().to_string();
    assert!(error.contains("could not be read") && !error.contains("s3cret"), "{error}");
    std::fs::write(&file, "# comment\nPORT=81\nexport DEBUG=\"true\"\n").unwrap();
    assert_eq!(sources::dot_env(&file).unwrap(), pairs(&[("PORT", "81"), ("DEBUG", "true")]));
}

#[test]
fn unused_settings_earn_one_notice_and_near_misses_one_each() {
    let given =
        [("SUPABASE_KEY", "x"), ("DATABASE_POLL_SIZE", "4"), ("HOME", "/root"), ("SUPABASE_URL", "y")];
    assert_eq!(
        from_environment(&given).unwrap().notices,
        [
            "DATABASE_POLL_SIZE in the environment is no setting and has no effect; did you mean DATABASE_POOL_SIZE?",
            "accepted for compatibility and not used: SUPABASE_KEY, SUPABASE_URL",
        ]
    );
}

#[test]
fn every_problem_is_told_at_once_and_once() {
    let error = from_environment(&[
        ("PORT", "eighty"),
        ("LOG_FORMAT", "xml"),
        ("DEFAULT_UPI_ID", "x"),
        ("DATABASE_URL", "postgres://app:s3cret@db.example/x?sslmode=require"),
        ("DATABASE_READER_URL", "s3cret"),
        ("ENCRYPTION_KEY_FILE", "/nowhere/at/all"),
        ("TLS_KEY_FILE", "/key"),
    ]);
    let text = error.as_ref().unwrap_err().to_string();
    assert!(text.starts_with("7 settings are wrong:\n") && !text.contains("s3cret"), "{text}");
    assert!(text.contains("TLS_KEY_FILE is set and TLS_CERT_FILE is not"), "{text}");
    assert_eq!(error.unwrap_err().each().len(), 7);
}

#[test]
fn every_setting_of_a_retention_rule_is_in_the_list_with_its_default() {
    for (_, rule) in repository::system::rules() {
        if let repository::Keep::Setting(name, days) = rule.keep {
            let setting = Setting::find(name).unwrap_or_else(|| panic!("{name} is no setting"));
            assert_eq!(setting.default, Some(days.to_string().as_str()), "{name}");
        }
    }
}

#[test]
fn a_time_zone_has_a_name_of_the_ianas() {
    assert_eq!(from_environment(&[]).unwrap().market.bot_zone.name(), "Europe/Madrid");
    let given = from_environment(&[("BOT_TIMEZONE", "Atlantic/Canary")]).unwrap();
    assert_eq!(given.market.bot_zone.name(), "Atlantic/Canary");
    for wrong in ["Europe/Madird", "FOO+3", "CEST"] {
        let error = from_environment(&[("BOT_TIMEZONE", wrong)]).unwrap_err().to_string();
        assert!(error.contains("BOT_TIMEZONE"), "{error}");
    }
}

#[test]
fn secrets_that_everybody_may_read_earn_a_notice() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("key");
    std::fs::write(&file, "kQ7vXr2LmZt9WbYc4HnJ5sDfG8pRaE3u\n").unwrap();
    let notices = |mode| {
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
        let of_key = from_environment(&[("ENCRYPTION_KEY_FILE", file.to_str().unwrap())]).unwrap().notices;
        let given = [("DB_PASSWORD", "x"), ("PORT", "81"), ("ENCRYPTION_KEY", "")];
        let of_settings = given.map(|pair| sources::notice_if_secrets_open(&file, &pairs(&[pair])).is_some());
        (of_key.len(), of_settings)
    };
    assert_eq!(notices(0o644), (1, [true, false, false]));
    assert_eq!(notices(0o640), (0, [false, false, false]));
}
