//! What a request is for. There are several ways to write the same target; from here on there is one.

use std::borrow::Cow;

use actix_web::dev::ServiceRequest;
use actix_web::http::{Method, Uri};
use actix_web::{HttpMessage as _, HttpRequest};

/// Gives the target its one form.
pub(crate) fn unify(request: &mut ServiceRequest) {
    // The connection knows that it was a HEAD, and sends the answer without its body.
    if request.method() == Method::HEAD {
        request.head_mut().method = Method::GET;
    }
    if let Some(uri) = unescaped(request.uri()) {
        request.match_info_mut().get_mut().update(&uri);
        let received = std::mem::replace(&mut request.head_mut().uri, uri);
        request.extensions_mut().insert(Received(received));
    }
}

/// The target as it was sent, where it had another form.
struct Received(Uri);

/// Path and query of a request byte for byte as they were sent: what a sender has signed.
pub(crate) fn as_received(request: &HttpRequest) -> String {
    let path_and_query = |uri: &Uri| uri.path_and_query().map_or("/", |target| target.as_str()).to_owned();
    let received = request.extensions().get::<Received>().map(|Received(uri)| path_and_query(uri));
    received.unwrap_or_else(|| path_and_query(request.uri()))
}

/// The same URI without needless escapes, where there are some. The router looks through them, and whoever looks at the
/// path must see the same route.
fn unescaped(uri: &Uri) -> Option<Uri> {
    let Cow::Owned(path) = without_needless_escapes(uri.path()) else { return None };
    let mut parts = uri.clone().into_parts();
    let target = match uri.query() {
        Some(query) => format!("{path}?{query}"),
        None => path,
    };
    parts.path_and_query = target.parse().ok();
    Uri::from_parts(parts).ok()
}

/// Letters, digits and `-._~` mean the same whether they are escaped or not (RFC 3986, section 2.3).
fn without_needless_escapes(path: &str) -> Cow<'_, str> {
    let mut parts = path.split('%');
    let mut decoded = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match part.split_at_checked(2).and_then(|(digits, rest)| Some((unreserved(digits)?, rest))) {
            Some((sign, rest)) => {
                decoded.push(sign);
                decoded.push_str(rest);
            }
            None => {
                decoded.push('%');
                decoded.push_str(part);
            }
        }
    }
    if decoded == path { Cow::Borrowed(path) } else { Cow::Owned(decoded) }
}

fn unreserved(digits: &str) -> Option<char> {
    // A sign would be taken for a part of the number.
    let is_hexadecimal = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    let sign = char::from(u8::from_str_radix(digits, 16).ok().filter(|_| is_hexadecimal)?);
    (sign.is_ascii_alphanumeric() || "-._~".contains(sign)).then_some(sign)
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn an_escape_that_means_nothing_goes() {
        for (path, expected) in [
            ("/v%31/audit", "/v1/audit"),
            ("/v1/split/%75sers/%41%2d%2E%5f%7E", "/v1/split/users/A-._~"),
            ("/a%2Fb%25%20%c3%A9", "/a%2Fb%25%20%c3%A9"),
            ("/%2531", "/%2531"),
            ("/%", "/%"),
            ("/%4", "/%4"),
            ("/%+1%zz", "/%+1%zz"),
            ("/plain", "/plain"),
        ] {
            assert_eq!(without_needless_escapes(path), expected);
        }
    }

    #[test]
    fn the_query_stays_as_it_is_and_head_is_get() {
        let request = TestRequest::default().method(Method::HEAD).uri("/v%31/audit?table=%61");
        let mut request = request.to_srv_request();
        unify(&mut request);
        assert_eq!(request.method(), Method::GET);
        assert_eq!(request.uri(), "/v1/audit?table=%61");
        assert_eq!(request.match_info().as_str(), "/v1/audit");
    }
}
