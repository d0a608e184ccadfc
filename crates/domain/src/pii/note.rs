//! Private free text.

use super::{PiiKind, Rule, read_text};
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
}
