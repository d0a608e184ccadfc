//! The parameters of a webhook, as a form or as JSON, and the URL and text that Twilio signs.

use std::collections::BTreeSet;
use std::fmt;

use percent_encoding::percent_decode_str;
use serde_json::Value;

use crate::json;

/// Names and values in the order in which they came. A name may come several times, and the first one counts.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Form(Vec<(String, String)>);

/// A body that holds no parameters. It repeats no value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FormError {
    /// Bytes that are no text.
    #[error("the body is not UTF-8")]
    NotUtf8,
    /// A body that is said to be JSON.
    #[error("the body is not JSON")]
    NotJson,
    /// JSON that is no object.
    #[error("this value is of a wrong type; expected an object")]
    NotAnObject,
    /// A field of the object that is no text, number or word.
    #[error("this value is of a wrong type; expected a text")]
    NotAText {
        /// The field.
        name: String,
    },
}

impl Form {
    /// Reads `application/x-www-form-urlencoded`. A percent sign that begins no escape stands for itself.
    ///
    /// # Errors
    /// [`FormError::NotUtf8`].
    ///
    /// ```
    /// use strongroom_domain::whatsapp::Form;
    ///
    /// let form = Form::parse(b"Body=hi%21+there&From=whatsapp:%2B12025550101&Body=again")?;
    /// assert_eq!(form.get("Body"), Some("hi! there"));
    /// # Ok::<(), strongroom_domain::whatsapp::form::FormError>(())
    /// ```
    pub fn parse(body: &[u8]) -> Result<Self, FormError> {
        let text = std::str::from_utf8(body).map_err(|_| FormError::NotUtf8)?;
        let decode = |part: &str| {
            let spaced = part.replace('+', " ");
            let decoded = percent_decode_str(&spaced).decode_utf8().map(|text| text.into_owned());
            decoded.map_err(|_| FormError::NotUtf8)
        };
        let pairs = text.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            Ok((decode(name)?, decode(value)?))
        });
        pairs.collect::<Result<_, _>>().map(Self)
    }

    /// Reads a JSON object of the same names. Numbers and words count as their texts, and null as absent.
    ///
    /// # Errors
    /// All of [`FormError`].
    pub fn parse_json(body: &[u8]) -> Result<Self, FormError> {
        let text = std::str::from_utf8(body).map_err(|_| FormError::NotUtf8)?;
        // A text that a message may hold, U+0000 for example, is no fault of the sender.
        let object: json::Json = json::from_trusted(text).map_err(|_| FormError::NotJson)?;
        let Value::Object(fields) = object.into_value() else { return Err(FormError::NotAnObject) };
        let pair = |(name, value)| match value {
            Value::Null => Ok(None),
            Value::String(text) => Ok(Some((name, text))),
            Value::Number(number) => Ok(Some((name, number.to_string()))),
            Value::Bool(word) => Ok(Some((name, word.to_string()))),
            Value::Array(_) | Value::Object(_) => Err(FormError::NotAText { name }),
        };
        fields.into_iter().filter_map(|field| pair(field).transpose()).collect::<Result<_, _>>().map(Self)
    }

    /// The first value of this name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str())
    }

    /// What Twilio signs of a form sent to `url`: the URL, then each name with each of its different values, in the order of
    /// their bytes.
    ///
    /// ```
    /// use strongroom_domain::whatsapp::Form;
    ///
    /// let form = Form::parse(b"b=2&a=1&b=1&b=2")?;
    /// assert_eq!(form.signed_text("https://x.example/"), "https://x.example/a1b1b2");
    /// # Ok::<(), strongroom_domain::whatsapp::form::FormError>(())
    /// ```
    pub fn signed_text(&self, url: &str) -> String {
        let different: BTreeSet<&(String, String)> = self.0.iter().collect();
        different.into_iter().fold(url.to_owned(), |text, (name, value)| text + name + value)
    }
}

impl fmt::Debug for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[form]")
    }
}

/// The URLs that a sender of a request may have signed. Twilio signs some with the port that belongs to the scheme and some
/// without: with a port it is tried without too, and without one also with 443 or 80. The fragment, which holds settings of
/// Twilio's own, is never sent.
///
/// ```
/// use strongroom_domain::whatsapp::form::signed_urls;
///
/// assert_eq!(signed_urls("https://bot.example/", "/hook?a=1"), ["https://bot.example/hook?a=1", "https://bot.example:443/hook?a=1"]);
/// assert_eq!(signed_urls("http://bot.example:8080", "/"), ["http://bot.example:8080/", "http://bot.example/"]);
/// ```
pub fn signed_urls(base: &str, path_and_query: &str) -> Vec<String> {
    let base = base.trim_end_matches('/');
    let mut urls = vec![format!("{base}{path_and_query}")];
    let Some((scheme, rest)) = base.split_once("://") else { return urls };
    let (host, prefix) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
    // The colons of an address of IPv6 stand in brackets.
    let port = host.rsplit_once(':').filter(|(_, port)| port.bytes().all(|b| b.is_ascii_digit()));
    let other = match port {
        Some((name, _)) => name.to_owned(),
        None => format!("{host}:{}", if scheme.eq_ignore_ascii_case("https") { 443 } else { 80 }),
    };
    urls.push(format!("{scheme}://{other}{prefix}{path_and_query}"));
    urls
}

/// The value of `bodySHA256` in a query.
///
/// ```
/// use strongroom_domain::whatsapp::form::body_digest;
///
/// assert_eq!(body_digest("/hook?x=1&bodySHA256=0a1b"), Some("0a1b"));
/// assert_eq!(body_digest("/hook"), None);
/// ```
pub fn body_digest(path_and_query: &str) -> Option<&str> {
    let (_, query) = path_and_query.split_once('?')?;
    query.split('&').find_map(|pair| pair.strip_prefix("bodySHA256="))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(body: &str) -> Form {
        Form::parse(body.as_bytes()).unwrap()
    }

    #[test]
    fn a_form_is_decoded_and_nothing_is_trimmed() {
        let form = parse("Body=+hi%00there%0B%21%0D%0A+&Empty=&Alone&%4E=100%25&odd=50%&%zz=%2");
        for (name, value) in [
            ("Body", " hi\0there\u{b}!\r\n "),
            ("Empty", ""),
            ("Alone", ""),
            ("N", "100%"),
            ("odd", "50%"),
            ("%zz", "%2"),
        ] {
            assert_eq!(form.get(name), Some(value), "{name}");
        }
        assert_eq!((form.get("Absent"), parse("").get("")), (None, None));
        assert_eq!(Form::parse(b"Body=%FF"), Err(FormError::NotUtf8));
        assert_eq!(Form::parse(b"Body=\xff"), Err(FormError::NotUtf8));
        assert_eq!(format!("{form:?}"), "[form]");
    }

    #[test]
    fn json_is_read_as_a_form() {
        let form =
            Form::parse_json(br#"{"NumMedia": 0, "Body": "a\u0000b", "Sent": true, "Gone": null}"#).unwrap();
        assert_eq!((form.get("NumMedia"), form.get("Body")), (Some("0"), Some("a\0b")));
        assert_eq!((form.get("Sent"), form.get("Gone")), (Some("true"), None));
        for body in [&b"[]"[..], b"1", b"null"] {
            assert_eq!(Form::parse_json(body), Err(FormError::NotAnObject));
        }
        for body in [&b""[..], b"{", b"{} x"] {
            assert_eq!(Form::parse_json(body), Err(FormError::NotJson));
        }
        for body in [&b"{\"a\":{}}"[..], b"{\"a\":[1]}"] {
            assert_eq!(Form::parse_json(body), Err(FormError::NotAText { name: "a".to_owned() }));
        }
        assert_eq!(Form::parse_json(b"{\"a\":\"\xff\"}"), Err(FormError::NotUtf8));
    }

    #[test]
    fn names_and_different_values_are_signed_in_the_order_of_their_bytes() {
        let form = parse("Digits=5678&Sid=CA123&SidAccount=AC123&Digits=1234&Digits=1234");
        assert_eq!(form.signed_text(""), "Digits1234Digits5678SidCA123SidAccountAC123");
        assert_eq!(parse("a=1&B=2&A=").signed_text("u"), "uAB2a1");
    }

    #[test]
    fn a_base_may_have_a_prefix_a_slash_and_an_address_for_a_host() {
        for (base, urls) in [
            (
                "https://bot.example.org/bots/",
                ["https://bot.example.org/bots/v1", "https://bot.example.org:443/bots/v1"],
            ),
            ("https://[::1]", ["https://[::1]/v1", "https://[::1]:443/v1"]),
            ("http://[::1]:80", ["http://[::1]:80/v1", "http://[::1]/v1"]),
            ("http://bot", ["http://bot/v1", "http://bot:80/v1"]),
        ] {
            assert_eq!(signed_urls(base, "/v1"), urls);
        }
    }
}
