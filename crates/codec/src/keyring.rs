//! All encryption keys of a process, and what they protect outside the sealed columns.

use crate::primitives::Prk;
use crate::sealer::Sealer;
use crate::{Column, EncryptionKey, IndexKey, KeyId, KeyRingError, OpenError, SealError};
use uuid::Uuid;
use zeroize::Zeroizing;

/// Where the wrapped index key stands.
const INDEX_KEY: Column = Column::new("platform", "encryption_keys", "index_key");
/// Where the canary stands.
const CANARY: Column = Column::new("platform", "encryption_keys", "canary");
/// What the canary says. That it opens is the proof; the text only has to be the same for ever.
const CANARY_TEXT: &[u8] = b"strongroom canary";

/// The active key, which seals, and retired keys, which still open.
///
/// ```
/// use strongroom_codec::{EncryptionKey, KeyRing};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let (active, retired) = (EncryptionKey::generate()?, EncryptionKey::generate()?);
/// let id = active.id();
/// let ring = KeyRing::new(active, vec![retired])?;
/// assert_eq!(ring.active_key_id(), id);
/// assert_eq!(ring.key_ids().count(), 2);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct KeyRing {
    active: EncryptionKey,
    retired: Vec<EncryptionKey>,
}

impl KeyRing {
    /// Puts keys together: `ENCRYPTION_KEY` and `ENCRYPTION_KEYS_OLD`. The order of the retired keys does not matter,
    /// because an envelope names its key.
    ///
    /// # Errors
    ///
    /// [`KeyRingError::DuplicateKeyId`] if two keys have the same id, which nearly always means that one key was given
    /// twice.
    pub fn new(active: EncryptionKey, retired: Vec<EncryptionKey>) -> Result<Self, KeyRingError> {
        let ring = Self { active, retired };
        let mut ids: Vec<KeyId> = ring.key_ids().collect();
        ids.sort_unstable();
        match ids.iter().zip(ids.iter().skip(1)).find(|(left, right)| left == right) {
            Some((id, _)) => Err(KeyRingError::DuplicateKeyId(*id)),
            None => Ok(ring),
        }
    }

    /// The id of the key that seals.
    pub fn active_key_id(&self) -> KeyId {
        self.active.id()
    }

    /// The ids of all keys, the active one first.
    pub fn key_ids(&self) -> impl Iterator<Item = KeyId> {
        self.keys().map(EncryptionKey::id)
    }

    /// Seals the index key with the active key, for `platform.encryption_keys.index_key` of `row`.
    ///
    /// # Errors
    ///
    /// If the operating system has no random bytes.
    ///
    /// ```
    /// use strongroom_codec::{EncryptionKey, IndexKey, KeyRing};
    /// use uuid::Uuid;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let ring = KeyRing::new(EncryptionKey::generate()?, Vec::new())?;
    /// let row = Uuid::from_u128(1);
    /// let wrapped = ring.wrap_index_key(&IndexKey::generate()?, row)?;
    /// let index_key = ring.unwrap_index_key(row, wrapped)?;
    /// # let _ = index_key;
    /// # Ok(())
    /// # }
    /// ```
    pub fn wrap_index_key(&self, index_key: &IndexKey, row: Uuid) -> Result<Vec<u8>, SealError> {
        self.sealer(&INDEX_KEY).seal(row, index_key.as_bytes())
    }

    /// Opens what [`wrap_index_key`](Self::wrap_index_key) made for the same row, with any key of the ring.
    ///
    /// # Errors
    ///
    /// As for [`ColumnCipher::open`](crate::ColumnCipher::open); [`OpenError::UnknownKey`] means that the process was
    /// started with a wrong key, or without an old one.
    pub fn unwrap_index_key(&self, row: Uuid, wrapped: Vec<u8>) -> Result<IndexKey, OpenError> {
        let opened = Zeroizing::new(self.sealer(&INDEX_KEY).open(row, wrapped)?);
        IndexKey::copy_from(&opened).ok_or(OpenError::Refused)
    }

    /// Seals a known text with the active key, for `platform.encryption_keys.canary` of `row`. Whoever can open it has
    /// the right key.
    ///
    /// # Errors
    ///
    /// If the operating system has no random bytes.
    pub fn seal_canary(&self, row: Uuid) -> Result<Vec<u8>, SealError> {
        self.sealer(&CANARY).seal(row, CANARY_TEXT)
    }

    /// Proves that this ring opens what is stored, before anything is read or written.
    ///
    /// # Errors
    ///
    /// As for [`ColumnCipher::open`](crate::ColumnCipher::open); [`OpenError::UnknownKey`] means that the process was
    /// started with a wrong key, or without an old one.
    ///
    /// ```
    /// use strongroom_codec::{EncryptionKey, KeyRing, OpenError};
    /// use uuid::Uuid;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let right = KeyRing::new(EncryptionKey::generate()?, Vec::new())?;
    /// let wrong = KeyRing::new(EncryptionKey::generate()?, Vec::new())?;
    /// let row = Uuid::from_u128(1);
    /// let canary = right.seal_canary(row)?;
    /// assert_eq!(right.check_canary(row, canary.clone()), Ok(()));
    /// assert_eq!(wrong.check_canary(row, canary), Err(OpenError::UnknownKey(right.active_key_id())));
    /// # Ok(())
    /// # }
    /// ```
    pub fn check_canary(&self, row: Uuid, canary: Vec<u8>) -> Result<(), OpenError> {
        let opened = self.sealer(&CANARY).open(row, canary)?;
        if opened == CANARY_TEXT { Ok(()) } else { Err(OpenError::Refused) }
    }

    pub(crate) fn sealer(&self, column: &Column) -> Sealer {
        Sealer::derive(&self.active, &self.retired, column)
    }

    /// What signers' keys are derived from, the active key's first.
    pub(crate) fn signing_keys(&self) -> ((KeyId, Prk), Vec<(KeyId, Prk)>) {
        let named = |key: &EncryptionKey| (key.id(), key.signing_key());
        (named(&self.active), self.retired.iter().map(named).collect())
    }

    fn keys(&self) -> impl Iterator<Item = &EncryptionKey> {
        std::iter::once(&self.active).chain(&self.retired)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ring() -> KeyRing {
        KeyRing::new(EncryptionKey::generate().unwrap(), Vec::new()).unwrap()
    }

    #[test]
    fn authentic_bytes_that_are_no_index_key_are_refused() {
        let (ring, row) = (ring(), Uuid::from_u128(1));
        for length in [0, 31, 33] {
            let wrapped = ring.sealer(&INDEX_KEY).seal(row, &vec![7; length]).unwrap();
            assert_eq!(ring.unwrap_index_key(row, wrapped).unwrap_err(), OpenError::Refused);
        }
    }

    #[test]
    fn an_authentic_text_that_is_no_canary_is_refused() {
        let (ring, row) = (ring(), Uuid::from_u128(1));
        let canary = ring.sealer(&CANARY).seal(row, b"another text").unwrap();
        assert_eq!(ring.check_canary(row, canary), Err(OpenError::Refused));
    }
}
