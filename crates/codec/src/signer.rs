//! Tags for what leaves the service in clear and must come back unchanged, such as a page cursor.

use crate::WrongTag;
use crate::primitives::{MacKey, Prk, same};
use crate::secret::Secret;
use std::fmt;

/// HMAC-SHA256 truncated to 16 bytes, under keys that belong to one purpose.
///
/// It proves that a message was made here; it hides nothing, and it does not stop anyone from sending the message again.
/// Make one with [`Cipher::signer`](crate::Cipher::signer), or with
/// [`Cipher::lasting_signer`](crate::Cipher::lasting_signer) where tags are stored.
pub struct Signer {
    active: MacKey,
    retired: Vec<MacKey>,
}

impl Signer {
    /// Length of a tag in bytes. 128 bits cannot be guessed, and a cursor stays short.
    pub const TAG: usize = 16;

    pub(crate) fn derive<'a>(
        active: &Prk,
        retired: impl IntoIterator<Item = &'a Prk>,
        purpose: &str,
    ) -> Self {
        let key = |prk: &Prk| MacKey::new(prk.derive(&[purpose.as_bytes()]).as_bytes());
        Self { active: key(active), retired: retired.into_iter().map(key).collect() }
    }

    /// The tag of a message under the active key.
    pub fn sign(&self, message: &[u8]) -> [u8; Self::TAG] {
        self.active.tag(message)
    }

    /// 32 bytes that follow from a message and the active key, and from nothing else. A signer that derives secrets must
    /// sign nothing: a tag is the beginning of such a secret.
    pub(crate) fn derive_secret(&self, message: &[u8]) -> Secret {
        let mut secret = Secret::zeroed();
        *secret.as_mut() = self.active.tag(message);
        secret
    }

    /// Checks a tag under every key of the ring, so that what was signed before a rotation is still good. The time it
    /// takes does not depend on where a wrong tag differs.
    ///
    /// # Errors
    ///
    /// [`WrongTag`] if no key of this purpose made the tag for this message, whatever the tag's length.
    pub fn verify(&self, message: &[u8], tag: &[u8]) -> Result<(), WrongTag> {
        let made_by = |key: &MacKey| same(&key.tag::<{ Self::TAG }>(message), tag);
        if made_by(&self.active) || self.retired.iter().any(made_by) { Ok(()) } else { Err(WrongTag) }
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signer(..)")
    }
}
