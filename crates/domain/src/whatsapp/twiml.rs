//! TwiML: the XML by which a webhook answers.

use std::borrow::Cow;

/// An answer that says nothing, or sends one message.
///
/// ```
/// use strongroom_domain::whatsapp::twiml::response;
///
/// assert_eq!(response(None), r#"<?xml version="1.0" encoding="UTF-8"?><Response></Response>"#);
/// assert!(response(Some("a < b")).ends_with("<Response><Message>a &lt; b</Message></Response>"));
/// ```
pub fn response(message: Option<&str>) -> String {
    let message = message.map(|text| format!("<Message>{}</Message>", escaped(text))).unwrap_or_default();
    format!(r#"<?xml version="1.0" encoding="UTF-8"?><Response>{message}</Response>"#)
}

fn escaped(text: &str) -> Cow<'_, str> {
    if !text.contains(['&', '<', '>', '"', '\'']) {
        return text.into();
    }
    let marks = [("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("\"", "&quot;"), ("'", "&apos;")];
    marks.into_iter().fold(text.to_owned(), |text, (mark, escape)| text.replace(mark, escape)).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_never_becomes_markup() {
        let answer = response(Some(r#"&lt; <Redirect>"x"</Redirect> it's"#));
        assert!(
            answer.contains("&amp;lt; &lt;Redirect&gt;&quot;x&quot;&lt;/Redirect&gt; it&apos;s"),
            "{answer}"
        );
    }
}
