//! Versions of a resource: `ETag` out, `If-Match` and `If-None-Match` in.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header::{HeaderMap, HeaderValue, IF_MATCH, IF_NONE_MATCH};
use actix_web::{FromRequest, HttpRequest};

use crate::http::docs::operation::{Describe, OperationDoc};
use crate::http::error::{ApiError, codes};

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

impl Describe for IfMatch {
    fn describe(operation: &mut OperationDoc) {
        operation.request_header("If-Match", "Only if this is still its `ETag`");
        operation.problem(400, "`bad_request`: the request, or its `If-Match`, cannot be understood");
        operation.problem(412, "`precondition_failed`: it is not the version of `If-Match` any more");
    }
}

/// Whether a client that reads has this version already, by its `If-None-Match`.
///
/// Tags are compared weakly, as RFC 9110 has it: a proxy that compresses an answer makes its tag a weak one. What is no tag
/// matches nothing, because the whole answer is always right.
pub(crate) fn is_known(headers: &HeaderMap, etag: &str) -> bool {
    let tags = headers.get_all(IF_NONE_MATCH).filter_map(split).flatten();
    tags.into_iter().any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == etag)
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
    fn a_reader_knows_what_it_names() {
        let is_known = |value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.append(IF_NONE_MATCH, HeaderValue::from_static(value));
            is_known(&headers, &etag(3))
        };
        for known in ["\"3\"", "W/\"3\"", "\"1\", \"3\"", "*"] {
            assert!(is_known(known), "{known}");
        }
        for other in ["\"4\"", "3", "", "\"33\"", "w/\"3\"", "\"3"] {
            assert!(!is_known(other), "{other}");
        }
    }

    #[test]
    fn what_is_no_tag_is_refused() {
        for tag in ["3", "\"3", "3\"", "", "\"3\",", "w/\"3\""] {
            assert_eq!(if_match(&[tag]), Err("bad_request"), "{tag}");
        }
    }
}
