//! Text as it is compared: without case, compatibility forms and double blanks.

use std::fmt;

use caseless::Caseless;
use unicode_normalization::UnicodeNormalization;

/// Compatibility-normalised, case-folded, with single blanks: "ŚMIETANA  18%" and "Śmietana 18%" fold to the same.
pub(crate) fn fold(text: &str) -> String {
    let folded: String = text.nfkc().default_case_fold().nfkc().collect();
    folded.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The folded form of a text, for a column that is compared, grouped or searched: a database folds letters beyond ASCII
/// by its locale or not at all.
///
/// ```
/// use strongroom_domain::text::Folded;
///
/// assert_eq!(Folded::of("ŚMIETANA  18%"), Folded::of("Śmietana 18%"));
/// assert_eq!(Folded::of(" Żabka ").as_str(), "żabka");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Folded(String);

impl Folded {
    /// Folds a text.
    pub fn of(text: &str) -> Self {
        Self(fold(text))
    }

    /// Takes what came out of the store as it is.
    pub fn from_trusted(folded: String) -> Self {
        Self(folded)
    }

    /// The folded text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The folded text as an owned string.
    pub fn into_string(self) -> String {
        self.0
    }
}

impl AsRef<str> for Folded {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Folded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn one_text_has_one_folded_form() {
        for (a, b) in [
            ("Śmietana 18%", "ŚMIETANA  18%"),
            ("Żurek", "Z\u{307}UREK"),
            ("STRASSE", "straße"),
            ("Ｒａｖｉ", "ravi"),
            ("José", "Jose\u{301}"),
            ("ΟΔΟΣ", "οδος"),
            ("a\u{a0}\tb", " A B "),
        ] {
            assert_eq!(Folded::of(a), Folded::of(b));
        }
        assert_ne!(Folded::of("José"), Folded::of("Jose"));
    }

    proptest! {
        #[test]
        fn folding_again_changes_nothing(text in any::<String>()) {
            let folded = Folded::of(&text);
            prop_assert_eq!(Folded::of(folded.as_str()), folded);
        }
    }
}
