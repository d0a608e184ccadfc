//! The OpenAPI document: what all routes share, and section by section what each has.

mod closed_set;
mod names;
pub(crate) mod operation;
mod simplify;

use serde_json::Value;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::tag::{Tag, TagBuilder};
use utoipa::openapi::{Components, OpenApi};
use utoipa::{Modify, OpenApi as _};

use crate::http::error::{FieldProblem, Problem, codes};
use crate::http::routes::{Routes, Section};

pub(crate) use closed_set::{OneOf, one_of};
use simplify::simplify;

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

/// The document of these sections.
///
/// # Errors
/// Two components of a section would have the same name.
pub(crate) fn document(sections: &[&Section]) -> anyhow::Result<Value> {
    let mut document = serde_json::to_value(Document::openapi())?;
    for section in sections {
        merge(&mut document, of_section(section)?);
    }
    Ok(document)
}

/// A section as it stands in the document.
fn of_section(section: &Section) -> anyhow::Result<Value> {
    let mut document = OpenApi::default();
    let mut components = Components::new();
    for doc in Routes::of(&[section]).docs() {
        let (path, method) = (doc.path.clone(), doc.method.clone());
        let (mut operation, schemas) = doc.finish();
        let handler = operation.operation_id.take();
        operation.operation_id = handler.map(|name| names::operation_id(section.system, &name));
        document.paths.add_path_operation(path, vec![method], operation);
        components.schemas.extend(schemas);
    }
    document.components = Some(components);
    document.tags = Some(section.tags.iter().map(tag).collect());
    let mut document = serde_json::to_value(document)?;
    simplify(&mut document);
    names::name_components(section.system, &mut document)?;
    Ok(document)
}

fn tag((name, description): &(&str, &str)) -> Tag {
    TagBuilder::new().name(*name).description(Some(*description)).build()
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

/// Every code as a Markdown table, for the document's description.
fn codes_as_markdown() -> String {
    let head = "| code | status | retryable | meaning |\n|---|---|---|---|\n".to_owned();
    codes::all().fold(head, |page, kind| {
        let retryable = if kind.retryable { "yes" } else { "no" };
        format!("{page}| `{}` | {} | {retryable} | {} |\n", kind.code, kind.status.as_u16(), kind.title)
    })
}
