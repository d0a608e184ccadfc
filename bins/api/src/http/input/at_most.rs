//! The `limit` of an answer that has no pages.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use repository::domain::{Invalid, Whole};
use serde::Deserialize;
use utoipa::openapi::path::ParameterIn;
use utoipa::openapi::schema::{ObjectBuilder, Type};

use super::query;
use crate::http::docs::operation::{Describe, OperationDoc};
use crate::http::error::ApiError;

/// At most so many rows, 1 to `MOST`; none where the request does not say.
pub(crate) struct AtMost<const MOST: i32>(pub(crate) Option<Whole<1, MOST>>);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LimitQuery {
    limit: Option<i64>,
}

impl<const MOST: i32> AtMost<MOST> {
    fn of(query: &str) -> Result<Self, ApiError> {
        let query: LimitQuery = query::parse(query, |name| name == "limit")?;
        let mut fields = Invalid::collect();
        let limit = fields.take_optional("/limit", query.limit.map(Whole::new));
        Ok(Self(fields.build(|| limit)?))
    }
}

impl<const MOST: i32> FromRequest for AtMost<MOST> {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::of(request.query_string()))
    }
}

impl<const MOST: i32> Describe for AtMost<MOST> {
    fn describe(operation: &mut OperationDoc) {
        let schema = ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(1)).maximum(Some(MOST));
        let about = format!("At most so many rows, 1 to {MOST}");
        operation.parameter("limit", ParameterIn::Query, &about, schema);
        operation.problem(422, query::BROKEN_RULE);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_a_whole_number_up_to_the_most() {
        let read = |query| AtMost::<50>::of(query).map(|most| most.0.map(Whole::get)).ok();
        assert_eq!(read(""), Some(None));
        assert_eq!(read("tags=a&limit=50"), Some(Some(50)));
        for wrong in ["limit=0", "limit=51", "limit=x", "limit=5&limit=6"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
