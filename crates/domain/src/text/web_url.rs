//! Addresses of web pages and files.

use std::fmt;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use url::Url;

use crate::invalid::{FieldError, Violation, here};

/// An absolute `http` or `https` address with a host, without user and password, of at most 500 characters. It is kept as it
/// was given, and nothing here ever fetches it.
///
/// ```
/// use strongroom_domain::WebUrl;
///
/// assert_eq!(WebUrl::parse("https://cdn.example/led.png")?.as_str(), "https://cdn.example/led.png");
/// assert_eq!(WebUrl::parse("javascript:alert(1)").unwrap_err().code(), "invalid_url");
/// # Ok::<(), strongroom_domain::text::WebUrlError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebUrl(String);

/// Why an address was refused. It does not repeat the address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WebUrlError {
    /// Relative, of another scheme, without a host, or not an address at all.
    #[error("the address must be a whole http or https URL, like https://files.example/led.png")]
    Malformed,
    /// With a user or a password.
    #[error("the address must hold no user and no password")]
    Credentials,
    /// More characters than fit.
    #[error("the address must have at most {} characters", WebUrl::LONGEST)]
    TooLong,
}

impl WebUrlError {
    /// Stable, machine readable.
    pub fn code(self) -> &'static str {
        match self {
            Self::Malformed => "invalid_url",
            Self::Credentials => "credentials_in_url",
            Self::TooLong => "too_long",
        }
    }
}

impl FieldError for WebUrlError {
    fn violations(&self) -> Vec<Violation> {
        here(self.code(), self)
    }
}

impl WebUrl {
    /// How many characters it may have.
    pub const LONGEST: usize = 500;

    /// Checks an address.
    pub fn parse(input: &str) -> Result<Self, WebUrlError> {
        if input.chars().nth(Self::LONGEST).is_some() {
            return Err(WebUrlError::TooLong);
        }
        // The parser mends what browsers mend: blanks, backslashes, missing slashes.
        let mended = input.chars().any(|c| c.is_whitespace() || c.is_control() || c == '\\');
        let url = Url::parse(input).ok().filter(|url| !mended && is_whole(input, url));
        let url = url.ok_or(WebUrlError::Malformed)?;
        if url.username().is_empty() && url.password().is_none() {
            Ok(Self(input.to_owned()))
        } else {
            Err(WebUrlError::Credentials)
        }
    }

    /// Takes what came out of the store as it is.
    pub fn from_trusted(url: String) -> Self {
        Self(url)
    }

    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The address as an owned string.
    pub fn into_string(self) -> String {
        self.0
    }
}

fn is_whole(input: &str, url: &Url) -> bool {
    let after_scheme = input.get(url.scheme().len()..).and_then(|rest| rest.strip_prefix("://"));
    matches!(url.scheme(), "http" | "https") && after_scheme.is_some_and(|rest| !rest.starts_with('/'))
}

impl fmt::Display for WebUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl Serialize for WebUrl {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for WebUrl {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn whole_addresses_are_kept_as_they_are_given() {
        for input in [
            "https://cdn.example/led.png",
            "HTTP://CDN.example:8080/a b.png".replace(' ', "%20").as_str(),
            "https://bücher.example/ü?q=1#top",
            "http://[2001:db8::1]/x",
            "https://h.example",
        ] {
            assert_eq!(WebUrl::parse(input).unwrap().as_str(), input);
        }
    }

    #[test]
    fn what_is_no_whole_address_is_refused() {
        use WebUrlError::{Credentials, Malformed, TooLong};
        for (input, error) in [
            ("", Malformed),
            ("led.png", Malformed),
            ("//cdn.example/led.png", Malformed),
            ("ftp://cdn.example/x", Malformed),
            ("data:text/html,x", Malformed),
            ("https:cdn.example", Malformed),
            ("https:///cdn.example", Malformed),
            ("https://", Malformed),
            ("https://a b.example/", Malformed),
            (" https://cdn.example", Malformed),
            ("https://cdn.example/\n", Malformed),
            ("https:\\\\cdn.example", Malformed),
            ("https://cdn.example\\@evil.example", Malformed),
            ("https://user@cdn.example", Credentials),
            ("https://user:secret@cdn.example", Credentials),
            ("https://:secret@cdn.example", Credentials),
        ] {
            assert_eq!(WebUrl::parse(input), Err(error), "{input}");
        }
        let long = |length: usize| format!("https://h.example/{}", "x".repeat(length - 18));
        assert!(WebUrl::parse(&long(500)).is_ok());
        assert_eq!(WebUrl::parse(&long(501)), Err(TooLong));
    }

    proptest! {
        #[test]
        fn no_text_panics(input in "https?:/{0,3}.{0,40}|.*") {
            let _ = WebUrl::parse(&input);
        }
    }
}
