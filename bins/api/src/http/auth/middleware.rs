//! Finds the caller and refuses what the route does not read before a handler runs, and checks afterwards that the handler asked
//! for its caller.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::middleware::Next;
use actix_web::{Error, ResponseError as _};

use super::authenticate::authenticate;
use crate::http::context::RequestContext;
use crate::http::error::{ApiError, codes};
use crate::http::input::undeclared::refuse_undeclared;

/// Wraps the routes.
pub(crate) async fn middleware<B: MessageBody + 'static>(
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let context = RequestContext::of(request.request());
    let may_ask = authenticate(&request, &context).await;
    let checked = if may_ask { refuse_undeclared(&mut request, &context).await } else { Ok(()) };
    let response = match checked {
        Ok(()) => next.call(request).await?.map_into_boxed_body(),
        Err(error) => request.error_response(error),
    };
    Ok(refuse_unguarded(response, &context))
}

/// Lets no answer pass that nobody was authorized for, should a handler forget to ask for its caller.
fn refuse_unguarded(
    response: ServiceResponse<BoxBody>,
    context: &RequestContext,
) -> ServiceResponse<BoxBody> {
    let tells = response.status().is_success() || response.status() == StatusCode::NOT_MODIFIED;
    if !tells || context.is_authorized() || context.is_public() {
        return response;
    }
    tracing::error!(route = context.route().map(AsRef::as_ref), "this route does not ask for its caller");
    let refusal = ApiError::new(&codes::INTERNAL, "the request failed").error_response();
    ServiceResponse::new(response.into_parts().0, refusal)
}
