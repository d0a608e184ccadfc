//! Spans for an OpenTelemetry collector, sent to it as OTLP over HTTP.
//!
//! Two kinds: a request, and each call of the database within, which the database handle opens as a `tracing` span. What they say
//! is written out here, so that nothing of a person can slip in: method, route, status, and the operation's name.

use std::borrow::Cow;
use std::future::{Future, ready};
use std::pin::Pin;
use std::sync::OnceLock;
use std::time::{Duration, SystemTime};

use actix_web::http::StatusCode;
use anyhow::{Context as _, ensure};
use opentelemetry::trace::{SpanContext, SpanId, SpanKind, Status, TraceFlags, TraceId, TraceState};
use opentelemetry::{InstrumentationScope, Key, KeyValue};
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{BatchSpanProcessor, SpanData, SpanProcessor as _};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id};
use tracing::{Metadata, Span, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::{LookupSpan, Registry};

use crate::http::trace::{self, Trace};

/// Where spans go, once [`start`] was called. One for the process, as logs and metrics have one.
static PROCESSOR: OnceLock<BatchSpanProcessor> = OnceLock::new();

/// The longest that the last spans are waited for when the process stops.
const FLUSH: Duration = Duration::from_secs(5);

/// The longest that a collector may take to answer.
const ANSWER: Duration = Duration::from_secs(10);

/// In bytes.
const LONGEST_ANSWER: u64 = 64 * 1024;

/// Sends spans to the collector at `endpoint` from now on. How many at a time and how often, with which headers, and
/// as which resource is read by the library from the `OTEL_…` variables of the standard.
pub(crate) fn start(endpoint: &str) -> anyhow::Result<()> {
    // Who sends has no certificates: a collector belongs beside the service, and speaks TLS to what is farther away.
    ensure!(
        endpoint.starts_with("http://"),
        "OTEL_EXPORTER_OTLP_ENDPOINT must begin with http://: let a collector beside this service speak TLS"
    );
    let exporter = SpanExporter::builder()
        .with_http()
        .with_http_client(Client::new())
        .with_endpoint(format!("{}/v1/traces", endpoint.trim_end_matches('/')))
        .build()
        .context("OTEL_EXPORTER_OTLP_ENDPOINT is no address of a collector")?;
    let mut processor = BatchSpanProcessor::builder(exporter).build();
    processor.set_resource(&resource());
    // Only a second call can find it set, and the first one's serves as well.
    let _ = PROCESSOR.set(processor);
    Ok(())
}

/// Who sends, by `OTEL_SERVICE_NAME` and `OTEL_RESOURCE_ATTRIBUTES`, else by our own name.
fn resource() -> Resource {
    let version = KeyValue::new("service.version", env!("CARGO_PKG_VERSION"));
    let given = Resource::builder().with_attribute(version.clone()).build();
    let name = given.get(&Key::new("service.name"));
    match name {
        Some(name) if !name.as_str().starts_with("unknown_service") => given,
        _ => Resource::builder().with_attribute(version).with_service_name("strongroom-api").build(),
    }
}

/// Whether spans are sent.
pub(crate) fn is_on() -> bool {
    PROCESSOR.get().is_some()
}

/// Sends what is left. To be called when the last request has been answered.
pub(crate) fn stop() {
    if let Some(processor) = PROCESSOR.get()
        && let Err(error) = processor.shutdown_with_timeout(FLUSH)
    {
        tracing::warn!(%error, "the last spans were not sent");
    }
}

/// Tells the calls of the database within `span` which trace they belong to.
pub(crate) fn attach(span: &Span, trace: Trace) {
    span.with_subscriber(|(id, dispatch)| {
        let registry = dispatch.downcast_ref::<Registry>();
        if let Some(span) = registry.and_then(|registry| registry.span(id)) {
            span.extensions_mut().insert(trace);
        }
    });
}

/// Sends the span of a request that was answered, or aborted where there is no status.
pub(crate) fn request(
    trace: &Trace,
    method: &'static str,
    route: &str,
    status: Option<StatusCode>,
    took: Duration,
) {
    let mut attributes =
        vec![KeyValue::new("http.request.method", method), KeyValue::new("http.route", route.to_owned())];
    attributes
        .extend(status.map(|status| KeyValue::new("http.response.status_code", i64::from(status.as_u16()))));
    let failed = status.is_none_or(|status| status.is_server_error());
    let parent = trace.parent();
    send(trace, || SpanData {
        parent_span_is_remote: parent.is_some(),
        span_kind: SpanKind::Server,
        status: if failed { Status::error("") } else { Status::Unset },
        ..span(trace, trace.span(), parent, format!("{method} {route}").into(), took, attributes.clone())
    });
}

/// Sends a span if somebody wants those of its trace.
fn send(trace: &Trace, span: impl FnOnce() -> SpanData) {
    if let Some(processor) = PROCESSOR.get().filter(|_| trace.is_sampled()) {
        processor.on_end(span());
    }
}

fn span(
    trace: &Trace,
    id: u64,
    parent: Option<u64>,
    name: Cow<'static, str>,
    took: Duration,
    attributes: Vec<KeyValue>,
) -> SpanData {
    let end_time = SystemTime::now();
    SpanData {
        span_context: SpanContext::new(
            TraceId::from(trace.number()),
            SpanId::from(id),
            TraceFlags::SAMPLED,
            false,
            TraceState::default(),
        ),
        parent_span_id: parent.map_or(SpanId::INVALID, SpanId::from),
        parent_span_is_remote: false,
        span_kind: SpanKind::Internal,
        name,
        start_time: end_time.checked_sub(took).unwrap_or(end_time),
        end_time,
        attributes,
        dropped_attributes_count: 0,
        events: Default::default(),
        links: Default::default(),
        status: Status::Unset,
        instrumentation_scope: InstrumentationScope::builder("strongroom").build(),
    }
}

/// What follows the calls of the database. It sees no other spans, and no events at all.
pub(crate) fn layer<S>() -> impl Layer<S>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    let is_ours =
        |metadata: &Metadata<'_>| metadata.is_span() && matches!(metadata.name(), "request" | "database");
    Calls.with_filter(filter_fn(is_ours))
}

/// Sends a span for every call of the database.
pub(crate) struct Calls;

/// A call that is going on.
struct Call {
    trace: Trace,
    began: SystemTime,
    operation: String,
    kind: String,
}

impl Visit for Call {
    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "operation" => value.clone_into(&mut self.operation),
            "kind" => value.clone_into(&mut self.kind),
            _ => {}
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn std::fmt::Debug) {}
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Calls {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id).filter(|span| span.name() == "database") else { return };
        let request = span.scope().skip(1).find_map(|outer| outer.extensions().get::<Trace>().copied());
        // What the service does by itself belongs to no trace.
        if let Some(trace) = request.filter(Trace::is_sampled) {
            let began = SystemTime::now();
            let mut call = Call { trace, began, operation: String::new(), kind: String::new() };
            attributes.record(&mut call);
            span.extensions_mut().insert(call);
        }
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        let call = context.span(&id).and_then(|span| span.extensions_mut().remove::<Call>());
        let Some(Call { trace, began, operation, kind }) = call else { return };
        send(&trace, || {
            let attributes = vec![
                KeyValue::new("db.system.name", "postgresql"),
                KeyValue::new("db.operation.name", operation.clone()),
                KeyValue::new("strongroom.call.type", kind),
            ];
            let (id, parent) = (trace::new_span(), Some(trace.span()));
            let took = began.elapsed().unwrap_or_default();
            SpanData {
                span_kind: SpanKind::Client,
                ..span(&trace, id, parent, operation.into(), took, attributes)
            }
        });
    }
}

/// Sends over HTTP from the exporter's own thread, which may block.
#[derive(Debug)]
struct Client(ureq::Agent);

impl Client {
    fn new() -> Self {
        let config = ureq::Agent::config_builder().http_status_as_error(false).timeout_global(Some(ANSWER));
        Self(config.build().into())
    }

    fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let (head, body) = self.0.run(request.map(|body| body.to_vec()))?.into_parts();
        let body = body.into_with_config().limit(LONGEST_ANSWER).read_to_vec()?;
        Ok(Response::from_parts(head, body.into()))
    }
}

impl HttpClient for Client {
    fn send_bytes<'this, 'future>(
        &'this self,
        request: Request<Bytes>,
    ) -> Pin<Box<dyn Future<Output = Result<Response<Bytes>, HttpError>> + Send + 'future>>
    where
        'this: 'future,
        Self: 'future,
    {
        Box::pin(ready(self.send(request)))
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpListener;
    use std::thread;

    use actix_web::middleware::from_fn;
    use actix_web::{App, HttpResponse, test, web};
    use tracing_subscriber::layer::SubscriberExt as _;

    use super::*;
    use crate::http::request;

    /// Takes one request and answers its body.
    fn collect(listener: &TcpListener) -> Vec<u8> {
        let (mut client, _) = listener.accept().unwrap();
        let mut received = Vec::new();
        let mut part = [0; 4096];
        loop {
            let length = client.read(&mut part).unwrap();
            received.extend_from_slice(&part[..length]);
            let Some(end) = received.windows(4).position(|window| window == b"\r\n\r\n") else { continue };
            let head = String::from_utf8(received[..end].to_vec()).unwrap().to_lowercase();
            assert!(
                head.starts_with("post /v1/traces ") && head.contains("application/x-protobuf"),
                "{head}"
            );
            let length = head.split("content-length: ").nth(1).unwrap().lines().next().unwrap();
            if received.len() >= end + 4 + length.parse::<usize>().unwrap() {
                client.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").unwrap();
                return received.split_off(end + 4);
            }
        }
    }

    async fn handler() -> HttpResponse {
        tracing::debug_span!("database", kind = "read", operation = "split.find_kanary").in_scope(|| {});
        HttpResponse::Ok().finish()
    }

    fn has(content: &[u8], part: &[u8]) -> bool {
        content.windows(part.len()).any(|window| window == part)
    }

    #[actix_web::test]
    async fn a_collector_gets_the_spans_of_a_request_and_nothing_personal() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        start(&format!("http://{}/", listener.local_addr().unwrap())).unwrap();
        let collector = thread::spawn(move || collect(&listener));
        let here = tracing::subscriber::set_default(Registry::default().with(layer()));

        let app = App::new().wrap(from_fn(request::middleware)).route("/livez", web::get().to(handler));
        let app = test::init_service(app).await;
        let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
        let request = test::TestRequest::get()
            .uri("/livez?name=Kanariya&phone=9812345670")
            .insert_header(("traceparent", format!("00-{trace}-00f067aa0ba902b7-01")))
            .insert_header(("x-request-id", "Kanariya-9812345670"))
            .insert_header(("user-agent", "Kanariya"));
        let answer = test::call_service(&app, request.to_request()).await;
        assert!(answer.headers().get("traceparent").unwrap().to_str().unwrap().ends_with("-01"));
        drop(here);
        stop();

        let sent = collector.join().unwrap();
        let id = u128::from_str_radix(trace, 16).unwrap().to_be_bytes();
        let parent = 0x00f0_67aa_0ba9_02b7_u64.to_be_bytes();
        for part in [id.as_slice(), &parent, b"GET /livez", b"split.find_kanary", b"strongroom-api"] {
            assert!(has(&sent, part), "{} is missing in {}", part.escape_ascii(), sent.escape_ascii());
        }
        for canary in [b"Kanariya".as_slice(), b"9812345670"] {
            assert!(!has(&sent, canary), "{}", sent.escape_ascii());
        }
    }

    #[::core::prelude::v1::test]
    fn a_collector_far_away_is_refused() {
        assert!(start("https://collector.example.org").unwrap_err().to_string().contains("http://"));
    }
}
