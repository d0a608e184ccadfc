//! Answers of the bot: the parts in which they are sent, and the requests that send them.

use chrono::TimeDelta;
use unicode_segmentation::UnicodeSegmentation;

use crate::{MessageText, PhoneNumber, WhatsAppId};

/// UTF-16 units that Twilio takes in one message.
const LONGEST_PART: usize = 1_600;

/// For how long after somebody's last message WhatsApp lets free text go out.
pub const FREE_FORM: TimeDelta = TimeDelta::hours(24);

/// Divides a text into parts of at most 1,600 UTF-16 units. Each is as long as can be: it ends before white space, which is
/// dropped, or else at the last grapheme that fits. Nothing but a single grapheme of more than 1,600 units is ever cut
/// within.
///
/// ```
/// use strongroom_domain::{MessageText, whatsapp::parts};
///
/// let text = MessageText::parse(&format!("{} {}", "a".repeat(1_000), "b".repeat(1_000)))?;
/// assert_eq!(parts(&text).iter().map(|part| part.expose().len()).collect::<Vec<_>>(), [1_000, 1_000]);
/// # Ok::<(), strongroom_domain::PiiError>(())
/// ```
pub fn parts(text: &MessageText) -> Vec<MessageText> {
    let mut rest = text.expose().trim();
    let mut parts = Vec::new();
    while !rest.is_empty() {
        let (part, after) = rest.split_at_checked(first_cut(rest)).unwrap_or((rest, ""));
        parts.push(MessageText::from_trusted(without_blank_end(part).to_owned()));
        rest = without_blank_start(after);
    }
    parts
}

/// Where the first part of a text that begins with no white space ends, its white space included.
fn first_cut(text: &str) -> usize {
    let (mut units, mut fits, mut before_blank) = (0, 0, None);
    for (at, grapheme) in text.grapheme_indices(true) {
        if is_blank(grapheme) && at > 0 {
            before_blank = Some(at);
        }
        units += grapheme.encode_utf16().count();
        if units > LONGEST_PART {
            return before_blank.or(Some(fits)).filter(|&at| at > 0).unwrap_or_else(|| within(grapheme));
        }
        fits = at + grapheme.len();
    }
    text.len()
}

/// How much of a grapheme that is too long for any part fits into one.
fn within(grapheme: &str) -> usize {
    let ends = grapheme.char_indices().scan(0, |units, (at, c)| {
        *units += c.len_utf16();
        (*units <= LONGEST_PART).then_some(at + c.len_utf8())
    });
    ends.last().unwrap_or(grapheme.len())
}

fn is_blank(grapheme: &str) -> bool {
    grapheme.chars().all(char::is_whitespace)
}

fn without_blank_start(text: &str) -> &str {
    let start = text.grapheme_indices(true).find(|(_, grapheme)| !is_blank(grapheme));
    start.and_then(|(at, _)| text.get(at..)).unwrap_or_default()
}

fn without_blank_end(text: &str) -> &str {
    let last = text.grapheme_indices(true).rfind(|(_, grapheme)| !is_blank(grapheme));
    last.and_then(|(at, grapheme)| text.get(..at + grapheme.len())).unwrap_or_default()
}

/// By which account messages are sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboundSettings {
    /// Twilio's account.
    pub account_sid: String,
    /// The bot's own number, `whatsapp:+…`.
    pub from: String,
    /// Where Twilio reports what becomes of a message.
    pub status_callback: Option<String>,
}

/// A request that sends one part of an answer, but for the credentials, which the sender has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outbound {
    /// Where to POST the form.
    pub url: String,
    /// `whatsapp:` and the number that WhatsApp last delivered, else the id.
    pub to: MessageText,
    /// The bot's own number.
    pub from: String,
    /// The text.
    pub body: MessageText,
    /// Where Twilio reports what becomes of it.
    pub status_callback: Option<String>,
}

impl OutboundSettings {
    /// One request for each part. None for somebody who has neither number nor id, whom there is not.
    pub fn requests(
        &self,
        phone_number: Option<&PhoneNumber>,
        whatsapp_id: Option<&WhatsAppId>,
        parts: &[MessageText],
    ) -> Vec<Outbound> {
        let address = phone_number.map(PhoneNumber::expose).or_else(|| whatsapp_id.map(WhatsAppId::expose));
        let Some(address) = address else { return Vec::new() };
        let request = |body: &MessageText| Outbound {
            url: format!("https://api.twilio.com/2010-04-01/Accounts/{}/Messages.json", self.account_sid),
            to: MessageText::from_trusted(format!("whatsapp:{address}")),
            from: self.from.clone(),
            body: body.clone(),
            status_callback: self.status_callback.clone(),
        };
        parts.iter().map(request).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn divided(text: &str) -> Vec<String> {
        let parts = parts(&MessageText::from_trusted(text.to_owned()));
        parts.iter().map(|part| part.expose().to_owned()).collect()
    }

    fn units(text: &str) -> usize {
        text.encode_utf16().count()
    }

    #[test]
    fn parts_are_as_long_as_can_be() {
        let (a, b) = (|n| "a".repeat(n), |n| "b".repeat(n));
        for (text, lengths) in [
            (a(1_600), vec![1_600]),
            (a(1_601), vec![1_600, 1]),
            (format!("{} {}", a(1_000), b(1_000)), vec![1_000, 1_000]),
            (format!("{} b", a(1_600)), vec![1_600, 1]),
            (format!("{}\n\n \t{}", a(1_599), b(2)), vec![1_599, 2]),
            ("😀".repeat(801), vec![1_600, 2]),
            (format!("  {}  ", a(3)), vec![3]),
            // A long word after a blank: the part ends at the blank, far before the limit.
            (format!("a {}", b(1_601)), vec![1, 1_600, 1]),
        ] {
            assert_eq!(
                divided(&text).iter().map(|part| units(part)).collect::<Vec<_>>(),
                lengths,
                "{text:.20}"
            );
        }
        assert_eq!(divided("   "), [""; 0]);
    }

    #[test]
    fn no_grapheme_is_cut_unless_it_is_longer_than_a_part() {
        let family = "👩\u{200d}👩\u{200d}👧\u{200d}👦";
        let parts = divided(&format!("{}{family}", "a".repeat(1_595)));
        assert_eq!((units(&parts[0]), parts[1].as_str()), (1_595, family));
        // A blank with a mark upon it is no blank.
        let marked = format!("{} \u{301}{}", "a".repeat(1_000), "b".repeat(1_000));
        assert_eq!(units(&divided(&marked)[0]), 1_600);
        let endless = format!("e{}", "\u{301}".repeat(2_000));
        assert_eq!(divided(&endless).iter().map(|part| units(part)).collect::<Vec<_>>(), [1_600, 401]);
    }

    #[test]
    fn a_request_names_the_number_else_the_id() {
        let settings = OutboundSettings {
            account_sid: "AC1".to_owned(),
            from: "whatsapp:+14155238886".to_owned(),
            status_callback: None,
        };
        let (phone, id) =
            (PhoneNumber::from_trusted("+12025550101".into()), WhatsAppId::from_trusted("US.1".into()));
        let parts = [MessageText::from_trusted("hi".into()), MessageText::from_trusted("there".into())];
        let both = settings.requests(Some(&phone), Some(&id), &parts);
        assert_eq!(
            (both.len(), both[0].to.expose(), both[1].body.expose()),
            (2, "whatsapp:+12025550101", "there")
        );
        assert_eq!(both[0].url, "https://api.twilio.com/2010-04-01/Accounts/AC1/Messages.json");
        assert_eq!(settings.requests(None, Some(&id), &parts)[0].to.expose(), "whatsapp:US.1");
    }

    proptest! {
        #[test]
        fn parts_fit_show_something_and_lose_nothing_but_blanks(
            text in "([a-z]{1,900}|[ \n]{1,3}|😀{1,300}|é|\u{301}|\u{200d}|\r\n){1,12}"
        ) {
            let graphemes = |text: &str| {
                let shown: Vec<&str> = text.graphemes(true).filter(|grapheme| !is_blank(grapheme)).collect();
                shown.concat()
            };
            let parts = divided(&text);
            for part in &parts {
                prop_assert!((1..=LONGEST_PART).contains(&units(part)));
                prop_assert_eq!(without_blank_start(without_blank_end(part)), part);
            }
            prop_assert_eq!(graphemes(&parts.concat()).replace(char::is_whitespace, ""),
                            graphemes(text.trim()).replace(char::is_whitespace, ""));
        }
    }
}
