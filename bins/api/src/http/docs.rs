//! The OpenAPI document at `/openapi.json`, and Swagger UI at `/docs`, which shows it without loading anything from
//! elsewhere.

mod changes;
mod closed_set;
mod names;
mod section;
mod simplify;
mod undeclared;
mod versions;

use actix_web::http::header::LOCATION;
use actix_web::{HttpResponse, get, web};
use repository::system;
use serde_json::Value;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{Content, OpenApi, Ref, ResponseBuilder};
use utoipa::{Modify, OpenApi as _};
use utoipa_swagger_ui::{Config, SwaggerUi};

use crate::app;
use crate::http::error::{FieldProblem, Problem, codes};
use crate::http::limits;

pub(crate) use closed_set::{OneOf, one_of};
pub(crate) use section::Section;
use simplify::simplify;

/// The routes that need no API key, beside those by which users log in; `/docs/` stands for its pages, and the two for
/// tokens ask for one in the body. Every other one asks for a [`Caller`](crate::http::auth::Caller), and
/// [`auth::middleware`](crate::http::auth::middleware) lets no answer of one that
/// did not pass.
const PUBLIC: [&str; 7] = [
    "/livez",
    "/readyz",
    "/openapi.json",
    "/docs",
    "/docs/{_:.*}",
    "/v1/tokens/refresh",
    "/v1/tokens/revoke",
];

/// Marks a change in the document that cannot be run dry: it works on passwords between two transactions, or opens a
/// session.
const NO_DRY_RUN: &str = "x-no-dry-run";

/// Whether a route, by its pattern, needs no API key.
pub(crate) fn is_public(route: &str) -> bool {
    PUBLIC.contains(&route) || is_log_in(route)
}

/// Whether users of a system register or log in by a route: what the body brings is the key.
fn is_log_in(route: &str) -> bool {
    let below_system = route.strip_prefix("/v1/").and_then(|path| path.split_once('/'));
    below_system.is_some_and(|(name, path)| {
        let has_users = system::find(name).is_some_and(|system| system.end_users.is_some());
        has_users && matches!(path, "register" | "log-in")
    })
}

#[derive(utoipa::OpenApi)]
#[openapi(
    info(title = "Strongroom"),
    components(schemas(Problem, FieldProblem)),
    security(("api_key" = [])),
    // Wherever the document comes from.
    servers((url = "/", description = "This server")),
    tags(),
    modifiers(&Credentials, &Description),
)]
struct Document;

struct Description;

impl Modify for Description {
    fn modify(&self, document: &mut OpenApi) {
        document.info.description = Some(format!(
            "A PostgreSQL data backend for chat agents that seals personal data. Every request but the public ones \
             carries `Authorization: Bearer` with an API key, made by `db-manage api-key create`, or with a user's \
             access token, which reaches that user's rows only: all others are as if they were not there.\n\n\
             An error is answered as `application/problem+json`; its `code` is stable:\n\n{}",
            codes_as_markdown()
        ));
    }
}

struct Credentials;

impl Modify for Credentials {
    fn modify(&self, document: &mut OpenApi) {
        let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("sr_… or JWT").description(Some(
            "An API key, or a user's access token for that user's rows. Scopes are per system: `read`, `write` (which \
             includes it) and `admin`. A user has `read` and `write` at most, and an operation with `x-keys-only` takes \
             API keys only.",
        ));
        // One scheme for both, because for two of them generated clients send the header twice.
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("api_key", SecurityScheme::Http(scheme.build()));
    }
}

/// The document of all routes: what they share, and section by section what each has.
pub(crate) fn document() -> anyhow::Result<Value> {
    let mut document = serde_json::to_value(Document::openapi())?;
    for section in app::SECTIONS {
        merge(&mut document, finished(section)?);
    }
    Ok(document)
}

/// The paths of a document, each with its operations by method.
pub(crate) fn paths(document: &Value) -> impl Iterator<Item = (&String, &Value)> {
    document.get("paths").and_then(Value::as_object).into_iter().flatten()
}

/// A section as it stands in the document.
fn finished(section: &Section) -> anyhow::Result<Value> {
    let mut document = section.document();
    for (path, item) in &mut document.paths.paths {
        for (method, operation) in operations(item) {
            let handler = operation.operation_id.take();
            operation.operation_id = handler.map(|name| names::operation_id(section.system, &name));
            add_problem(operation);
            if changes::is_change(method, operation) && !has_mark(operation, NO_DRY_RUN) {
                changes::describe(method, path, operation);
            }
            undeclared::describe(operation);
            versions::describe(method, operation);
            if !is_public(path) {
                limits::document(operation);
            }
        }
    }
    let mut document = serde_json::to_value(document)?;
    simplify(&mut document);
    names::name_components(section.system, &mut document)?;
    Ok(document)
}

/// Adds paths, components and tags of a section.
fn merge(document: &mut Value, mut section: Value) {
    for place in ["/paths", "/components/schemas"] {
        let added = section.pointer_mut(place).and_then(Value::as_object_mut).map(std::mem::take);
        if let Some(known) = document.pointer_mut(place).and_then(Value::as_object_mut) {
            known.extend(added.unwrap_or_default());
        }
    }
    let tags = section.get_mut("tags").and_then(Value::as_array_mut).map(std::mem::take);
    if let Some(known) = document.get_mut("tags").and_then(Value::as_array_mut) {
        known.extend(tags.unwrap_or_default());
    }
}

/// The operations of a path, with their methods.
fn operations(item: &mut PathItem) -> impl Iterator<Item = (&'static str, &mut Operation)> {
    let PathItem { get, post, put, patch, delete, .. } = item;
    [("get", get), ("post", post), ("put", put), ("patch", patch), ("delete", delete)]
        .into_iter()
        .filter_map(|(method, operation)| Some((method, operation.as_mut()?)))
}

/// Every operation may fail, and always in the same shape.
fn add_problem(operation: &mut Operation) {
    let content = Content::new(Some(Ref::from_schema_name("Problem")));
    let response = ResponseBuilder::new()
        .description("What went wrong (RFC 9457); the codes are listed at the top")
        .content("application/problem+json", content);
    operation.responses.responses.insert("default".to_owned(), response.build().into());
}

fn has_mark(operation: &Operation, mark: &str) -> bool {
    operation.extensions.as_ref().is_some_and(|given| given.contains_key(mark))
}

/// Every code as a Markdown table, for the document's description.
fn codes_as_markdown() -> String {
    let head = "| code | status | retryable | meaning |\n|---|---|---|---|\n".to_owned();
    codes::all().fold(head, |page, kind| {
        let retryable = if kind.retryable { "yes" } else { "no" };
        format!("{page}| `{}` | {} | {retryable} | {} |\n", kind.code, kind.status.as_u16(), kind.title)
    })
}

/// The OpenAPI document, written once.
pub(crate) struct DocumentText(String);

impl DocumentText {
    /// Writes the document.
    pub(crate) fn of(document: &Value) -> Self {
        Self(document.to_string())
    }
}

/// This document: OpenAPI 3.1.
#[utoipa::path(tag = "platform service", responses((status = 200, description = "The document", body = Object)), security(()))]
#[get("/openapi.json")]
pub(crate) async fn get_openapi_document(document: web::Data<DocumentText>) -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").body(document.0.clone())
}

/// The page, at `/docs/`.
pub(crate) fn swagger_ui() -> SwaggerUi {
    let config = Config::new(["/openapi.json"]).validator_url("none").try_it_out_enabled(true);
    SwaggerUi::new("/docs/{_:.*}").config(config)
}

/// `/docs` leads there.
#[get("/docs")]
pub(crate) async fn docs() -> HttpResponse {
    HttpResponse::PermanentRedirect().insert_header((LOCATION, "/docs/")).finish()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_operation_has_a_name_a_problem_and_its_security() {
        let document = document().unwrap();
        let mut ids = BTreeSet::new();
        for (path, item) in document["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                assert!(ids.insert(operation["operationId"].as_str().unwrap()), "{method} {path}");
                assert!(operation["responses"]["default"].is_object(), "{method} {path}");
                let security = operation["security"].to_string();
                let scope =
                    security.contains(":read") || security.contains(":write") || security.contains(":admin");
                assert_eq!(scope, !is_public(path), "{method} {path} says {security}");
            }
        }
        assert!(ids.contains("platform_get_metrics") && ids.contains("split_create_contact"));
    }

    #[test]
    fn only_systems_with_users_have_routes_of_log_in() {
        for route in ["/v1/export/log-in", "/v1/export/register", "/v1/tokens/refresh"] {
            assert!(is_public(route), "{route}");
        }
        for route in
            ["/v1/platform/log-in", "/v1/export/users", "/v1/export/users/log-in", "/v1/nowhere/log-in"]
        {
            assert!(!is_public(route), "{route}");
        }
    }

    #[test]
    fn the_document_is_openapi_3_1_and_lists_every_code() {
        let document = document().unwrap();
        assert_eq!(document["openapi"], "3.1.0");
        assert_eq!(document["components"]["securitySchemes"]["api_key"]["scheme"], "bearer");
        let description = document["info"]["description"].as_str().unwrap();
        assert!(codes::all().all(|kind| description.contains(&format!("| `{}` |", kind.code))));
    }
}
