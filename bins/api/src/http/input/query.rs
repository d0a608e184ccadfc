//! The query of a URL, as the type a handler asks for.

use std::borrow::Cow;
use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use serde::de::DeserializeOwned;
use url::form_urlencoded;
use utoipa::IntoParams;
use utoipa::openapi::path::ParameterIn;

use super::decode;
use crate::http::docs::operation::{Describe, OperationDoc};
use crate::http::error::ApiError;

/// The parameter that asks for a dry run. A [`Change`](crate::http::idempotency::Change) reads it.
pub(crate) const DRY_RUN_PARAMETER: &str = "dry_run";

/// The parameters that a [`Paging`](crate::http::page::Paging) reads.
pub(crate) const PAGING: [&str; 2] = ["limit", "cursor"];

/// What the document says of a parameter that does not fit.
pub(crate) const BROKEN_RULE: &str = "`invalid_input`: `errors` names every parameter that breaks a rule";

/// The query parameters, as `T`. The rules are those of a body: unknown and repeated parameters are refused (422, with
/// the name as pointer), and so are values of a wrong type. Those that other parameters of handlers read are no fields of
/// `T`: where a handler has no such parameter, they are not known, like any other that the document does not name.
#[derive(Debug)]
pub(crate) struct Query<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest for Query<T> {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(parse(request.query_string(), is_own).map(Self))
    }
}

impl<T: IntoParams> Describe for Query<T> {
    fn describe(operation: &mut OperationDoc) {
        operation.parameters(T::into_params(|| Some(ParameterIn::Query)));
        operation.problem(422, BROKEN_RULE);
    }
}

/// Whether a parameter is a handler's own.
pub(crate) fn is_own(name: &str) -> bool {
    name != DRY_RUN_PARAMETER && !PAGING.contains(&name)
}

/// Reads the parameters with these names.
pub(crate) fn parse<T: DeserializeOwned>(
    query: &str,
    is_wanted: impl Fn(&str) -> bool,
) -> Result<T, ApiError> {
    let query = only(query, is_wanted);
    let deserializer = serde_urlencoded::Deserializer::new(form_urlencoded::parse(query.as_bytes()));
    serde_path_to_error::deserialize(deserializer)
        .map_err(|error| decode::violation(error.path(), &error.inner().to_string()))
}

fn only(query: &str, is_wanted: impl Fn(&str) -> bool) -> Cow<'_, str> {
    let pairs = || form_urlencoded::parse(query.as_bytes());
    if pairs().all(|(name, _)| is_wanted(&name)) {
        return Cow::Borrowed(query);
    }
    let wanted = pairs().filter(|(name, _)| is_wanted(name));
    Cow::Owned(form_urlencoded::Serializer::new(String::new()).extend_pairs(wanted).finish())
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Listing {
        days: Option<i64>,
        merchant: Option<String>,
    }

    fn read(query: &str) -> Result<Listing, ApiError> {
        parse(query, is_own)
    }

    #[test]
    fn parameters_are_read() {
        let listing: Listing = read("days=5&merchant=Caf%C3%A9+x").unwrap();
        assert_eq!((listing.days, listing.merchant.as_deref()), (Some(5), Some("Café x")));
        assert_eq!(read("").unwrap().days, None);
        let listing: Listing = read("dry_run=x&limit=no&merchant=Caf%C3%A9+x&dry%5Frun&cursor").unwrap();
        assert_eq!((listing.days, listing.merchant.as_deref()), (None, Some("Café x")));
    }

    #[test]
    fn what_does_not_fit_is_named() {
        for (query, pointer, code) in [
            ("days=five", "/days", "invalid_value"),
            ("days=", "/days", "invalid_value"),
            ("page=2", "/page", "unknown_field"),
            ("days=1&days=2", "/days", "duplicate"),
        ] {
            let problem = read(query).unwrap_err().problem("");
            assert_eq!(problem.status, 422);
            let [field] = problem.errors.as_slice() else { panic!("{query}") };
            assert_eq!((field.pointer.as_str(), field.code.as_str()), (pointer, code), "{query}");
        }
    }
}
