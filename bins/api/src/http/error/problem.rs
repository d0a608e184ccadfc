//! The body of an error answer: RFC 9457 `application/problem+json`.

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// An error answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Problem {
    /// Names the kind of error; the last part is `code`.
    #[schema(example = "urn:strongroom:problem:invalid_input")]
    pub(crate) r#type: String,
    /// The kind of error in words.
    pub(crate) title: &'static str,
    /// The HTTP status.
    #[schema(example = 422)]
    pub(crate) status: u16,
    /// What happened this time.
    pub(crate) detail: String,
    /// The kind of error, stable and machine readable.
    #[schema(example = "invalid_input")]
    pub(crate) code: &'static str,
    /// The request, as the logs and the audit log name it.
    pub(crate) request_id: String,
    /// Whether the same request may succeed later.
    pub(crate) retryable: bool,
    /// Every field that is wrong, where the input is.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) errors: Vec<FieldProblem>,
    /// What is there already, where that is the problem and the caller may know it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) existing_id: Option<Uuid>,
}

/// One field that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct FieldProblem {
    /// Where it stands in the input, as a JSON pointer; empty for the whole.
    #[schema(example = "/participants/0/amount")]
    pub(crate) pointer: String,
    /// The rule that is broken, stable and machine readable.
    #[schema(example = "unknown_field")]
    pub(crate) code: String,
    /// What is wrong and what would be right.
    pub(crate) detail: String,
}
