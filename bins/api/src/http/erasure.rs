//! Erasing for good, as routes that delete offer it.

use repository::erasure::Erased;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{IntoParams, PartialSchema, ToSchema};

use crate::http::error::ApiError;
use crate::http::respond::{Reply, ok};

/// Whether to delete so that nothing can be restored.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct EraseQuery {
    /// Removes it for good, with everything that names the person. Needs the system's scope `admin`.
    erase: Option<bool>,
}

impl EraseQuery {
    pub(crate) fn erase(&self) -> bool {
        self.erase.unwrap_or(false)
    }
}

/// How many rows an erasure removed, by table.
#[derive(Serialize)]
#[serde(transparent)]
pub(crate) struct ErasedBody(Erased);

impl PartialSchema for ErasedBody {
    fn schema() -> RefOr<Schema> {
        let count = ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(0)).build();
        let counts = ObjectBuilder::new()
            .schema_type(Type::Object)
            .description(Some(
                "How many rows were removed, by table; of `idempotency_keys`, answers kept for keys",
            ))
            .additional_properties(Some(Schema::Object(count)))
            .examples([json!({"users": 1, "bills": 5, "idempotency_keys": 2})]);
        counts.build().into()
    }
}

impl ToSchema for ErasedBody {}

/// The answer to an erasure.
pub(crate) fn erased(erased: Erased) -> Result<Reply, ApiError> {
    ok(ErasedBody(erased))
}
