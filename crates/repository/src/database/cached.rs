//! Values that are kept for a while outside the database, in a cache: sealed like those in it.

use codec::{Cipher, Column, ContentCipher};
use uuid::Uuid;

use crate::{Error, Result};

/// No column of a table, but sealed by a key of its own as if it were one.
pub(crate) const COLUMN: Column = Column::new("platform", "cached_values", "value");

/// The place of one value in a cache: what it is called there, and how it is sealed.
///
/// The name is a keyed digest of what the value is made of, so that it tells nothing, two databases that share a cache
/// never meet, and a value can be found only by who knows what it is made of. A value opens under its own name alone, and
/// only to who has the content: once that is erased from the database, what is still in a cache opens to nobody.
///
/// ```no_run
/// # fn f(database: &strongroom_repository::Database) -> strongroom_repository::Result<()> {
/// use strongroom_repository::CachedValue;
///
/// let place = CachedValue::of(database.cipher(), "qr.png", b"upi://pay?pa=asha@okaxis")?;
/// let sealed = place.seal(b"the picture")?;
/// assert_eq!(place.open(sealed).as_deref(), Some(&b"the picture"[..]));
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct CachedValue {
    cipher: ContentCipher,
    name: Uuid,
}

impl CachedValue {
    /// The place of the value of this kind that is made of `content`.
    ///
    /// # Errors
    /// [`Error::NotReady`] for a cipher that is not a database's.
    pub fn of(cipher: &Cipher, kind: &str, content: &[u8]) -> Result<Self> {
        let cipher = cipher.column(&COLUMN).map_err(|error| Error::NotReady(error.to_string()))?;
        let content = [kind.as_bytes(), content];
        let digest = cipher.digest(&content);
        let name = digest.first_chunk().copied().map_or_else(Uuid::nil, Uuid::from_bytes);
        Ok(Self { cipher: cipher.for_content(&content), name })
    }

    /// What it is called in the cache: 128 bits that look random.
    pub fn name(&self) -> Uuid {
        self.name
    }

    /// The value as it may leave the process.
    ///
    /// # Errors
    /// [`Error::NotReady`] when the operating system has no random bytes.
    pub fn seal(&self, value: &[u8]) -> Result<Vec<u8>> {
        self.cipher.seal(self.name, value).map_err(|error| Error::NotReady(error.to_string()))
    }

    /// The value, unless it was sealed for another place or by a key that is not held any more: then it is as good as not
    /// there.
    pub fn open(&self, sealed: Vec<u8>) -> Option<Vec<u8>> {
        self.cipher.open(self.name, sealed).ok()
    }
}

#[cfg(test)]
mod tests {
    use codec::{EncryptionKey, IndexKey, KeyRing};

    use super::*;

    fn cipher() -> Cipher {
        let ring = KeyRing::new(EncryptionKey::generate().unwrap(), Vec::new()).unwrap();
        Cipher::new(&ring, &IndexKey::generate().unwrap(), &[COLUMN])
    }

    #[test]
    fn a_value_opens_in_its_own_place_alone() {
        let (cipher, other) = (cipher(), cipher());
        let place = CachedValue::of(&cipher, "qr.png", b"a link").unwrap();
        let sealed = place.seal(b"a picture").unwrap();
        assert!(!sealed.windows(9).any(|window| window == b"a picture"));
        assert_eq!(place.open(sealed.clone()).unwrap(), b"a picture");
        for wrong in [
            CachedValue::of(&cipher, "qr.svg", b"a link").unwrap(),
            CachedValue::of(&cipher, "qr.png", b"another").unwrap(),
            CachedValue::of(&other, "qr.png", b"a link").unwrap(),
        ] {
            assert_ne!(wrong.name(), place.name());
            assert_eq!(wrong.open(sealed.clone()), None);
        }
        // Kind and content cannot be shifted into one another.
        let shifted = CachedValue::of(&cipher, "qr.pnga", b" link").unwrap();
        assert_ne!(shifted.name(), place.name());
    }

    #[test]
    fn whoever_has_all_keys_and_not_the_content_opens_nothing() {
        let cipher = cipher();
        let place = CachedValue::of(&cipher, "qr.png", b"a link").unwrap();
        let sealed = place.seal(b"a picture").unwrap();
        assert!(cipher.column(&COLUMN).unwrap().open(place.name(), sealed).is_err());
    }
}
