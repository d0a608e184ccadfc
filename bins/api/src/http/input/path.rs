//! Ids and other keys in a path.

use std::any::type_name;
use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::web::Path;
use actix_web::{FromRequest, HttpRequest};
use repository::domain::invalid::FieldError;
use repository::domain::{Id, Invalid};
use utoipa::PartialSchema as _;
use utoipa::openapi::path::ParameterIn;
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, SchemaFormat, Type};

use super::query::BROKEN_RULE;
use crate::http::docs::operation::{Describe, OperationDoc};
use crate::http::error::{ApiError, codes};

/// What the document says of a row that is not there.
const NOT_FOUND: &str = "`not_found`: it is not there, or deleted";

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

impl<T> Describe for PathId<T> {
    fn describe(operation: &mut OperationDoc) {
        let uuid = SchemaFormat::KnownFormat(KnownFormat::Uuid);
        let schema = ObjectBuilder::new().schema_type(Type::String).format(Some(uuid));
        operation.parameter("id", ParameterIn::Path, &about::<T>(), schema);
        operation.problem(404, NOT_FOUND);
    }
}

/// A part of a path that names a row by something else than its id.
pub(crate) trait PathKey: Sized + 'static {
    /// Why a text is none.
    type Error: FieldError;
    /// Its name in the route: `session_id`.
    const NAME: &'static str;
    /// What the document says of it.
    const ABOUT: &'static str;

    /// Reads the part of the path, in which escapes are resolved.
    fn parse(text: &str) -> Result<Self, Self::Error>;
}

/// A part of a path that names a row of a table whose key is no UUID.
pub(crate) trait PathName: Sized + 'static {
    /// Its name in the route: `chat_id`.
    const NAME: &'static str;
    /// What the document says of it.
    const ABOUT: &'static str;
    /// What is not found where a text names nothing: `chat`.
    const NOUN: &'static str;

    /// Reads the part of the path, in which escapes are resolved.
    fn parse(text: &str) -> Option<Self>;
}

/// The name of a row. What is none is the name of nothing, as in a [`PathId`]: 404.
#[derive(Debug)]
pub(crate) struct PathNamed<K>(pub(crate) K);

impl<K: PathName> FromRequest for PathNamed<K> {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let name = request.match_info().get(K::NAME).and_then(K::parse).map(Self);
        ready(name.ok_or_else(|| repository::Error::NotFound(K::NOUN).into()))
    }
}

impl<K: PathName> Describe for PathNamed<K> {
    fn describe(operation: &mut OperationDoc) {
        operation.parameter(K::NAME, ParameterIn::Path, K::ABOUT, String::schema());
        operation.problem(404, NOT_FOUND);
    }
}

/// The key of a route. A text that is none is 422, at the key's name.
#[derive(Debug)]
pub(crate) struct PathText<K>(pub(crate) K);

impl<K: PathKey> FromRequest for PathText<K> {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let values = Path::<Vec<String>>::extract(request).into_inner().map(Path::into_inner);
        let mut named = request.match_info().iter().zip(values.unwrap_or_default());
        let text = named.find(|((name, _), _)| *name == K::NAME).map(|(_, text)| text).unwrap_or_default();
        let mut fields = Invalid::collect();
        let key = fields.take(&format!("/{}", K::NAME), K::parse(&text));
        ready(fields.build(|| key).map(Self).map_err(ApiError::from))
    }
}

impl<K: PathKey> Describe for PathText<K> {
    fn describe(operation: &mut OperationDoc) {
        operation.parameter(K::NAME, ParameterIn::Path, K::ABOUT, String::schema());
        operation.problem(422, BROKEN_RULE);
    }
}

/// `The payment request`, for the type `PaymentRequest`.
fn about<T>() -> String {
    let path = type_name::<T>();
    let name = path.rsplit("::").next().unwrap_or(path);
    name.chars().fold("The".to_owned(), |mut about, sign| {
        if sign.is_uppercase() {
            about.push(' ');
        }
        about.push(sign.to_ascii_lowercase());
        about
    })
}

#[cfg(test)]
mod tests {
    use repository::domain::split::PaymentRequest;

    use super::*;

    #[test]
    fn an_id_is_of_what_its_type_names() {
        assert_eq!(about::<PaymentRequest>(), "The payment request");
    }
}
