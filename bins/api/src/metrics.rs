//! Figures for Prometheus, at `/metrics`.

use std::time::Duration;

use actix_web::http::Method;
use actix_web::{HttpResponse, get, web};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

use crate::auth::{Caller, PlatformAdmin};
use crate::error::ApiError;
use crate::error::responses::NeedsKey;
use crate::state::State;

/// Upper bounds of the buckets of durations, in seconds.
const BUCKETS: [f64; 14] =
    [0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// Collects what all layers count from now on. To be called once.
pub(crate) fn install() -> anyhow::Result<PrometheusHandle> {
    let handle = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_duration_seconds".to_owned()), &BUCKETS)?
        .install_recorder()?;
    describe();
    Ok(handle)
}

fn describe() {
    use metrics::Unit::{Count, Seconds};
    metrics::describe_counter!(
        "database_queries_total",
        Count,
        "Calls of the database by type and operation"
    );
    metrics::describe_histogram!("database_query_duration_seconds", Seconds, "Duration of those calls");
    metrics::describe_counter!(
        "database_errors_total",
        Count,
        "Those that failed through no fault of the request"
    );
    metrics::describe_counter!("database_retries_total", Count, "Runs of a call beyond its first");
    metrics::describe_gauge!("database_connections_active", Count, "Connections in use");
    metrics::describe_gauge!("database_pool_size", Count, "Connections that are kept open");
    metrics::describe_gauge!("database_pool_checked_in", Count, "Connections that are open and idle");
    metrics::describe_gauge!("database_pool_checked_out", Count, "Connections in use");
    metrics::describe_gauge!("database_pool_overflow", Count, "Connections open beyond the pool's size");
    metrics::describe_gauge!("database_queue_waiting", Count, "Requests that wait for the database");
    metrics::describe_counter!("http_requests_total", Count, "Requests by method, route and status");
    metrics::describe_histogram!(
        "http_request_duration_seconds",
        Seconds,
        "Duration of requests by method and route"
    );
    metrics::describe_gauge!("http_requests_in_flight", Count, "Requests that are being answered");
}

/// Counts an answered request. `route` is the pattern, so that the number of series stays small.
pub(crate) fn count_request(method: &'static str, route: &str, status: u16, took: Duration) {
    let route = route.to_owned();
    metrics::counter!("http_requests_total", "method" => method, "route" => route.clone(), "status" => status.to_string())
        .increment(1);
    metrics::histogram!("http_request_duration_seconds", "method" => method, "route" => route)
        .record(took.as_secs_f64());
}

/// The method's name; one word for all that nobody knows, because clients can make up any number of them.
pub(crate) fn known_method(method: &Method) -> &'static str {
    const KNOWN: [&str; 7] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];
    KNOWN.into_iter().find(|known| *known == method.as_str()).unwrap_or("other")
}

/// A request that is being answered, for as long as this lives.
pub(crate) struct InFlight;

impl InFlight {
    pub(crate) fn begin() -> Self {
        metrics::gauge!("http_requests_in_flight").increment(1);
        Self
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        metrics::gauge!("http_requests_in_flight").decrement(1);
    }
}

/// Figures of requests, database and pool in Prometheus' text format. Needs the scope `platform:admin`: configure the
/// key as bearer token of the scrape.
#[utoipa::path(
    tag = "platform",
    responses((status = 200, description = "Prometheus text", body = String, content_type = "text/plain"), NeedsKey),
    security(("api_key" = ["platform:admin"]))
)]
#[get("/metrics")]
pub(crate) async fn metrics_page(
    _caller: Caller<PlatformAdmin>,
    state: web::Data<State>,
    handle: web::Data<PrometheusHandle>,
) -> Result<HttpResponse, ApiError> {
    let pool = state.pool_figures();
    for (name, value) in [
        ("database_connections_active", pool.checked_out),
        ("database_pool_size", pool.pool_size),
        ("database_pool_checked_in", pool.checked_in),
        ("database_pool_checked_out", pool.checked_out),
        ("database_pool_overflow", pool.overflow),
        ("database_queue_waiting", state.waiting()),
    ] {
        metrics::gauge!(name).set(f64::from(value));
    }
    handle.run_upkeep();
    Ok(HttpResponse::Ok().content_type("text/plain; version=0.0.4; charset=utf-8").body(handle.render()))
}
