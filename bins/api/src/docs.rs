//! The OpenAPI document at `/openapi.json`, and Swagger UI at `/docs`, which shows it without loading anything from
//! elsewhere.

mod changes;
mod undeclared;

use actix_web::http::header::LOCATION;
use actix_web::{App, HttpResponse, get, web};
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{Content, OpenApi, Ref, ResponseBuilder};
use utoipa::{Modify, OpenApi as _};
use utoipa_actix_web::AppExt as _;
use utoipa_swagger_ui::{Config, SwaggerUi};

use crate::error::{FieldProblem, Problem, codes};
use crate::{app, limits};

/// The routes that need no API key; `/docs/` stands for its pages, and the two for tokens ask for one in the body. Every
/// other one asks for a
/// [`Caller`](crate::auth::Caller), and [`request::middleware`](crate::request::middleware) lets no answer of one that
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

/// Marks an operation in the document that no user's token is good for.
const KEYS_ONLY: &str = "x-keys-only";

/// Whether a route, by its pattern, needs no API key.
pub(crate) fn is_public(route: &str) -> bool {
    PUBLIC.contains(&route)
}

#[derive(utoipa::OpenApi)]
#[openapi(
    info(title = "Strongroom"),
    components(schemas(Problem, FieldProblem)),
    security(("api_key" = [])),
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
        let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("sr_…").description(
            Some("An API key. Scopes are per system: `read`, `write` (which includes it) and `admin`."),
        );
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("api_key", SecurityScheme::Http(scheme.build()));
        let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").description(Some(
            "A user's access token, for that user's rows. Scopes are `read` and `write` (which includes it).",
        ));
        components.add_security_scheme("user_token", SecurityScheme::Http(scheme.build()));
    }
}

/// The document of all routes.
pub(crate) fn document() -> OpenApi {
    let routes = App::new().into_utoipa_app().openapi(Document::openapi()).configure(app::routes);
    let mut document = routes.split_for_parts().1;
    for (path, item) in &mut document.paths.paths {
        for (method, operation) in operations(item) {
            operation.operation_id = Some(operation_id(method, path));
            add_problem(operation);
            if changes::is_change(method, operation) {
                changes::describe(method, path, operation);
            }
            undeclared::describe(operation);
            admit_users(operation);
            if !is_public(path) {
                limits::document(operation);
            }
        }
    }
    document
}

/// The operations of a path, with their methods.
pub(crate) fn operations(item: &mut PathItem) -> impl Iterator<Item = (&'static str, &mut Operation)> {
    let PathItem { get, post, put, patch, delete, .. } = item;
    [("get", get), ("post", post), ("put", put), ("patch", patch), ("delete", delete)]
        .into_iter()
        .filter_map(|(method, operation)| Some((method, operation.as_mut()?)))
}

/// A name that no other operation has: `get_split_users_by_id` for `GET /v1/split/users/{id}`.
fn operation_id(method: &str, path: &str) -> String {
    path.trim_start_matches("/v1").split('/').filter(|part| !part.is_empty()).fold(
        method.to_owned(),
        |name, part| {
            let word = part.replace(['-', '.'], "_");
            match word.strip_prefix('{') {
                Some(parameter) => format!("{name}_by_{}", parameter.trim_end_matches('}')),
                None => format!("{name}_{word}"),
            }
        },
    )
}

/// Every operation may fail, and always in the same shape.
fn add_problem(operation: &mut Operation) {
    let content = Content::new(Some(Ref::from_schema_name("Problem")));
    let response = ResponseBuilder::new()
        .description("What went wrong (RFC 9457); the codes are listed at the top")
        .content("application/problem+json", content);
    operation.responses.responses.insert("default".to_owned(), response.build().into());
}

/// What a key with `read` or `write` may do, a user's token may too, unless the operation says that it takes keys only.
fn admit_users(operation: &mut Operation) {
    let keys_only = operation.extensions.as_ref().is_some_and(|given| given.contains_key(KEYS_ONLY));
    let Some(security) = operation.security.as_mut().filter(|_| !keys_only) else { return };
    let scopes = security.iter().filter_map(|requirement| {
        let requirement = serde_json::to_value(requirement).ok()?;
        Some(requirement.get("api_key")?.get(0)?.as_str()?.to_owned())
    });
    let for_users: Vec<String> =
        scopes.filter(|scope| scope.ends_with(":read") || scope.ends_with(":write")).collect();
    security.extend(for_users.into_iter().map(|scope| SecurityRequirement::new("user_token", [scope])));
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
    pub(crate) fn new(document: &OpenApi) -> anyhow::Result<Self> {
        Ok(Self(serde_json::to_string(document)?))
    }
}

/// This document: OpenAPI 3.1.
#[utoipa::path(tag = "platform", responses((status = 200, description = "The document", body = Object)), security(()))]
#[get("/openapi.json")]
pub(crate) async fn openapi_json(document: web::Data<DocumentText>) -> HttpResponse {
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
        let mut document = document();
        let mut ids = BTreeSet::new();
        for (path, item) in &mut document.paths.paths {
            for (method, operation) in operations(item) {
                assert!(ids.insert(operation.operation_id.clone().unwrap()), "{method} {path}");
                assert!(operation.responses.responses.contains_key("default"), "{method} {path}");
                let security = serde_json::to_string(&operation.security).unwrap();
                let scope =
                    security.contains(":read") || security.contains(":write") || security.contains(":admin");
                assert_eq!(scope, !is_public(path), "{method} {path} says {security}");
            }
        }
        assert!(ids.contains("get_metrics"));
    }

    #[test]
    fn names_of_operations_tell_their_paths() {
        assert_eq!(operation_id("get", "/v1/split/users/{id}"), "get_split_users_by_id");
        assert_eq!(operation_id("put", "/v1/split/users/by-phone"), "put_split_users_by_phone");
        assert_eq!(
            operation_id("get", "/v1/split/payment-requests/{id}/qr.svg"),
            "get_split_payment_requests_by_id_qr_svg"
        );
    }

    #[test]
    fn the_document_is_openapi_3_1_and_lists_every_code() {
        let document = serde_json::to_value(document()).unwrap();
        assert_eq!(document["openapi"], "3.1.0");
        assert_eq!(document["components"]["securitySchemes"]["api_key"]["scheme"], "bearer");
        let description = document["info"]["description"].as_str().unwrap();
        assert!(codes::all().all(|kind| description.contains(&format!("| `{}` |", kind.code))));
    }
}
