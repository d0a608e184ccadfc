//! Versions of a resource: `ETag` out, `If-Match` in.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header::{HeaderMap, HeaderValue, IF_MATCH};
use actix_web::{FromRequest, HttpRequest};
use utoipa::IntoParams;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, Type};

use crate::error::{ApiError, codes};

/// A version that no row has.
const NO_VERSION: i64 = 0;

/// The strong entity tag of a row version: `"3"`.
pub(crate) fn etag(row_version: i64) -> String {
    format!("\"{row_version}\"")
}

/// The version a PATCH or DELETE was decided on, by its `If-Match`; none when any will do.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct IfMatch(pub(crate) Option<i64>);

impl FromRequest for IfMatch {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(parse(request.headers()).map(Self))
    }
}

impl IntoParams for IfMatch {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let parameter = ParameterBuilder::new()
            .name("If-Match")
            .parameter_in(ParameterIn::Header)
            .description(Some("Only if this is still its `ETag`"))
            .schema(Some(ObjectBuilder::new().schema_type(Type::String).build()));
        vec![parameter.build()]
    }
}

/// Absent and `*` match any version.
///
/// Of several tags the newest version counts: versions only grow, so that an older one is of a state that the client
/// knows to be past. Weak tags and tags of others match nothing, as RFC 9110 has it.
fn parse(headers: &HeaderMap) -> Result<Option<i64>, ApiError> {
    let mut newest = None;
    for value in headers.get_all(IF_MATCH) {
        for tag in split(value).ok_or_else(malformed)? {
            if tag == "*" {
                return Ok(None);
            }
            newest = newest.max(Some(version(tag).ok_or_else(malformed)?));
        }
    }
    Ok(newest)
}

/// The tags of a list. Ours hold no commas; a comma in a foreign one makes two that are malformed.
fn split(value: &HeaderValue) -> Option<impl Iterator<Item = &str>> {
    Some(value.to_str().ok()?.split(',').map(str::trim))
}

/// The version of a tag, [`NO_VERSION`] for one that is not ours; none for what is no tag.
fn version(tag: &str) -> Option<i64> {
    let (weak, opaque) = match tag.strip_prefix("W/") {
        Some(opaque) => (true, opaque),
        None => (false, tag),
    };
    let text = opaque.strip_prefix('"')?.strip_suffix('"')?;
    if weak || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return (!text.contains('"')).then_some(NO_VERSION);
    }
    Some(text.parse().unwrap_or(NO_VERSION))
}

fn malformed() -> ApiError {
    ApiError::new(&codes::BAD_REQUEST, "If-Match must be `*` or entity tags such as \"3\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn if_match(values: &[&str]) -> Result<Option<i64>, &'static str> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(IF_MATCH, HeaderValue::from_str(value).unwrap());
        }
        parse(&headers).map_err(|error| error.kind().code)
    }

    #[test]
    fn a_tag_is_the_version_it_was_made_of() {
        assert_eq!(if_match(&[&etag(3)]), Ok(Some(3)));
        assert_eq!(if_match(&[&etag(i64::MAX)]), Ok(Some(i64::MAX)));
    }

    #[test]
    fn any_version_will_do_where_nothing_or_a_star_is_said() {
        assert_eq!(if_match(&[]), Ok(None));
        assert_eq!(if_match(&["*"]), Ok(None));
        assert_eq!(if_match(&["\"1\"", "*"]), Ok(None));
    }

    #[test]
    fn of_several_tags_the_newest_counts() {
        assert_eq!(if_match(&["\"1\", \"12\" ,\"3\""]), Ok(Some(12)));
        assert_eq!(if_match(&["\"1\"", "\"2\""]), Ok(Some(2)));
    }

    #[test]
    fn weak_and_foreign_tags_match_nothing() {
        for tag in ["W/\"3\"", "\"abc\"", "\"-3\"", "\"99999999999999999999\"", "\"\""] {
            assert_eq!(if_match(&[tag]), Ok(Some(NO_VERSION)), "{tag}");
        }
    }

    #[test]
    fn what_is_no_tag_is_refused() {
        for tag in ["3", "\"3", "3\"", "", "\"3\",", "w/\"3\""] {
            assert_eq!(if_match(&[tag]), Err("bad_request"), "{tag}");
        }
    }
}
