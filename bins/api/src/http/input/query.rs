//! The query of a URL, as the type a handler asks for.

use std::borrow::Cow;
use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use serde::de::DeserializeOwned;
use url::form_urlencoded;

use super::decode;
use crate::http::error::ApiError;
use crate::http::idempotency::{DRY_RUN_PARAMETER, speaks_of_dry_run};

/// The query parameters, as `T`. The rules are those of a body: unknown and repeated parameters are refused (422, with
/// the name as pointer), and so are values of a wrong type. `dry_run` is no field of `T`: a
/// [`Change`](crate::http::idempotency::Change) reads it. Where there is none, it is a parameter that is not known, like any other that
/// the document does not name.
#[derive(Debug)]
pub(crate) struct Query<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest for Query<T> {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(parse(request.query_string()).map(Self))
    }
}

fn parse<T: DeserializeOwned>(query: &str) -> Result<T, ApiError> {
    let query = without_dry_run(query);
    let deserializer = serde_urlencoded::Deserializer::new(form_urlencoded::parse(query.as_bytes()));
    serde_path_to_error::deserialize(deserializer)
        .map_err(|error| decode::violation(error.path(), &error.inner().to_string()))
}

fn without_dry_run(query: &str) -> Cow<'_, str> {
    if !speaks_of_dry_run(query) {
        return Cow::Borrowed(query);
    }
    let others = form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name != DRY_RUN_PARAMETER);
    Cow::Owned(form_urlencoded::Serializer::new(String::new()).extend_pairs(others).finish())
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Listing {
        limit: Option<i64>,
        merchant: Option<String>,
    }

    #[test]
    fn parameters_are_read() {
        let listing: Listing = parse("limit=5&merchant=Caf%C3%A9+x").unwrap();
        assert_eq!((listing.limit, listing.merchant.as_deref()), (Some(5), Some("Café x")));
        assert_eq!(parse::<Listing>("").unwrap().limit, None);
        let listing: Listing = parse("dry_run=x&merchant=Caf%C3%A9+x&dry%5Frun").unwrap();
        assert_eq!((listing.limit, listing.merchant.as_deref()), (None, Some("Café x")));
    }

    #[test]
    fn what_does_not_fit_is_named() {
        for (query, pointer, code) in [
            ("limit=five", "/limit", "invalid_value"),
            ("limit=", "/limit", "invalid_value"),
            ("page=2", "/page", "unknown_field"),
            ("limit=1&limit=2", "/limit", "duplicate"),
        ] {
            let problem = parse::<Listing>(query).unwrap_err().problem("");
            assert_eq!(problem.status, 422);
            let [field] = problem.errors.as_slice() else { panic!("{query}") };
            assert_eq!((field.pointer.as_str(), field.code.as_str()), (pointer, code), "{query}");
        }
    }
}
