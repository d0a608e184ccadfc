//! The command line. Every flag is a setting, but for `--sample-data` and `--openapi`.

use clap::Parser;

/// Serves the Strongroom API over HTTP.
///
/// Settings come from config/config.yaml, .env, the environment and these flags, later ones winning; `db-manage config
/// show` lists them all.
#[derive(Debug, Parser)]
#[command(name = "strongroom-api", version)]
pub(crate) struct Flags {
    /// Address to listen on [default: 127.0.0.1]
    #[arg(long, value_name = "ADDRESS")]
    host: Option<String>,
    /// Port to listen on; 0 takes a free one [default: 8080]
    #[arg(long, value_name = "NUMBER")]
    port: Option<String>,
    /// Where the embedded PostgreSQL and its keys are kept [default: .strongroom]
    #[arg(long, value_name = "DIRECTORY")]
    data_dir: Option<String>,
    /// The database; without one, the embedded PostgreSQL is used
    #[arg(long, value_name = "URL")]
    database_url: Option<String>,
    /// What is logged: error, warn, info, debug or trace
    #[arg(long, value_name = "LEVEL")]
    log_level: Option<String>,
    /// How it is logged: human or json
    #[arg(long, value_name = "FORMAT")]
    log_format: Option<String>,
    /// Load sample data first, unless there is data already
    #[arg(long)]
    pub(crate) sample_data: bool,
    /// Print the OpenAPI document and exit; this needs no database
    #[arg(long)]
    pub(crate) openapi: bool,
}

impl Flags {
    /// What was given, as settings.
    pub(crate) fn settings(&self) -> Vec<(&'static str, String)> {
        [
            ("HOST", &self.host),
            ("PORT", &self.port),
            ("DATA_DIR", &self.data_dir),
            ("DATABASE_URL", &self.database_url),
            ("LOG_LEVEL", &self.log_level),
            ("LOG_FORMAT", &self.log_format),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value.clone()?)))
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;
    use runtime::settings::Setting;

    use super::*;

    #[test]
    fn every_flag_is_a_setting() {
        Flags::command().debug_assert();
        let flags = Flags::parse_from(["x", "--port", "0", "--data-dir", "d", "--sample-data"]);
        assert_eq!(flags.settings(), [("PORT", "0".to_owned()), ("DATA_DIR", "d".to_owned())]);
        let is_setting =
            |argument: &&clap::Arg| !["sample_data", "openapi"].contains(&argument.get_id().as_str());
        for argument in Flags::command().get_arguments().filter(is_setting) {
            let name = argument.get_id().as_str().to_uppercase();
            assert!(Setting::find(&name).is_some(), "{name}");
        }
    }
}
