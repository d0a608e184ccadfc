//! The application: its routes, and the server that runs it until it is told to stop.

use std::sync::Arc;
use std::time::Duration;

use actix_web::middleware::from_fn;
use actix_web::{App, HttpServer, rt, web};
use anyhow::Context as _;
use metrics_exporter_prometheus::PrometheusHandle;
use runtime::settings::HttpSettings;
use tokio::signal::unix::{SignalKind, signal};

use crate::http::connections::{self, ConnectionLimit};
use crate::http::input::BodyMemory;
use crate::http::route_table::RouteTable;
use crate::http::tls::Tls;
use crate::http::{Routes, Section, auth, cors, docs, not_found, request};
use crate::platform::document::{self, DocumentText};
use crate::platform::{checkpoints, housekeeping, metrics};
use crate::state::State;
use crate::{export, market, pantry, platform, split, whatsapp};

/// The longest that running requests may take once the process was told to stop.
const DRAIN: Duration = Duration::from_secs(10);

/// The longest that the head of a request may take to arrive.
const HEAD: Duration = Duration::from_secs(5);

/// The longest that a client may go on sending a body after its answer. A connection that is closed at once is reset, and
/// the client may never read the answer.
const LINGER: Duration = Duration::from_secs(3);

/// Bytes of bodies that a client may send over HTTP/2 before they are read.
const UNREAD: u32 = 256 * 1024;

/// All sections of the API.
pub(crate) const SECTIONS: [&Section; 6] = [
    &platform::SECTION,
    &split::SECTION,
    &export::SECTION,
    &pantry::SECTION,
    &whatsapp::SECTION,
    &market::SECTION,
];

/// Serves until SIGTERM or SIGINT, then lets running requests finish. Calls `listening` with the URL, as soon as
/// connections are accepted there.
pub(crate) async fn serve(
    state: State,
    metrics: PrometheusHandle,
    tls: Option<Tls>,
    http: &HttpSettings,
    listening: impl FnOnce(&str) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let routes = Arc::new(Routes::of(&SECTIONS));
    let state = web::Data::new(state);
    let (table, text) = {
        let document = docs::document(&SECTIONS)?;
        (RouteTable::of(&document, &document::PAGES)?, DocumentText::of(&document))
    };
    let (table, text) = (web::Data::new(table), web::Data::new(text));
    let metrics = web::Data::new(metrics);
    let body_memory = web::Data::new(BodyMemory::new(http.body_memory));

    let in_background = [
        rt::spawn(housekeeping::run(state.clone())),
        rt::spawn(checkpoints::run(state.clone())),
        rt::spawn(metrics::upkeep(metrics.clone())),
        rt::spawn(keep_redis_connected(state.clone())),
    ];
    if let Some(redis) = &state.redis {
        redis.tried().await;
    }
    let app = {
        let (state, origins) = (state.clone(), http.cors_origins.clone());
        move || {
            let routes = Arc::clone(&routes);
            App::new()
                // The last of them is the outermost.
                .wrap(from_fn(auth::middleware::middleware))
                .wrap(cors::middleware(&origins))
                .wrap(from_fn(request::middleware))
                .app_data(state.clone())
                .app_data(table.clone())
                .app_data(text.clone())
                .app_data(metrics.clone())
                .app_data(body_memory.clone())
                .configure(|config| routes.register(config))
                .configure(document::pages)
                .default_service(web::to(not_found::handler))
        }
    };
    let limit = ConnectionLimit::of_process(http.max_connections);
    let server = HttpServer::new(app)
        .workers(limit.workers)
        .max_connections(limit.of_each_worker)
        .on_connect(connections::watch)
        .h2_initial_window_size(UNREAD)
        .h2_initial_connection_window_size(UNREAD)
        .client_request_timeout(HEAD)
        .client_disconnect_timeout(LINGER)
        .shutdown_timeout(DRAIN.as_secs())
        .shutdown_signal(told_to_stop()?);
    let (host, port) = (http.host.as_str(), http.port);
    let (scheme, bound) = match tls {
        None => ("http", server.bind((host, port))),
        Some(tls) => {
            let bound = server.tls_handshake_timeout(HEAD).bind_rustls_0_23((host, port), tls.config()?);
            rt::spawn(tls.reload_when_told());
            ("https", bound)
        }
    };
    let server = bound.with_context(|| {
        format!("could not listen on {host}:{port}; HOST and PORT choose another address")
    })?;
    let address = server.addrs().first().copied().context("there is no address to listen on")?;
    let server = server.run();
    listening(&format!("{scheme}://{address}"))?;
    server.await?;
    in_background.iter().for_each(|task| task.abort());
    tracing::info!("stopped");
    Ok(())
}

async fn keep_redis_connected(state: web::Data<State>) {
    if let Some(redis) = &state.redis {
        redis.keep_connected(&state.kept_values).await;
    }
}

/// Completes at the first SIGTERM or SIGINT. The second one ends the process at once: whoever presses Ctrl-C twice means
/// it.
fn told_to_stop() -> anyhow::Result<impl Future<Output = ()> + Send + 'static> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut signalled = async move || {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    };
    Ok(async move {
        signalled().await;
        tracing::info!("stopping: running requests have {} s to finish", DRAIN.as_secs());
        tokio::spawn(async move {
            signalled().await;
            std::process::exit(1);
        });
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::http::error::codes;

    #[test]
    fn every_operation_has_a_name_a_problem_and_its_security() {
        let document = docs::document(&SECTIONS).unwrap();
        let mut ids = BTreeSet::new();
        for (path, item) in document["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                assert!(ids.insert(operation["operationId"].as_str().unwrap()), "{method} {path}");
                assert!(operation["responses"]["default"].is_object(), "{method} {path}");
                assert!(!operation["security"].as_array().unwrap().is_empty(), "{method} {path}");
            }
        }
        assert!(ids.contains("platform_get_metrics") && ids.contains("split_create_contact"));
    }

    #[test]
    fn the_document_is_openapi_3_1_and_lists_every_code() {
        let document = docs::document(&SECTIONS).unwrap();
        assert_eq!(document["openapi"], "3.1.0");
        assert_eq!(document["components"]["securitySchemes"]["api_key"]["scheme"], "bearer");
        let description = document["info"]["description"].as_str().unwrap();
        assert!(codes::all().all(|kind| description.contains(&format!("| `{}` |", kind.code))));
    }
}
