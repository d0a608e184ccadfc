//! The one log line and the figures of every request. Both name the route, never the path, which a client chooses.

use std::time::Instant;

use actix_web::body::{BodySize, BoxBody, MessageBody as _};
use actix_web::dev::ServiceResponse;
use actix_web::http::{Method, StatusCode};

use crate::http::context::RequestContext;
use crate::platform::metrics;

/// What log filters know these lines by.
const TARGET: &str = "strongroom::access";

/// Routes that are asked for every few seconds by whoever watches the process. Their successes are logged at `debug`.
const WATCHED: [&str; 3] = ["/livez", "/readyz", "/metrics"];

/// A request that is being answered. When it is dropped before, because the client has gone away or the process stops,
/// it is logged and counted as aborted.
pub(crate) struct Pending {
    context: RequestContext,
    method: &'static str,
    arrived: Instant,
    is_over: bool,
}

impl Pending {
    pub(crate) fn begin(context: RequestContext, method: &Method) -> Self {
        metrics::in_flight(1.0);
        Self { context, method: metrics::known_method(method), arrived: Instant::now(), is_over: false }
    }

    /// The answer is ready to be sent.
    pub(crate) fn answered(mut self, response: &ServiceResponse<BoxBody>) {
        let status = response.status();
        let bytes = match response.response().body().size() {
            BodySize::Sized(bytes) => Some(bytes),
            BodySize::None => Some(0),
            BodySize::Stream => None,
        };
        self.end(Some(status));
        let (method, route, micros) = (self.method, self.route(), self.micros());
        let actor = self.context.actor().map(tracing::field::display);
        let status = status.as_u16();
        if WATCHED.contains(&route) && status < 400 {
            tracing::debug!(target: TARGET, method, route, status, bytes, micros, actor, "answered");
        } else {
            tracing::info!(target: TARGET, method, route, status, bytes, micros, actor, "answered");
        }
    }

    fn end(&mut self, status: Option<StatusCode>) {
        self.is_over = true;
        metrics::in_flight(-1.0);
        let took = self.arrived.elapsed();
        let name = status.as_ref().map_or("aborted", StatusCode::as_str);
        metrics::count_request(self.method, self.context.route(), name, took);
        #[cfg(feature = "otel")]
        crate::otel::request(&self.context.trace(), self.method, self.route(), status, took);
    }

    fn route(&self) -> &str {
        self.context.route().map_or("unmatched", |route| route)
    }

    fn micros(&self) -> u64 {
        u64::try_from(self.arrived.elapsed().as_micros()).unwrap_or(u64::MAX)
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        if self.is_over {
            return;
        }
        self.end(None);
        let actor = self.context.actor().map(tracing::field::display);
        tracing::info!(target: TARGET, method = self.method, route = self.route(), micros = self.micros(), actor, "aborted");
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;
    use std::io;
    use std::sync::{Arc, Mutex};

    use actix_web::dev::Service as _;
    use actix_web::middleware::from_fn;
    use actix_web::{App, HttpResponse, rt, test, web};

    use crate::http::request;

    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Log {
        fn write(&mut self, text: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(text)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// What is logged of a request whose handler never ends, when its client goes away.
    async fn log_of_aborted() -> String {
        let log = Log::default();
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(move || writer.clone());
        let _here = tracing::subscriber::set_default(subscriber.finish());

        let app = App::new()
            .wrap(from_fn(request::middleware))
            .route("/livez", web::get().to(pending::<HttpResponse>));
        let app = test::init_service(app).await;
        let request = test::TestRequest::get().uri("/livez").insert_header(("x-request-id", "gone"));
        let answer = rt::spawn(app.call(request.to_request()));
        rt::task::yield_now().await;
        answer.abort();
        assert!(answer.await.unwrap_err().is_cancelled());
        let log = log.0.lock().unwrap().clone();
        String::from_utf8(log).unwrap()
    }

    #[actix_web::test]
    async fn a_request_whose_client_goes_away_has_its_line_too() {
        let log = log_of_aborted().await;
        assert_eq!(log.lines().count(), 1, "{log}");
        assert!(
            log.contains("id=\"gone\"") && log.contains("aborted method=\"GET\" route=\"/livez\""),
            "{log}"
        );
    }
}
