//! What the document says of requests that bring more than their operation reads.

use utoipa::openapi::path::Operation;
use utoipa::openapi::{Content, Ref, ResponseBuilder};

/// Describes the refusals, where an operation does not describe the status already.
pub(super) fn describe(operation: &mut Operation) {
    let mut refusals =
        vec![("422", "`invalid_input`: the request has a parameter or a field that is not known")];
    if operation.request_body.is_none() {
        refusals.push(("400", "`malformed_json`: there is a body, and it is not JSON"));
    }
    for (status, description) in refusals {
        operation.responses.responses.entry(status.to_owned()).or_insert_with(|| {
            let content = Content::new(Some(Ref::from_schema_name("Problem")));
            let response = ResponseBuilder::new().description(description);
            response.content("application/problem+json", content).build().into()
        });
    }
}
