//! Figures for Prometheus, at `/metrics`.

mod list;
pub(super) mod page;

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use actix_web::http::Method;
use actix_web::{rt, web};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

/// Upper bounds of the buckets of durations, in seconds.
const BUCKETS: [f64; 14] =
    [0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// How often durations are put into their buckets. Until then each takes memory of its own.
const UPKEEP: Duration = Duration::from_secs(5);

/// Collects what all layers count from now on. To be called once.
pub(crate) fn install() -> anyhow::Result<PrometheusHandle> {
    let handle = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_duration_seconds".to_owned()), &BUCKETS)?
        .install_recorder()?;
    list::describe();
    metrics::gauge!("service_info", "version" => env!("CARGO_PKG_VERSION")).set(1.0);
    Ok(handle)
}

/// Keeps the figures small, also when nobody asks for them, for as long as the process lives.
pub(crate) async fn upkeep(handle: web::Data<PrometheusHandle>) {
    loop {
        rt::time::sleep(UPKEEP).await;
        handle.run_upkeep();
    }
}

/// Counts an answered request. `route` is the pattern, so that the number of series stays small.
pub(crate) fn count_request(method: &'static str, route: Option<&Arc<str>>, status: &str, took: Duration) {
    let route = || match route {
        Some(route) => metrics::SharedString::from(Arc::clone(route)),
        None => metrics::SharedString::from("unmatched"),
    };
    metrics::counter!("http_requests_total", "method" => method, "route" => route(), "status" => status.to_owned())
        .increment(1);
    metrics::histogram!("http_request_duration_seconds", "method" => method, "route" => route())
        .record(took.as_secs_f64());
}

/// The method's name; one word for all that nobody knows, because clients can make up any number of them.
pub(crate) fn known_method(method: &Method) -> &'static str {
    const KNOWN: [&str; 7] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];
    KNOWN.into_iter().find(|known| *known == method.as_str()).unwrap_or("other")
}

/// One request more or less is being answered.
pub(crate) fn in_flight(change: f64) {
    metrics::gauge!("http_requests_in_flight").increment(change);
}

/// A task of housekeeping was done, or was not.
pub(crate) fn housekeeping(task: &'static str, done: bool) {
    if !done {
        return metrics::counter!("housekeeping_failures_total", "task" => task).increment(1);
    }
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    metrics::gauge!("housekeeping_last_success_timestamp_seconds", "task" => task).set(now.as_secs_f64());
}
