//! The page at `/metrics`.

use actix_web::web::Data;
use metrics_exporter_prometheus::PrometheusHandle;

use crate::http::{ApiError, Caller, File, MediaType, PlatformAdmin, Routes, add_routes};

/// Adds the route.
pub(crate) fn routes(routes: &mut Routes) {
    add_routes!(routes, "platform service": get_metrics);
}

struct PrometheusText;

impl MediaType for PrometheusText {
    const NAME: &'static str = "text/plain; version=0.0.4; charset=utf-8";
    const ABOUT: &'static str = "Prometheus text";
}

/// Figures of requests, database and pool in Prometheus' text format. Needs the scope `platform:admin`: configure the
/// key as bearer token of the scrape.
#[utoipa::path(get, path = "/metrics")]
async fn get_metrics(
    caller: Caller<PlatformAdmin>,
    handle: Data<PrometheusHandle>,
) -> Result<File<PrometheusText>, ApiError> {
    let state = caller.state();
    let readiness = state.readiness.get(&state.database, state.redis.as_deref(), &state.bot).await;
    let (database, pool) = (&state.database, state.database.pool_figures());
    for (name, value) in [
        ("database_connections_active", pool.checked_out),
        ("database_pool_size", pool.pool_size),
        ("database_pool_max_connections", database.connections()),
        ("database_pool_checked_in", pool.checked_in),
        ("database_pool_checked_out", pool.checked_out),
        ("database_pool_overflow", pool.overflow),
        ("database_queue_waiting", database.waiting()),
        ("service_ready", u32::from(readiness.is_ready())),
    ] {
        metrics::gauge!(name).set(f64::from(value));
    }
    handle.run_upkeep();
    Ok(File::new(handle.render()))
}
