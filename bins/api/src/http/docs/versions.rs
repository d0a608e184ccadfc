//! What the document says of every read whose answer has an `ETag`, in one place: each understands `If-None-Match`, which
//! [`respond`](crate::http::respond) sees to.

use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::{Operation, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, ResponseBuilder};

/// Adds the parameter and the answer to it, where there is an `ETag`.
pub(super) fn describe(method: &str, operation: &mut Operation) {
    if method != "get" || !has_etag(operation) {
        return;
    }
    let parameter = ParameterBuilder::new()
        .name("If-None-Match")
        .parameter_in(ParameterIn::Header)
        .description(Some("Only if this is no longer its `ETag`"))
        .schema(Some(ObjectBuilder::new().schema_type(Type::String).build()));
    operation.parameters.get_or_insert_default().push(parameter.build().into());
    let etag = HeaderBuilder::new().description(Some("Its version")).build();
    let response =
        ResponseBuilder::new().description("It is what `If-None-Match` names").header("ETag", etag);
    operation.responses.responses.insert("304".to_owned(), response.build().into());
}

fn has_etag(operation: &Operation) -> bool {
    let found = operation.responses.responses.get("200");
    matches!(found, Some(RefOr::T(response)) if response.headers.contains_key("ETag"))
}
