//! Where settings come from, and which source wins.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::fs;
use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};

use config::{Config, File, FileFormat, Value, ValueKind};

use super::database::LIBPQ;
use super::suggestions;
use super::table::{Kind, SETTINGS, Setting};
use super::{Secret, SettingsError};
use crate::owner::{is_open, why_root_refuses};

/// Where a value was set. Later ones win.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// Nowhere: the default holds.
    Default,
    /// `config/config.yaml`.
    Yaml,
    /// `.env`.
    DotEnv,
    /// The environment.
    Environment,
    /// The command line.
    Flag,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Default => "by default",
            Self::Yaml => "in config/config.yaml",
            Self::DotEnv => "in .env",
            Self::Environment => "in the environment",
            Self::Flag => "on the command line",
        })
    }
}

/// Names and values as they stand in one source.
pub(super) type Pairs = Vec<(String, String)>;

/// The value that won, as text.
#[derive(Debug, Clone)]
pub(super) struct Given {
    pub(super) text: Secret,
    pub(super) origin: Origin,
}

/// Every source, merged.
#[derive(Debug, Default)]
pub(super) struct Values {
    given: HashMap<&'static str, Given>,
    /// Parameters of libpq that its own variables set.
    pub(super) libpq: Vec<(&'static str, String)>,
    unused: BTreeSet<&'static str>,
    near_misses: BTreeSet<String>,
    /// Files of secrets that everybody may read.
    open_files: BTreeSet<String>,
    /// What is wrong with what was given, other than the values.
    pub(super) problems: Vec<SettingsError>,
}

impl Values {
    /// The defaults alone.
    pub(super) fn defaults() -> Self {
        let default = |setting: &'static Setting| {
            let text = Secret::new(setting.default?);
            Some((setting.name, Given { text, origin: Origin::Default }))
        };
        Self { given: SETTINGS.iter().filter_map(default).collect(), ..Self::default() }
    }

    /// Lets a source win over all that were applied before. An empty value counts as none.
    pub(super) fn apply(&mut self, origin: Origin, pairs: &Pairs) {
        let value_of = |name: &str| {
            pairs.iter().rev().find(|(key, value)| key == name && !value.is_empty()).map(|(_, value)| value)
        };
        for setting in SETTINGS {
            let names = std::iter::once(&setting.name).chain(setting.aliases);
            let value = names.clone().find_map(|name| value_of(name));
            let file = if setting.secret { value_of(&format!("{}_FILE", setting.name)) } else { None };
            let text = match (value, file) {
                (None, None) => continue,
                (Some(_), Some(_)) => Err(SettingsError::Twice { name: setting.name, origin }),
                (Some(_), None) if setting.kind == Kind::Unused => {
                    self.unused.insert(setting.name);
                    continue;
                }
                (Some(value), None) => Ok(Secret::new(value.as_str())),
                (None, Some(file)) => {
                    self.open_files.extend(notice_if_open(Path::new(file)));
                    read_secret(setting.name, Path::new(file))
                }
            };
            match text {
                Ok(text) => drop(self.given.insert(setting.name, Given { text, origin })),
                Err(problem) => self.problems.push(problem),
            }
        }
        if origin == Origin::Environment {
            let of_libpq =
                LIBPQ.iter().filter_map(|(name, parameter)| Some((*parameter, value_of(name)?.clone())));
            self.libpq = of_libpq.collect();
        }
        if origin < Origin::Flag {
            self.near_misses.extend(pairs.iter().filter_map(|(name, _)| suggestions::notice(name, origin)));
        }
    }

    /// What the user should hear: one sentence on settings without effect, and one on each name that nearly is one.
    pub(super) fn notices(&self) -> Vec<String> {
        let mut notices: Vec<String> = self.near_misses.iter().chain(&self.open_files).cloned().collect();
        if !self.unused.is_empty() {
            let names: Vec<&str> = self.unused.iter().copied().collect();
            notices.push(format!("accepted for compatibility and not used: {}", names.join(", ")));
        }
        notices
    }

    pub(super) fn get(&self, name: &str) -> Option<&Given> {
        self.given.get(name)
    }
}

/// A secret in a file of its own; the end of its last line is not part of it.
fn read_secret(name: &'static str, path: &Path) -> Result<Secret, SettingsError> {
    let text = std::fs::read_to_string(path)
        .map(Secret::new)
        .map_err(|source| SettingsError::SecretFile { name, path: path.to_path_buf(), source })?;
    Ok(Secret::new(text.expose().trim_end_matches(['\r', '\n'])))
}

/// What the YAML file says, with `database.pool_size` as `DATABASE_POOL_SIZE`. A file that is not there says nothing.
pub(super) fn yaml(file: &Path) -> Result<Pairs, SettingsError> {
    let Some(text) = read_trusted(file)? else { return Ok(Pairs::new()) };
    let unreadable = |reason: config::ConfigError| SettingsError::Unreadable {
        file: file.to_path_buf(),
        reason: reason.to_string(),
    };
    let parsed =
        Config::builder().add_source(File::from_str(&text, FileFormat::Yaml)).build().map_err(unreadable)?;
    let mut pairs = Pairs::new();
    flatten("", &parsed.cache, &mut pairs);
    SettingsError::all(pairs.iter().filter(|(name, _)| !is_known(name)).map(|(name, _)| {
        let meant = suggestions::nearest(name);
        SettingsError::UnknownKey { file: file.to_path_buf(), key: name.to_lowercase(), meant }
    }))?;
    Ok(pairs)
}

/// Whether this is a setting, or the file of a secret one.
fn is_known(name: &str) -> bool {
    let of_file = || name.strip_suffix("_FILE").and_then(Setting::find).is_some_and(|setting| setting.secret);
    Setting::find(name).is_some() || of_file()
}

fn flatten(parent: &str, value: &Value, pairs: &mut Pairs) {
    match &value.kind {
        ValueKind::Nil => {}
        ValueKind::Table(table) => {
            for (key, value) in table {
                let name = if parent.is_empty() {
                    key.to_uppercase()
                } else {
                    format!("{parent}_{}", key.to_uppercase())
                };
                flatten(&name, value, pairs);
            }
        }
        ValueKind::Array(values) => {
            let texts: Vec<String> = values.iter().map(|value| value.kind.to_string()).collect();
            pairs.push((parent.to_owned(), texts.join(",")));
        }
        scalar => pairs.push((parent.to_owned(), scalar.to_string())),
    }
}

/// What `.env` says; a file that is not there says nothing. The environment of this process is left alone.
pub(super) fn dot_env(file: &Path) -> Result<Pairs, SettingsError> {
    // The parser's error quotes the line, which may hold a secret, so only its kind is told.
    let unreadable = |error: dotenvy::Error| SettingsError::Unreadable {
        file: PathBuf::from(file),
        reason: match error {
            dotenvy::Error::Io(error) => error.to_string(),
            dotenvy::Error::LineParse(_, at) => format!("a line of it is not NAME=value (column {at})"),
            _ => "it is not a list of NAME=value".to_owned(),
        },
    };
    let Some(text) = read_trusted(file)? else { return Ok(Pairs::new()) };
    dotenvy::from_read_iter(text.as_bytes()).collect::<Result<Pairs, _>>().map_err(unreadable)
}

/// The text of a configuration file; none where there is none. What it says is done, commands among it, so root reads no file
/// that others can change or replace.
fn read_trusted(file: &Path) -> Result<Option<String>, SettingsError> {
    let unreadable = |error: std::io::Error| SettingsError::Unreadable {
        file: file.to_path_buf(),
        reason: error.to_string(),
    };
    let mut opened = match fs::File::open(file) {
        Ok(opened) => opened,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unreadable(error)),
    };
    let directory = file.parent().filter(|parent| !parent.as_os_str().is_empty());
    let found = [
        (directory.unwrap_or(file), directory.map_or_else(|| opened.metadata(), fs::metadata)),
        (file, fs::symlink_metadata(file)),
        (file, opened.metadata()),
    ];
    for (path, found) in found {
        if let Some(reason) = why_root_refuses(&found.map_err(unreadable)?) {
            return Err(SettingsError::Untrusted { file: path.to_path_buf(), reason });
        }
    }
    let mut text = String::new();
    opened.read_to_string(&mut text).map_err(unreadable)?;
    Ok(Some(text))
}

/// What to hear of a file of settings which holds a secret that everybody may read.
pub(super) fn notice_if_secrets_open(file: &Path, pairs: &Pairs) -> Option<String> {
    let is_secret = |name: &str| {
        SETTINGS
            .iter()
            .any(|setting| setting.secret && (setting.name == name || setting.aliases.contains(&name)))
    };
    let holds_secrets = pairs.iter().any(|(name, value)| !value.is_empty() && is_secret(name));
    if holds_secrets { notice_if_open(file) } else { None }
}

fn notice_if_open(file: &Path) -> Option<String> {
    let is_open = fs::metadata(file).is_ok_and(|found| is_open(&found));
    is_open.then(|| {
        format!(
            "{} holds secrets and can be read by everybody on this machine: `chmod o-r` it",
            file.display()
        )
    })
}

/// What the environment says. Names and values that are not UTF-8 cannot be ours.
pub(super) fn environment() -> Pairs {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}
