//! The key of all blind indexes, and of the tags that outlive an encryption key.

use crate::primitives::{MacKey, Prk};
use crate::secret::Secret;
use crate::{Column, RandomError, key};
use std::fmt;

/// 32 random bytes from which the key of each column's blind index is derived.
///
/// It is made once per database and stored only in wrapped form ([`KeyRing::wrap_index_key`]), which keeps every index
/// valid when the encryption key changes. Wiped when dropped, never printed.
///
/// [`KeyRing::wrap_index_key`]: crate::KeyRing::wrap_index_key
pub struct IndexKey(Secret);

impl IndexKey {
    /// Makes a new random key.
    ///
    /// # Errors
    ///
    /// If the operating system has no random bytes.
    pub fn generate() -> Result<Self, RandomError> {
        Secret::generate().map(Self)
    }

    pub(crate) fn copy_from(bytes: &[u8]) -> Option<Self> {
        Secret::copy_from(bytes).map(Self)
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    pub(crate) fn for_column(&self, column: &Column) -> MacKey {
        key::blind_index_key(&self.0, column)
    }

    pub(crate) fn signing_key(&self) -> Prk {
        key::lasting_signing_key(&self.0)
    }
}

impl fmt::Debug for IndexKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IndexKey(..)")
    }
}
