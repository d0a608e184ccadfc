//! Search for words without the text.

use std::fmt;

/// The first 64 bits of an HMAC-SHA256 of an owner and a word, under the index key of the column whose texts hold the word: an
/// element of a `BIGINT[]` beside a sealed column.
///
/// The same word of two owners has two indexes that have nothing in common, so an index shows neither the word nor that two
/// people used it; it does show which texts of one owner share a word. 64 bits are enough to find texts and too few to prove
/// that one holds the word: open what was found and compare.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WordIndex(i64);

impl WordIndex {
    pub(crate) const fn new(bytes: [u8; 8]) -> Self {
        Self(i64::from_be_bytes(bytes))
    }

    /// The number to be stored or searched for.
    pub const fn get(self) -> i64 {
        self.0
    }
}

impl fmt::Debug for WordIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WordIndex(..)")
    }
}
