//! Deleting, which can be undone, and erasing, which cannot: `DELETE …` and `DELETE …?erase=true`.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use repository::erasure::Erased;
use repository::platform::idempotency_keys::Answer;
use repository::{Failure, Tx};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::openapi::path::ParameterIn;
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{IntoParams, PartialSchema, ToSchema};

use crate::http::auth::caller::Caller;
use crate::http::auth::scope::{Admin, System, Write};
use crate::http::docs::operation::{Describe, Gate, OperationDoc};
use crate::http::error::ApiError;
use crate::http::idempotency::Change;
use crate::http::input::query;
use crate::http::respond::{ApiResult, Kind, NoContent, Shown};
use crate::state::State;

/// What a DELETE asks for, and the change by whoever may do it.
pub(crate) enum Removal<S> {
    /// To delete, until restored or purged: takes the system's scope `write`.
    Delete(Change<Write<S>>),
    /// To erase for good: takes the scope `admin`.
    Erase(Change<Admin<S>>),
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct RemovalQuery {
    /// Removes it for good, with everything that names the person. Needs the system's scope `admin`.
    erase: Option<bool>,
}

impl<S: System> FromRequest for Removal<S> {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::of(request))
    }
}

impl<S: System> Removal<S> {
    fn of(request: &HttpRequest) -> Result<Self, ApiError> {
        let query: RemovalQuery = query::parse(request.query_string(), query::is_own)?;
        Ok(match query.erase {
            Some(true) => Self::Erase(Change::of(request)?),
            Some(false) | None => Self::Delete(Change::of(request)?),
        })
    }

    /// What handlers share, for what follows from it; nothing for a dry run, from which nothing follows.
    pub(crate) fn in_earnest(&self) -> Option<&State> {
        match self {
            Self::Delete(change) => change.in_earnest(),
            Self::Erase(change) => change.in_earnest(),
        }
    }

    /// Deletes or erases, as it is asked for. Works run in a transaction each, as those of a [`Change`] do.
    ///
    /// # Errors
    /// Those of [`Change::write_as`].
    pub(crate) async fn make<D, DE, EE>(
        self,
        delete_operation: &'static str,
        delete: impl FnMut(&mut Tx<'_>) -> Result<D, DE> + Send + 'static,
        erase_operation: &'static str,
        erase: impl FnMut(&mut Tx<'_>) -> Result<Erased, EE> + Send + 'static,
    ) -> ApiResult<Removed>
    where
        D: 'static,
        DE: Failure + Into<ApiError> + Send + 'static,
        EE: Failure + Into<ApiError> + Send + 'static,
    {
        match self {
            Self::Delete(change) => change.write_as(delete_operation, delete, |_| Removed::Deleted).await,
            Self::Erase(change) => {
                change.write_as(erase_operation, erase, |erased| Removed::Erased(ErasedBody(erased))).await
            }
        }
    }
}

impl<S: System> Describe for Removal<S> {
    fn describe(operation: &mut OperationDoc) {
        Change::<Write<S>>::describe(operation);
        Caller::<Admin<S>>::describe(operation);
        operation.parameters(RemovalQuery::into_params(|| Some(ParameterIn::Query)));
        operation.problem(422, query::BROKEN_RULE);
    }
}

impl<S: System> Gate for Removal<S> {}

/// The answer to it.
pub(crate) enum Removed {
    /// 204.
    Deleted,
    /// 200 with the number of rows that were removed.
    Erased(ErasedBody),
}

impl Kind for Removed {
    fn write(self) -> Result<Answer, ApiError> {
        match self {
            Self::Deleted => NoContent.write(),
            Self::Erased(counts) => Shown(counts).write(),
        }
    }
}

impl Describe for Removed {
    fn describe(operation: &mut OperationDoc) {
        Shown::<ErasedBody>::describe(operation);
        NoContent::describe(operation);
        "It is deleted".clone_into(&mut operation.response(204).description);
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
