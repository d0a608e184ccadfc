//! What surrounds every request: its id, its clock, its log line, its figures, and the shape of its errors.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage as _, web};
use tracing::Instrument as _;

use crate::http::access_log::Pending;
use crate::http::connections::Exchange;
use crate::http::context::{RequestContext, X_REQUEST_ID};
use crate::http::error::{ApiError, codes};
use crate::http::limits::Limited;
use crate::http::route_table::RouteTable;
use crate::http::trace::TRACEPARENT;
use crate::http::{headers, target};

/// Wraps the whole application.
pub(crate) async fn middleware<B: MessageBody + 'static>(
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let method = request.method().clone();
    target::unify(&mut request);
    let route = request.match_pattern();
    let table = request.app_data::<web::Data<RouteTable>>();
    let is_public = route.as_ref().zip(table).is_some_and(|(route, table)| table.is_public(route));
    let context = RequestContext::new(request.headers(), route, is_public);
    request.extensions_mut().insert(context.clone());
    let trace = context.trace();
    let span = tracing::info_span!("request", id = context.id(), trace_id = %trace.id());
    #[cfg(feature = "otel")]
    crate::otel::attach(&span, trace);
    async {
        let pending = Pending::begin(context.clone(), &method);
        let exchange = Exchange::begin(&mut request);
        let response = match exchange.admit() {
            Ok(()) => next.call(request).await?.map_into_boxed_body(),
            Err(error) => request.error_response(error),
        };
        let mut response = with_problem(response, &context);
        add_headers(&mut response, &context);
        pending.answered(&response);
        Ok(response.map_body(|_, body| exchange.answer(body)))
    }
    .instrument(span)
    .await
}

fn add_headers(response: &mut ServiceResponse<BoxBody>, context: &RequestContext) {
    let limited = response.request().extensions().get::<Limited>().copied();
    if let Some(limited) = limited {
        limited.add_to(response.headers_mut());
    }
    headers::add(response.request().path().starts_with("/docs"), response.headers_mut());
    if let Ok(id) = HeaderValue::from_str(context.id()) {
        response.headers_mut().insert(X_REQUEST_ID, id);
    }
    if let Ok(trace) = HeaderValue::from_str(&context.trace().to_string()) {
        response.headers_mut().insert(TRACEPARENT, trace);
    }
}

/// Gives every error answer its body: the handler's own errors, and those that actix-web answers by itself.
fn with_problem(response: ServiceResponse<BoxBody>, context: &RequestContext) -> ServiceResponse<BoxBody> {
    let status = response.status();
    if !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    let sent = response.response().extensions().get::<ApiError>().cloned();
    let is_written = response.headers().contains_key(header::CONTENT_TYPE);
    let error = match sent {
        Some(error) => error,
        // A handler that answers with an error status and a body of its own, as `/readyz` does.
        None if is_written && status == StatusCode::SERVICE_UNAVAILABLE => return response,
        None => {
            let code = codes::for_status(status);
            ApiError::new(code, code.title)
        }
    };
    let body = serde_json::to_vec(&error.problem(context.id())).unwrap_or_default();
    let mut response = response.map_body(|_, _| BoxBody::new(body));
    let json = HeaderValue::from_static("application/problem+json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    response
}
