//! What the document says of every route that changes something, in one place: handlers describe what is their own.

use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::{Operation, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{Content, Ref, RefOr, ResponseBuilder};

use crate::http::idempotency::{DRY_RUN_PARAMETER, LONGEST_KEY, takes_key};

/// Whether an operation changes something: it is no GET, and reading is not all its scopes allow. Look-ups and previews
/// are POSTs that read.
pub(super) fn is_change(method: &str, operation: &Operation) -> bool {
    let scopes = serde_json::to_string(&operation.security).unwrap_or_default();
    method != "get" && (scopes.contains(":write\"") || scopes.contains(":admin\""))
}

/// Adds the parameters that every [`Change`](crate::http::idempotency::Change) understands, and what may come of them.
pub(super) fn describe(method: &str, path: &str, operation: &mut Operation) {
    let mut marks = vec![("Dry-Run", "`true` on the answer to a dry run")];
    let parameters = operation.parameters.get_or_insert_default();
    parameters.push(dry_run().build().into());
    add_problem(operation, "422", "`invalid_input`: `dry_run` is neither true nor false");
    if takes_key(method, path) {
        operation.parameters.get_or_insert_default().push(key().build().into());
        marks.push(("Idempotent-Replayed", "`true` on an answer that was given before"));
        add_problem(operation, "400", "`bad_request`: the `Idempotency-Key` is none");
        add_problem(operation, "409", "`idempotency_key_in_use`: the same request is being done now");
        add_problem(operation, "422", "`idempotency_key_reused`: another request was done with this key");
    }
    for (status, response) in &mut operation.responses.responses {
        if let (true, RefOr::T(response)) = (status.starts_with('2'), response) {
            let header = |text: &str| HeaderBuilder::new().description(Some(text)).build().into();
            response.headers.extend(marks.iter().map(|(name, text)| ((*name).to_owned(), header(text))));
        }
    }
}

fn dry_run() -> ParameterBuilder {
    ParameterBuilder::new()
        .name(DRY_RUN_PARAMETER)
        .parameter_in(ParameterIn::Query)
        .description(Some("true: do all of it, answer what would be answered, and store nothing"))
        .schema(Some(ObjectBuilder::new().schema_type(Type::Boolean).build()))
}

fn key() -> ParameterBuilder {
    let text = "Chosen by the client, a UUID for instance. The same request with the same key is done once within 24 \
                hours, and answered alike";
    let schema = ObjectBuilder::new()
        .schema_type(Type::String)
        .min_length(Some(1))
        .max_length(Some(LONGEST_KEY))
        .pattern(Some("^[!-~]+$"));
    ParameterBuilder::new()
        .name("Idempotency-Key")
        .parameter_in(ParameterIn::Header)
        .description(Some(text))
        .schema(Some(schema.build()))
}

/// Adds one more reason to those that are described for a status.
fn add_problem(operation: &mut Operation, status: &str, reason: &str) {
    if let Some(RefOr::T(response)) = operation.responses.responses.get_mut(status) {
        response.description = format!("{}; {reason}", response.description);
        return;
    }
    let content = Content::new(Some(Ref::from_schema_name("Problem")));
    let response = ResponseBuilder::new().description(reason).content("application/problem+json", content);
    operation.responses.responses.insert(status.to_owned(), response.build().into());
}
