//! The OpenAPI document at `/openapi.json`, and Swagger UI at `/docs`, which shows it without loading anything from
//! elsewhere.

use actix_web::http::header::LOCATION;
use actix_web::web::{self, Bytes, Data, ServiceConfig};
use actix_web::{HttpResponse, guard};
use serde_json::Value;
use utoipa_swagger_ui::{Config, SwaggerUi};

use crate::http::{ApiError, File, MediaType, Public, Routes, add_routes};

/// The pages, which stand in no document and are public.
pub(crate) const PAGES: [&str; 2] = ["/docs", "/docs/{_:.*}"];

/// Adds the route of the document.
pub(super) fn routes(routes: &mut Routes) {
    add_routes!(routes, "platform service": get_openapi_document);
}

/// Adds the pages.
pub(crate) fn pages(config: &mut ServiceConfig) {
    let [start, below] = PAGES;
    let swagger = Config::new(["/openapi.json"]).validator_url("none").try_it_out_enabled(true);
    config
        .service(web::resource(start).guard(guard::Get()).to(docs))
        .service(SwaggerUi::new(below).config(swagger));
}

async fn docs() -> HttpResponse {
    HttpResponse::PermanentRedirect().insert_header((LOCATION, "/docs/")).finish()
}

/// The document, written once.
pub(crate) struct DocumentText(Bytes);

impl DocumentText {
    /// Writes the document.
    pub(crate) fn of(document: &Value) -> Self {
        Self(document.to_string().into())
    }
}

struct OpenApiJson;

impl MediaType for OpenApiJson {
    const NAME: &'static str = "application/json";
    const ABOUT: &'static str = "The document";
}

/// This document: OpenAPI 3.1.
#[utoipa::path(get, path = "/openapi.json")]
async fn get_openapi_document(
    _: Public,
    document: Data<DocumentText>,
) -> Result<File<OpenApiJson>, ApiError> {
    Ok(File::new(document.0.clone()))
}
