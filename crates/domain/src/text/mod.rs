//! Text: what it may hold, how it is compared and searched, clear text with a length limit, and addresses of web pages.

mod characters;
mod fold;
mod tags;
mod web_url;
mod words;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub(crate) use characters::{Form, is_ignorable, read, shows_nothing};
pub use characters::{isolated, turns_text};
pub use fold::Folded;
pub(crate) use fold::fold;
pub use tags::Tags;
pub use web_url::{WebUrl, WebUrlError};
pub(crate) use words::word_sequence;
pub use words::{SearchError, SearchWords, words};

/// Text that is stored in clear: trimmed, 1 to `MAX` characters of which one shows, free of control characters but line
/// breaks (stored as `\n`) and tabs, and of marks that turn text around. `MAX` counts characters, as `VARCHAR(n)` does.
///
/// ```
/// use strongroom_domain::{Text, TextError};
///
/// let merchant = Text::<200>::parse("  Toit Brewpub ")?;
/// assert_eq!(merchant.as_str(), "Toit Brewpub");
/// assert_eq!(Text::<4>::parse("Dinner"), Err(TextError::TooLong { max: 4 }));
/// # Ok::<(), TextError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text<const MAX: usize>(String);

/// Why a text was refused. It does not repeat the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// There is nothing in it that shows.
    #[error("the text must not be empty")]
    Empty,
    /// More characters than fit.
    #[error("the text must have at most {max} characters")]
    TooLong {
        /// How many characters fit.
        max: usize,
    },
    /// A control character other than a line break or tab, NUL among them.
    #[error("the text must not hold control characters")]
    ControlCharacter,
    /// A mark that changes the order in which the text after it is displayed.
    #[error(
        "the text must not hold marks that change the direction of text (U+202A to U+202E, U+2066 to U+2069)"
    )]
    DirectionMark,
}

impl TextError {
    /// Stable, machine readable.
    pub fn code(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::TooLong { .. } => "too_long",
            Self::ControlCharacter => "control_character",
            Self::DirectionMark => "direction_mark",
        }
    }
}

impl<const MAX: usize> Text<MAX> {
    /// Trims and checks.
    pub fn parse(input: &str) -> Result<Self, TextError> {
        read(input, MAX, Form::Paragraphs).map(Self)
    }

    /// Takes what came out of the store as it is.
    pub fn from_trusted(text: String) -> Self {
        Self(text)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text as an owned string.
    pub fn into_string(self) -> String {
        self.0
    }
}

impl<const MAX: usize> AsRef<str> for Text<MAX> {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl<const MAX: usize> fmt::Display for Text<MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl<const MAX: usize> FromStr for Text<MAX> {
    type Err = TextError;

    fn from_str(input: &str) -> Result<Self, TextError> {
        Self::parse(input)
    }
}

impl<const MAX: usize> Serialize for Text<MAX> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de, const MAX: usize> Deserialize<'de> for Text<MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn text_is_trimmed_and_bounded_in_characters() {
        assert_eq!(Text::<3>::parse(" añ🍕 ").unwrap().as_str(), "añ🍕");
        assert_eq!(Text::<3>::parse("añ🍕x"), Err(TextError::TooLong { max: 3 }));
        assert_eq!(Text::<3>::parse("   "), Err(TextError::Empty));
        assert_eq!(Text::<9>::parse("a\r\n\tb").unwrap().as_str(), "a\n\tb");
    }

    #[test]
    fn control_characters_are_refused() {
        for input in ["a\0b", "a\u{7f}b", "a\u{1b}[31mb", "a\rb", "a\u{85}b"] {
            assert_eq!(Text::<20>::parse(input), Err(TextError::ControlCharacter), "{input:?}");
        }
    }

    proptest! {
        #[test]
        fn what_was_accepted_is_accepted_unchanged(input in any::<String>()) {
            if let Ok(text) = Text::<20>::parse(&input) {
                prop_assert!((1..=20).contains(&text.as_str().chars().count()));
                prop_assert_eq!(Text::<20>::parse(text.as_str()), Ok(text));
            }
        }
    }
}
