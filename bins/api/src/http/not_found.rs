//! Requests that no route takes: 404, or 405 where the path is there and the method is not.

use actix_web::http::header::{ALLOW, HeaderValue};
use actix_web::{HttpRequest, web};

use crate::http::error::{ApiError, codes};
use crate::http::route_table::RouteTable;

/// The answer of last resort.
pub(crate) async fn handler(
    request: HttpRequest,
    routes: web::Data<RouteTable>,
) -> Result<&'static str, ApiError> {
    let Some(methods) = routes.methods(request.path()) else {
        return Err(ApiError::new(&codes::NOT_FOUND, "there is nothing at this path"));
    };
    let error = ApiError::new(&codes::METHOD_NOT_ALLOWED, format!("this path takes {methods}"));
    Err(match HeaderValue::from_str(&methods) {
        Ok(methods) => error.with_header(ALLOW, methods),
        Err(_) => error,
    })
}
