//! A column under all keys of a ring.

use crate::associated_data::AssociatedData;
use crate::envelope::{self, Header};
use crate::primitives::AeadKey;
use crate::secret::Secret;
use crate::{Column, EncryptionKey, KeyId, OpenError, SealError};
use uuid::Uuid;

/// Seals with the active key, opens with whichever key the envelope names.
pub(crate) struct Sealer {
    active: PlaceKey,
    retired: Vec<PlaceKey>,
}

/// The key of one column that was derived from one encryption key.
struct PlaceKey {
    id: KeyId,
    key: AeadKey,
    place: AssociatedData,
}

impl PlaceKey {
    fn derive(key: &EncryptionKey, column: &Column) -> Self {
        Self {
            id: key.id(),
            key: AeadKey::new(&key.sealing_key(column)),
            place: AssociatedData::of_column(column, key.id()),
        }
    }
}

impl Sealer {
    pub(crate) fn derive(active: &EncryptionKey, retired: &[EncryptionKey], column: &Column) -> Self {
        Self {
            active: PlaceKey::derive(active, column),
            retired: retired.iter().map(|key| PlaceKey::derive(key, column)).collect(),
        }
    }

    /// The same place under another key. It goes by the active key's id, so that it is given up with that key.
    pub(crate) fn with_key(&self, key: &Secret) -> Self {
        let PlaceKey { id, place, .. } = self.active;
        Self { active: PlaceKey { id, key: AeadKey::new(key), place }, retired: Vec::new() }
    }

    pub(crate) fn seal(&self, row: Uuid, plaintext: &[u8]) -> Result<Vec<u8>, SealError> {
        let PlaceKey { id, key, place } = &self.active;
        envelope::seal(*id, key, place.with_row(row).as_bytes(), plaintext)
    }

    pub(crate) fn open(&self, row: Uuid, envelope: Vec<u8>) -> Result<Vec<u8>, OpenError> {
        let header = Header::parse(&envelope)?;
        let PlaceKey { key, place, .. } =
            self.find(header.key_id).ok_or(OpenError::UnknownKey(header.key_id))?;
        envelope::open(&header, key, place.with_row(row).as_bytes(), envelope)
    }

    fn find(&self, id: KeyId) -> Option<&PlaceKey> {
        std::iter::once(&self.active).chain(&self.retired).find(|key| key.id == id)
    }
}
