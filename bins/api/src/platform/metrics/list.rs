//! The list of metrics. What Prometheus is told of them and `docs/metrics.md` both derive from it.

use metrics::Unit;

/// One metric, whichever layer counts it.
pub(super) struct Metric {
    /// Its name: what it is about, what is counted, and in which unit.
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    /// Their values come from short lists: never a path, an id or anything of a person.
    #[cfg_attr(not(test), expect(dead_code, reason = "only the documentation lists them"))]
    pub(super) labels: &'static [&'static str],
    pub(super) about: &'static str,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Counter,
    Gauge,
    Histogram,
}

const fn counter(name: &'static str, labels: &'static [&'static str], about: &'static str) -> Metric {
    Metric { name, kind: Kind::Counter, labels, about }
}

const fn gauge(name: &'static str, labels: &'static [&'static str], about: &'static str) -> Metric {
    Metric { name, kind: Kind::Gauge, labels, about }
}

const fn histogram(name: &'static str, labels: &'static [&'static str], about: &'static str) -> Metric {
    Metric { name, kind: Kind::Histogram, labels, about }
}

/// Every metric there is, in the order of the documentation.
#[rustfmt::skip]
pub(super) static METRICS: &[Metric] = &[
    // HTTP
    counter("http_requests_total", &["method", "route", "status"], "Requests. `route` is the pattern, never the path; `status` is `aborted` where the client went away before the answer"),
    histogram("http_request_duration_seconds", &["method", "route"], "How long they took, waiting in line included"),
    gauge("http_requests_in_flight", &[], "Requests that are being answered"),
    // The database handle
    counter("database_queries_total", &["type", "operation"], "Calls of the database; `type` is `read` or `write`, a `write` is one transaction"),
    histogram("database_query_duration_seconds", &["type", "operation"], "How long they took, retries included"),
    counter("database_errors_total", &["type", "operation"], "Calls that failed through no fault of the request"),
    counter("database_retries_total", &["operation"], "Runs of a call beyond its first, after a deadlock, a serialisation failure or a lost connection"),
    counter("database_in_doubt_commits_total", &["operation"], "Commits whose answer was lost with the connection: they may have been made or not"),
    counter("database_slow_statements_total", &["operation"], "Statements that took longer than `DATABASE_SLOW_STATEMENT`"),
    // Pool and queue
    gauge("database_connections_active", &[], "Connections in use"),
    gauge("database_pool_size", &[], "Connections that are kept open (`DATABASE_POOL_SIZE`)"),
    gauge("database_pool_max_connections", &[], "Connections that may be open at a time, overflow included"),
    gauge("database_pool_checked_in", &[], "Connections that are open and idle"),
    gauge("database_pool_checked_out", &[], "Connections in use"),
    gauge("database_pool_overflow", &[], "Connections that are open beyond the pool's size"),
    gauge("database_queue_waiting", &[], "Requests that wait for their turn at the database"),
    // Sealed columns
    counter("codec_seals_total", &[], "Values that were sealed"),
    counter("codec_opens_total", &[], "Sealed values that were opened"),
    counter("codec_open_failures_total", &["column"], "Sealed values that did not open: a key is missing, or the data was changed"),
    // The audit log
    counter("audit_rows_sealed_total", &[], "Rows of the audit log that this process sealed"),
    // Rate limits, Redis and the cache
    counter("rate_limit_decisions_total", &["kind", "outcome"], "Requests that counted for a rate limit; `kind` is `api_key`, `end_user`, `address` or `named`, `outcome` is `admitted` or `refused`"),
    gauge("redis_connected", &[], "1 while Redis answers in time, else 0; not there where no Redis is set"),
    counter("redis_fallbacks_total", &["reason"], "What the process did by itself: Redis was `away`, answered `timeout`, or `failed`"),
    histogram("redis_request_duration_seconds", &[], "How long Redis took"),
    counter("cache_requests_total", &["kind", "result"], "Look-ups in the cache; `result` is `memory`, `redis` or `miss`"),
    // The process
    gauge("service_info", &["version"], "Always 1"),
    gauge("service_ready", &[], "1 when the service can serve, as `/readyz` says, else 0"),
    gauge("housekeeping_last_success_timestamp_seconds", &["task"], "When this process last did it, in seconds since 1970"),
    counter("housekeeping_failures_total", &["task"], "Runs of it that failed"),
];

impl Kind {
    /// As Prometheus calls it.
    #[cfg(test)]
    const fn name(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
        }
    }
}

/// Tells the recorder of all of them.
pub(super) fn describe() {
    for &Metric { name, kind, about, .. } in METRICS {
        match kind {
            Kind::Counter => metrics::describe_counter!(name, Unit::Count, about),
            Kind::Gauge => metrics::describe_gauge!(name, about),
            Kind::Histogram => metrics::describe_histogram!(name, Unit::Seconds, about),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn as_markdown() -> String {
        let head = "| name | type | labels | |\n|---|---|---|---|\n".to_owned();
        METRICS.iter().fold(head, |page, Metric { name, kind, labels, about }| {
            let labels: Vec<String> = labels.iter().map(|label| format!("`{label}`")).collect();
            format!("{page}| `{name}` | {} | {} | {about} |\n", kind.name(), labels.join(", "))
        })
    }

    #[test]
    fn the_page_of_the_book_is_current() {
        let (page, table) = (include_str!("../../../../../docs/metrics.md"), as_markdown());
        assert!(page.contains(&table), "docs/metrics.md should have this table:\n\n{table}");
    }

    #[test]
    fn names_say_what_is_counted_in_which_unit() {
        for Metric { name, kind, .. } in METRICS {
            assert_eq!(name.ends_with("_total"), *kind == Kind::Counter, "{name}");
            assert_eq!(name.ends_with("_duration_seconds"), *kind == Kind::Histogram, "{name}");
        }
    }
}
