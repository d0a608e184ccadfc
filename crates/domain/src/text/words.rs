//! The words of a text, as an index of words holds them and a search names them.

use std::collections::BTreeSet;
use std::fmt;

use unicode_normalization::char::is_combining_mark;

use super::fold::fold;
use super::is_ignorable;
use crate::invalid::{FieldError, Violation, here};

/// The different words of a text, folded. A word is a run of letters and digits with the marks that belong to them, so that
/// words of Indian scripts stay whole; joiners and other characters that do not show are left out.
///
/// ```
/// let words = strongroom_domain::text::words("Kup ŚMIETANĘ 18%, kup!");
/// assert!(words.iter().map(String::as_str).eq(["18", "kup", "śmietanę"]));
/// ```
pub fn words(text: &str) -> BTreeSet<String> {
    word_sequence(text).into_iter().collect()
}

/// The same words in the order of the text, each as often as it stands there.
pub(crate) fn word_sequence(text: &str) -> Vec<String> {
    let visible: String = text.chars().filter(|&c| !is_ignorable(c)).collect();
    let belongs = |c: char| c.is_alphanumeric() || is_combining_mark(c);
    let folded = fold(&visible);
    // A mark alone, without a letter, is no word.
    let is_word = |run: &&str| run.chars().any(char::is_alphanumeric);
    folded.split(|c| !belongs(c)).filter(is_word).map(str::to_owned).collect()
}

/// The words that a search looks for: 1 to 10, all of which must occur.
///
/// ```
/// use strongroom_domain::text::SearchWords;
///
/// let search = SearchWords::parse("ŁACIATE mleko")?;
/// assert!(search.are_in("Kupiłem mleko łaciate"));
/// assert!(!search.are_in("Kupiłem mleko"));
/// # Ok::<(), strongroom_domain::text::SearchError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct SearchWords(BTreeSet<String>);

/// Without the words, which are what somebody said.
impl fmt::Debug for SearchWords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{} words]", self.0.len())
    }
}

/// Why a search was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SearchError {
    /// Neither a letter nor a digit.
    #[error("the search must name a word: letters or digits")]
    Empty,
    /// More words than are looked for at once.
    #[error("the search must name at most {} different words", SearchWords::MOST)]
    TooMany,
}

impl SearchError {
    /// Stable, machine readable.
    pub fn code(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::TooMany => "too_many_words",
        }
    }
}

impl FieldError for SearchError {
    fn violations(&self) -> Vec<Violation> {
        here(self.code(), self)
    }
}

impl SearchWords {
    /// How many words a search may name.
    pub const MOST: usize = 10;

    /// Finds the words.
    pub fn parse(input: &str) -> Result<Self, SearchError> {
        let words = words(input);
        match words.len() {
            0 => Err(SearchError::Empty),
            1..=Self::MOST => Ok(Self(words)),
            _ => Err(SearchError::TooMany),
        }
    }

    /// The words, folded, in the order of their letters.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// Whether all of them occur in a text, each as a whole word.
    pub fn are_in(&self, text: &str) -> bool {
        self.0.is_subset(&words(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(text: &str) -> Vec<String> {
        words(text).into_iter().collect()
    }

    #[test]
    fn words_are_runs_of_letters_digits_and_their_marks() {
        assert_eq!(of("how are you, HOW?"), ["are", "how", "you"]);
        assert_eq!(of("1,5 l mleka"), ["1", "5", "l", "mleka"]);
        assert_eq!(of("नमस्ते दुनिया"), ["दुनिया", "नमस्ते"]);
        assert_eq!(of("Z\u{307}urek"), ["żurek"]);
        assert_eq!(of("co\u{ad}operate क्\u{200d}ष"), ["cooperate", "क्ष"]);
        assert_eq!(of("'\u{301}' - 🍕 …"), Vec::<String>::new());
    }

    #[test]
    fn a_search_does_not_print_its_words() {
        assert_eq!(format!("{:?}", SearchWords::parse("kup mleko").unwrap()), "[2 words]");
    }

    #[test]
    fn a_search_finds_whole_words_in_any_case() {
        let finds = |search: &str, text: &str| SearchWords::parse(search).unwrap().are_in(text);
        assert!(finds("śmietanę", "Kup ŚMIETANĘ"));
        assert!(finds("how are you", "how are you"));
        assert!(!finds("mlek", "mleko"));
        assert!(!finds("kup masło", "kup mleko"));
        assert_eq!(
            SearchWords::parse("ŁACIATE mleko").unwrap().iter().collect::<Vec<_>>(),
            ["mleko", "łaciate"]
        );
    }

    #[test]
    fn a_search_has_one_word_to_ten() {
        assert_eq!(SearchWords::parse(" ?! "), Err(SearchError::Empty));
        let eleven = "a b c d e f g h i j k";
        assert_eq!(SearchWords::parse(eleven), Err(SearchError::TooMany));
        assert!(SearchWords::parse(&eleven.replace('k', "A")).is_ok(), "the same word counts once");
    }

    proptest! {
        #[test]
        fn every_text_holds_its_own_words(text in any::<String>()) {
            for word in words(&text) {
                prop_assert_eq!(of(&word), std::slice::from_ref(&word));
                prop_assert!(SearchWords::parse(&word).unwrap().are_in(&text));
            }
        }
    }
}
