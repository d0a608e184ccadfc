//! Names of people.

use caseless::Caseless;
use unicode_normalization::UnicodeNormalization;

use super::{PiiKind, Rule, read_text};
use crate::text::Form;

/// See [`PersonName`](super::PersonName).
#[derive(Debug)]
pub enum NameKind {}

const TOO_LONG: Rule = Rule { code: "too_long", text: "must have at most 200 characters" };

impl PiiKind for NameKind {
    const NAME: &'static str = "name";

    fn normalise(input: &str) -> Result<String, Rule> {
        read_text(input, 200, TOO_LONG, Form::Line)
    }

    /// Compatibility-normalised, case-folded, with single spaces: "ravi  KUMAR" is looked up as "ravi kumar".
    fn index_form(value: &str) -> String {
        let folded: String = value.nfkc().default_case_fold().nfkc().collect();
        folded.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

#[cfg(test)]
mod tests {
    use crate::PersonName;

    #[test]
    fn names_are_trimmed_and_bounded() {
        assert_eq!(PersonName::parse("  Asha Rao ").unwrap().expose(), "Asha Rao");
        assert!(PersonName::parse(&"न".repeat(200)).is_ok());
        assert_eq!(PersonName::parse(&"न".repeat(201)).unwrap_err().code(), "too_long");
        assert_eq!(PersonName::parse(" \t ").unwrap_err().code(), "empty");
        assert_eq!(PersonName::parse("a\0b").unwrap_err().code(), "control_character");
        assert_eq!(
            PersonName::parse("a\nb").unwrap_err().to_string(),
            "the name must not hold control characters"
        );
    }

    #[test]
    fn strange_names_are_names() {
        for name in ["A&am=1&pa=x@y", "O'Brien \"Bob\"", "🍕", "محمد", "<b>x</b>", "'; DROP TABLE users; --"]
        {
            assert_eq!(PersonName::parse(name).unwrap().expose(), name);
        }
    }

    #[test]
    fn a_name_is_found_however_it_is_written() {
        let form = |name: &str| PersonName::parse(name).unwrap().index_form();
        assert_eq!(form("Ravi  KUMAR"), form("ravi kumar"));
        assert_eq!(form("STRASSE"), form("Straße"));
        assert_eq!(form("Ｒａｖｉ"), form("ravi"));
        assert_eq!(form("José"), form("Jose\u{301}"));
        assert_ne!(form("José"), form("Jose"));
    }
}
