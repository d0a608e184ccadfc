//! Why a JSON text could not be read.

use std::fmt;

use super::{DEEPEST, MOST_DIGITS};
use crate::pii::Rule;

/// Nested too deeply.
pub(super) const TOO_DEEP: Rule = Rule { code: "too_deep", text: "must be nested at most 128 levels deep" };
/// A number that is too long.
pub(super) const TOO_MANY_DIGITS: Rule = Rule {
    code: "number_out_of_range",
    text: "must have at most 1,000 digits and an exponent from -1,000 to 1,000",
};
/// PostgreSQL stores no U+0000.
pub(super) const NULL_CHARACTER: Rule =
    Rule { code: "control_character", text: "must not hold the character U+0000" };
/// Half of a pair is no character.
pub(super) const LONE_SURROGATE: Rule =
    Rule { code: "lone_surrogate", text: "must not hold one half of a surrogate pair" };

const _: () = assert!(DEEPEST == 128 && MOST_DIGITS == 1_000, "the texts of the rules name these limits");

/// Why a JSON text could not be read. [`Display`](fmt::Display) may repeat a part of the text for
/// [`Mismatch`](Self::Mismatch).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JsonError {
    /// It is not JSON.
    Syntax {
        /// Counted from 1.
        line: usize,
        /// In bytes, counted from 1.
        column: usize,
    },
    /// It is JSON that breaks a rule of stored JSON.
    Rule(Rule),
    /// It is JSON of another type. In the words of serde.
    Mismatch(String),
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Syntax { line, column } => write!(f, "not JSON (line {line}, column {column})"),
            Self::Rule(rule) => write!(f, "the JSON {}", rule.text),
            Self::Mismatch(message) => f.write_str(message),
        }
    }
}

impl std::error::Error for JsonError {}

impl serde::de::Error for JsonError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::Mismatch(message.to_string())
    }
}
