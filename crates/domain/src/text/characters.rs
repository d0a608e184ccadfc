//! Which characters a text may hold, and which of them show.

use icu_properties::props::{BidiClass, DefaultIgnorableCodePoint};
use icu_properties::{CodePointMapData, CodePointSetData};

use super::TextError;

/// What kind of text is read, which decides what it may hold beside the characters that show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// A name: one line.
    Line,
    /// A description or a note: line breaks and tabs too.
    Paragraphs,
    /// What one person writes to another: marks of direction too. It is never put between other words, and its writer
    /// may need them.
    Message,
}

/// Trims a text and checks it against the rules that all texts share. Line breaks come back as `\n`.
pub(crate) fn read(input: &str, max: usize, form: Form) -> Result<String, TextError> {
    let trimmed = input.trim();
    if trimmed.chars().all(shows_nothing) {
        return Err(TextError::Empty);
    }
    let text = if form == Form::Line { trimmed.to_owned() } else { trimmed.replace("\r\n", "\n") };
    if text.chars().nth(max).is_some() {
        return Err(TextError::TooLong { max });
    }
    let breaks_lines = |c| form != Form::Line && (c == '\n' || c == '\t');
    if text.chars().any(|c| c.is_control() && !breaks_lines(c)) {
        return Err(TextError::ControlCharacter);
    }
    if form != Form::Message && text.chars().any(turns_text) {
        return Err(TextError::DirectionMark);
    }
    Ok(text)
}

/// Whether a character embeds, overrides or isolates the direction of the text that follows, so that what comes after it
/// is displayed in another order: U+202A to U+202E and U+2066 to U+2069.
///
/// ```
/// use strongroom_domain::text::turns_text;
///
/// assert!(turns_text('\u{202e}'));
/// assert!(!turns_text('م') && !turns_text('\u{200f}'));
/// ```
pub fn turns_text(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Whether a character leaves no ink when it stands alone: blanks, joiners, variation selectors, fillers and the like. They
/// have their place between others: emoji and Indian scripts are written with them.
pub(crate) fn shows_nothing(c: char) -> bool {
    /// Symbols by their category, and yet blank: a Braille cell without dots, a note without a head.
    const BLANK: [char; 2] = ['\u{2800}', '\u{1d159}'];
    c.is_whitespace() || is_ignorable(c) || BLANK.contains(&c)
}

/// Whether a character is ignored in display by default, as the Unicode standard says.
pub(crate) fn is_ignorable(c: char) -> bool {
    CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c)
}

/// A text as it may stand between other words: without marks that turn text, and isolated where it is written from right to
/// left, so that neither it nor an amount beside it is displayed in another order.
///
/// ```
/// use strongroom_domain::text::isolated;
///
/// assert_eq!(isolated("Asha\u{202e}"), "Asha");
/// assert_eq!(isolated("محمد"), "\u{2068}محمد\u{2069}");
/// ```
pub fn isolated(text: &str) -> String {
    let kept: String = text.chars().filter(|&c| !turns_text(c)).collect();
    if kept.chars().any(is_right_to_left) { format!("\u{2068}{kept}\u{2069}") } else { kept }
}

fn is_right_to_left(c: char) -> bool {
    let class = CodePointMapData::<BidiClass>::new().get(c);
    matches!(class, BidiClass::RightToLeft | BidiClass::ArabicLetter)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const FORMS: [Form; 3] = [Form::Line, Form::Paragraphs, Form::Message];

    #[test]
    fn marks_that_turn_text_stand_in_messages_only() {
        for mark in ('\u{202a}'..='\u{202e}').chain('\u{2066}'..='\u{2069}') {
            let text = format!("Dinner{mark} 00.05");
            assert_eq!(read(&text, 50, Form::Line), Err(TextError::DirectionMark), "{mark:?}");
            assert_eq!(read(&text, 50, Form::Paragraphs), Err(TextError::DirectionMark), "{mark:?}");
            assert_eq!(read(&text, 50, Form::Message), Ok(text));
        }
    }

    #[test]
    fn what_shows_nothing_is_empty_in_every_form() {
        let blanks = [
            "",
            " \t\n",
            "\u{200b}",
            "\u{3164}",
            "\u{2800}",
            "\u{115f}",
            "\u{ffa0}",
            "\u{ad}",
            "\u{feff}",
            "\u{fe0f}",
            "\u{200d}",
            "\u{e0020}",
            "\u{2028}",
            "\u{202e}",
            "\u{200b} \u{2800}",
            "\u{1d159}",
        ];
        for (form, blank) in FORMS.into_iter().flat_map(|form| blanks.map(|blank| (form, blank))) {
            assert_eq!(read(blank, 50, form), Err(TextError::Empty), "{form:?} {blank:?}");
        }
    }

    #[test]
    fn every_script_is_written_with_its_marks() {
        let texts = [
            "محمد",
            "שרה\u{200f}",
            "👩\u{200d}🍳",
            "ക്\u{200d}ഷമ",
            "नी\u{200c}ला",
            "❤\u{fe0f}",
            "C++\u{200e}",
            "🏴\u{e0067}\u{e0062}\u{e007f}",
            "می\u{200c}خواهم",
            "ᠠ\u{180b}",
        ];
        for (form, text) in FORMS.into_iter().flat_map(|form| texts.map(|text| (form, text))) {
            assert_eq!(read(text, 50, form).as_deref(), Ok(text));
        }
    }

    #[test]
    fn only_longer_texts_have_lines() {
        assert_eq!(read("a\nb", 50, Form::Line), Err(TextError::ControlCharacter));
        assert_eq!(read("a\r\n\tb", 50, Form::Paragraphs).as_deref(), Ok("a\n\tb"));
        for form in FORMS {
            assert_eq!(read("a\rb", 50, form), Err(TextError::ControlCharacter));
            assert_eq!(read("\0", 50, form), Err(TextError::ControlCharacter));
            assert_eq!(read("\u{85}\0", 50, form), Err(TextError::ControlCharacter));
        }
    }

    proptest! {
        #[test]
        fn what_is_read_shows_something_turns_nothing_and_stays_as_it_is(input in any::<String>()) {
            for form in FORMS {
                if let Ok(text) = read(&input, 20, form) {
                    prop_assert!(text.chars().any(|c| !shows_nothing(c)));
                    prop_assert!(form == Form::Message || !text.chars().any(turns_text));
                    prop_assert!((1..=20).contains(&text.chars().count()));
                    prop_assert_eq!(read(&text, 20, form), Ok(text));
                }
            }
        }

        #[test]
        fn isolating_opens_no_more_than_it_closes(input in "[a-z0-9 א-ת\u{202a}-\u{202e}\u{2066}-\u{2069}]{0,20}") {
            let text = isolated(&input);
            let marks: Vec<char> = text.chars().filter(|&c| turns_text(c)).collect();
            let pair = ['\u{2068}', '\u{2069}'];
            prop_assert!(marks.is_empty() || marks == pair);
            let words = |text: &str| text.chars().filter(|&c| !turns_text(c)).collect::<String>();
            prop_assert_eq!(words(&text), words(&input));
        }
    }
}
