//! The HTTP API of Strongroom.
//!
//! This binary turns requests into calls of `service`, each through the database handle of `repository`, and answers into JSON. It
//! must never decide a rule of a system, never name a table, and never send or log what the database says.

mod app;
mod banner;
mod bot;
mod cache;
mod cli;
mod database;
mod export;
mod http;
mod kept_values;
mod market;
#[cfg(feature = "otel")]
mod otel;
mod pantry;
mod platform;
mod queue;
mod redis;
mod split;
mod state;
mod whatsapp;

use std::io::Write as _;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use clap::Parser as _;
use repository::{Actor, Database};
use runtime::{Settings, Target, telemetry};

use crate::http::limits::Limits;
use crate::http::tls::Tls;
use crate::redis::Redis;
use crate::state::State;

/// The longest that another process which migrates the embedded PostgreSQL is waited for.
const MIGRATION_WAIT: Duration = Duration::from_secs(60);

fn main() -> ExitCode {
    runtime::protect_memory();
    runtime::supervise_if_asked();
    match run(&cli::Flags::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Logging may not have started, and who typed the command reads plain text.
            let _ = writeln!(std::io::stderr(), "strongroom-api: {}", runtime::in_full(error.as_ref()));
            ExitCode::FAILURE
        }
    }
}

fn run(flags: &cli::Flags) -> anyhow::Result<()> {
    if flags.openapi {
        return Ok(writeln!(std::io::stdout(), "{:#}", http::docs::document(&app::SECTIONS)?)?);
    }
    let mut settings = Settings::load(flags.settings())?;
    // Nobody waits for a statement of a request that has been answered.
    let database = &mut settings.database;
    database.statement_timeout = database.statement_timeout.min(settings.http.request_timeout);
    start_telemetry(&settings)?;
    settings.notices.iter().for_each(|notice| tracing::warn!("{notice}"));
    let tls = settings.tls.clone().map(Tls::load).transpose()?;
    let metrics = platform::metrics::install()?;
    let target = Target::find(&settings)?;
    if target.is_embedded() {
        target.prepare_if_needed(MIGRATION_WAIT, |migration| tracing::info!(migration, "migrating"))?;
    }
    let database = target.connect(&settings, "strongroom api")?;
    if flags.sample_data {
        load_sample_data(&database)?;
    }
    let key = if target.is_embedded() { Some(banner::api_key(&database, &settings.data_dir)?) } else { None };
    if target.is_embedded() && settings.whatsapp.twilio_auth_tokens.is_empty() {
        settings.whatsapp.twilio_auth_tokens.push(banner::twilio_token(&settings.data_dir)?);
    }

    let redis = settings.redis.as_ref().map(Redis::new).transpose()?.map(Arc::new);
    let names = database.cipher().signer("rate_limit");
    let limits = Limits::new(&settings.limits, redis.clone(), names);
    let state = State::new(database, &settings, limits, redis)?;
    let served =
        actix_web::rt::System::new().block_on(app::serve(state, metrics, tls, &settings.http, |url| {
            banner::print_address(url)?;
            if let Some(key) = &key {
                banner::print(url, key, &settings.data_dir)?;
            }
            Ok(())
        }));
    #[cfg(feature = "otel")]
    otel::stop();
    served
}

/// Starts logs, and sending spans where a collector is named.
#[cfg(feature = "otel")]
fn start_telemetry(settings: &Settings) -> anyhow::Result<()> {
    match &settings.otlp_endpoint {
        Some(endpoint) => {
            otel::start(endpoint)?;
            telemetry::start_with(&settings.log, otel::layer());
        }
        None => telemetry::start(&settings.log),
    }
    Ok(())
}

/// Starts logs.
#[cfg(not(feature = "otel"))]
fn start_telemetry(settings: &Settings) -> anyhow::Result<()> {
    telemetry::start(&settings.log);
    if settings.otlp_endpoint.is_some() {
        tracing::warn!(
            "OTEL_EXPORTER_OTLP_ENDPOINT has no effect: this program is built without the feature otel"
        );
    }
    Ok(())
}

fn load_sample_data(database: &Database) -> anyhow::Result<()> {
    let loaded =
        database.write("platform.load_sample_data", &Actor::system(), service::system::load_sample_data);
    if loaded.context("the sample data was not loaded")? {
        tracing::info!("sample data loaded");
    }
    Ok(())
}
