//! The `Authorization` header.

use actix_web::http::header::{AUTHORIZATION, HeaderMap, HeaderValue, WWW_AUTHENTICATE};
use repository::codec::{Token, TokenHash};

use crate::http::error::{ApiError, codes};

/// What `Authorization: Bearer …` brings.
#[derive(Clone, Copy)]
pub(super) enum Bearer<'a> {
    Key(TokenHash),
    /// A text with dots, which no API key has.
    AccessToken(&'a str),
    /// Something else.
    Neither,
}

/// Reads it, where there is one.
pub(super) fn bearer(headers: &HeaderMap) -> Result<Bearer<'_>, ApiError> {
    let mut given = headers.get_all(AUTHORIZATION);
    let (value, None) = (given.next(), given.next()) else { return Ok(Bearer::Neither) };
    let value = value.ok_or_else(|| {
        unauthenticated(
            "send `Authorization: Bearer` with an API key, or with a user's access token",
            "Bearer realm=\"strongroom\"",
        )
    })?;
    let (scheme, token) = value.to_str().ok().and_then(|value| value.split_once(' ')).unwrap_or_default();
    let token = Some(token.trim()).filter(|_| scheme.eq_ignore_ascii_case("bearer"));
    Ok(match token {
        Some(token) if token.contains('.') => Bearer::AccessToken(token),
        Some(token) => Token::parse(token).map_or(Bearer::Neither, |token| Bearer::Key(token.hash())),
        None => Bearer::Neither,
    })
}

/// The same answer for what is malformed, unknown, expired or revoked: whoever guesses learns nothing.
pub(super) fn unknown(bearer: Bearer<'_>) -> ApiError {
    match bearer {
        Bearer::Key(_) | Bearer::Neither => unauthenticated("the API key is not known", INVALID_TOKEN),
        Bearer::AccessToken(_) => {
            unauthenticated("the access token does not hold: renew it, or log in", INVALID_TOKEN)
        }
    }
}

const INVALID_TOKEN: &str = "Bearer realm=\"strongroom\", error=\"invalid_token\"";

fn unauthenticated(detail: &str, challenge: &'static str) -> ApiError {
    let challenge = HeaderValue::from_static(challenge);
    ApiError::new(&codes::UNAUTHENTICATED, detail).with_header(WWW_AUTHENTICATE, challenge)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash_of(headers: &[&str]) -> Result<[u8; 32], &'static str> {
        let mut map = HeaderMap::new();
        for header in headers {
            map.append(AUTHORIZATION, HeaderValue::from_str(header).unwrap());
        }
        match bearer(&map) {
            Ok(Bearer::Key(hash)) => Ok(hash.into_bytes()),
            Ok(Bearer::AccessToken(_)) => Err("access token"),
            Ok(Bearer::Neither) => Err("neither"),
            Err(error) => Err(error.kind().code),
        }
    }

    #[test]
    fn a_text_with_dots_is_an_access_token() {
        assert_eq!(hash_of(&["Bearer a.b.c"]), Err("access token"));
        assert_eq!(hash_of(&["Bearer  sr_a.b"]), Err("access token"));
        assert_eq!(hash_of(&["Basic a.b.c"]), Err("neither"));
    }

    #[test]
    fn a_bearer_token_is_read_in_one_form_only() {
        let token = Token::generate().unwrap();
        let text = token.text();
        let hash = token.hash().into_bytes();
        assert_eq!(hash_of(&[&format!("Bearer {}", *text)]), Ok(hash));
        assert_eq!(hash_of(&[&format!("bearer  {}", *text)]), Ok(hash));
        assert_eq!(hash_of(&[]), Err("unauthenticated"));
        for wrong in [
            vec![String::new()],
            vec!["Bearer".to_owned()],
            vec!["Bearer sr_short".to_owned()],
            vec![format!("Basic {}", *text)],
            vec![text.to_string()],
            vec![format!("Bearer {}", *text), format!("Bearer {}", *text)],
        ] {
            let wrong: Vec<&str> = wrong.iter().map(String::as_str).collect();
            assert_eq!(hash_of(&wrong), Err("neither"), "{wrong:?}");
        }
    }
}
