//! Logs: one set-up for both binaries, on standard error, so that standard output stays for answers.

use std::io::IsTerminal as _;
use std::panic;

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Directive;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::{EnvFilter, Layer, Registry, fmt};

use crate::settings::LogSettings;

/// Starts logging, and makes panics log lines that hold no data. To be called once.
pub fn start(settings: &LogSettings) {
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter(settings))
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    // Only a second call can fail, and the first one's subscriber serves as well.
    let _ = if settings.json {
        tracing::subscriber::set_global_default(subscriber.json().flatten_event(true).finish())
    } else {
        tracing::subscriber::set_global_default(subscriber.finish())
    };
    log_panics();
}

/// The same with one more layer, which sees what it asks for whatever the settings say of logs.
pub fn start_with<L: Layer<Registry> + Send + Sync>(settings: &LogSettings, layer: L) {
    let lines = fmt::layer().with_writer(std::io::stderr).with_ansi(std::io::stderr().is_terminal());
    let subscriber = Registry::default().with(layer);
    let _ = if settings.json {
        let lines = lines.json().flatten_event(true).with_filter(filter(settings));
        tracing::subscriber::set_global_default(subscriber.with(lines))
    } else {
        tracing::subscriber::set_global_default(subscriber.with(lines.with_filter(filter(settings))))
    };
    log_panics();
}

fn log_panics() {
    panic::set_hook(Box::new(|panic| {
        // The message may quote a value: an index out of range prints the text it was meant for. The place is enough.
        let place = panic.location().map_or_else(|| "unknown".to_owned(), ToString::to_string);
        tracing::error!(place, "a thread panicked");
    }));
}

/// Which messages pass. The level of the settings is for our own; other crates may log what they handle, headers and
/// bodies among it, so from them nothing below `info` ever passes.
fn filter(settings: &LogSettings) -> EnvFilter {
    let level: LevelFilter = settings.level.parse().unwrap_or(LevelFilter::INFO);
    let ours = |target: &str, level: LevelFilter| format!("{target}={level}").parse::<Directive>().ok();
    let echo = |on: bool| if on { LevelFilter::DEBUG } else { level.min(LevelFilter::INFO) };
    [
        ours("strongroom", level),
        ours("db_manage", level),
        // It tells of its workers and sockets at `info`, which nobody asked for.
        ours("actix_server", level.min(LevelFilter::WARN)),
        ours("strongroom::sql", echo(settings.statements)),
        ours("strongroom::pool", echo(settings.pool)),
    ]
    .into_iter()
    .flatten()
    .fold(EnvFilter::new(level.min(LevelFilter::INFO).to_string()), EnvFilter::add_directive)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passes(level: &str, statements: bool) -> String {
        filter(&LogSettings { level: level.into(), json: false, statements, pool: false }).to_string()
    }

    #[test]
    fn other_crates_never_pass_below_info() {
        for (level, others) in
            [("trace", "info"), ("debug", "info"), ("info", "info"), ("warn", "warn"), ("error", "error")]
        {
            let filter = passes(level, true);
            assert!(filter.split(',').any(|directive| directive == others), "{filter}");
            assert!(filter.contains(&format!("strongroom={level}")), "{filter}");
        }
    }

    #[test]
    fn statements_are_logged_when_asked_for_and_only_then() {
        assert!(passes("info", true).contains("strongroom::sql=debug"));
        assert!(passes("warn", true).contains("strongroom::sql=debug"));
        assert!(passes("trace", false).contains("strongroom::sql=info"));
    }
}
