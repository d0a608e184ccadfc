//! Look-up by equality without the value.

use std::fmt;

/// HMAC-SHA256 of a normalised value under the index key of its column: what `<column>_bidx` holds.
///
/// Equal values of one column have equal indexes; values of different columns have nothing in common. What is normalised
/// how is the business of the type that holds the value; this crate hashes the bytes it is given.
///
/// It is no secret like a key, but it says that two rows hold the same value, so `Debug` does not print it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct BlindIndex([u8; 32]);

impl BlindIndex {
    pub(crate) const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes to be stored or compared with.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The 32 bytes to be stored or compared with.
    pub const fn into_bytes(self) -> [u8; 32] {
        self.0
    }
}

impl AsRef<[u8]> for BlindIndex {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for BlindIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BlindIndex(..)")
    }
}
