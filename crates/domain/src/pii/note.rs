//! Private free text.

use super::{Pii, PiiError, PiiKind, Rule, read_text};
use crate::text::Form;

/// See [`Note`](super::Note).
#[derive(Debug)]
pub enum NoteKind {}

/// See [`MessageText`](super::MessageText).
#[derive(Debug)]
pub enum MessageKind {}

const NOTE_TOO_LONG: Rule = Rule { code: "too_long", text: "must have at most 2,000 characters" };
const MESSAGE_TOO_LONG: Rule = Rule { code: "too_long", text: "must have at most 20,000 characters" };

impl PiiKind for NoteKind {
    const NAME: &'static str = "note";

    fn normalise(input: &str) -> Result<String, Rule> {
        read_text(input, 2_000, NOTE_TOO_LONG, Form::Paragraphs)
    }
}

impl PiiKind for MessageKind {
    const NAME: &'static str = "message text";

    fn normalise(input: &str) -> Result<String, Rule> {
        read_text(input, 20_000, MESSAGE_TOO_LONG, Form::Message)
    }
}

impl Pii<MessageKind> {
    /// Reads a message as a network delivers it, which nobody sends again: nothing is cut off, `\r\n` becomes `\n`, and
    /// control characters, which a database may not hold, become U+FFFD.
    ///
    /// # Errors
    ///
    /// Nothing at all, or more than 20,000 characters.
    ///
    /// ```
    /// use strongroom_domain::MessageText;
    ///
    /// assert_eq!(MessageText::parse_delivered("hi\0there\u{b}! ")?.expose(), "hi\u{fffd}there\u{fffd}! ");
    /// # Ok::<(), strongroom_domain::PiiError>(())
    /// ```
    pub fn parse_delivered(input: &str) -> Result<Self, PiiError> {
        let stored = |c: char| if c.is_control() && c != '\n' && c != '\t' { '\u{fffd}' } else { c };
        let text: String = input.replace("\r\n", "\n").chars().map(stored).collect();
        if text.is_empty() {
            return Err(PiiError::of::<MessageKind>(Rule { code: "empty", text: "must not be empty" }));
        }
        if text.chars().nth(20_000).is_some() {
            return Err(PiiError::of::<MessageKind>(MESSAGE_TOO_LONG));
        }
        Ok(Self::from_trusted(text))
    }
}

#[cfg(test)]
mod tests {
    use crate::{MessageText, Note};

    #[test]
    fn notes_and_messages_have_lines_and_limits() {
        assert_eq!(Note::parse(" paid twice\nby mistake ").unwrap().expose(), "paid twice\nby mistake");
        assert!(Note::parse(&"x".repeat(2_000)).is_ok());
        assert_eq!(Note::parse(&"x".repeat(2_001)).unwrap_err().code(), "too_long");
        assert_eq!(Note::parse("\0").unwrap_err().code(), "control_character");
        assert!(MessageText::parse(&"x".repeat(20_000)).is_ok());
        assert_eq!(MessageText::parse(&"x".repeat(20_001)).unwrap_err().code(), "too_long");
    }

    #[test]
    fn a_delivered_message_is_kept_as_it_came() {
        let delivered =
            |input: &str| MessageText::parse_delivered(input).map(|text| text.expose().to_owned());
        for (input, kept) in [
            (" hi\r\nthere\t", " hi\nthere\t"),
            ("a\rb", "a\u{fffd}b"),
            ("\u{2067}שלום\u{2069}", "\u{2067}שלום\u{2069}"),
            (" ", " "),
        ] {
            assert_eq!(delivered(input).as_deref(), Ok(kept));
        }
        assert_eq!(delivered("").unwrap_err().code(), "empty");
        assert!(delivered(&"x".repeat(20_000)).is_ok());
        assert_eq!(delivered(&"x".repeat(20_001)).unwrap_err().code(), "too_long");
    }
}
