//! The id in a path.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use repository::domain::Id;

use crate::http::error::{ApiError, codes};

/// The `{id}` of a route.
///
/// What is not a UUID is the id of nothing, so it is answered like any other id that is not there: 404. (A JSON pointer,
/// which a 422 would have to give, cannot name a place in a path.)
#[derive(Debug)]
pub(crate) struct PathId<T>(pub(crate) Id<T>);

impl<T> FromRequest for PathId<T> {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let id = request.match_info().get("id").and_then(|text| text.parse().ok());
        ready(
            id.map(Self).ok_or_else(|| ApiError::new(&codes::NOT_FOUND, "the id in the path is not a UUID")),
        )
    }
}
