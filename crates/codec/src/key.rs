//! The encryption key, in the forms people write it in.

use crate::primitives::{MacKey, Prk};
use crate::secret::{LENGTH, Secret};
use crate::{Column, KeyError, RandomError, key_strength};
use base64::Engine as _;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use std::fmt;
use zeroize::Zeroizing;

/// Separates this crate's keys from whatever else the same 32 bytes might be used for, and this version of the
/// derivation from a later one.
const SALT: &[u8] = b"strongroom/v1";

/// The value of `ENCRYPTION_KEY` in example settings.
const PLACEHOLDER: &[u8; LENGTH] = b"your-32-character-encryption-key";

/// Generators print the padding character, some secret stores drop it.
const PADDING_OPTIONAL: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
const BASE64: GeneralPurpose = GeneralPurpose::new(&STANDARD, PADDING_OPTIONAL);
const BASE64_URL: GeneralPurpose = GeneralPurpose::new(&URL_SAFE, PADDING_OPTIONAL);

/// The public name of an [`EncryptionKey`]: the first four bytes of an HKDF output of it.
///
/// It stands in every envelope and in `platform.encryption_keys`, and says nothing about a random key. Its text is eight
/// hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyId(u32);

impl KeyId {
    /// An id that was stored as a number.
    pub const fn new(id: u32) -> Self {
        Self(id)
    }

    /// The id as a number.
    pub const fn get(self) -> u32 {
        self.0
    }

    /// The id as it stands in an envelope, bytes 2 to 5 when counted from 1, as PostgreSQL's `substring` does.
    pub const fn to_bytes(self) -> [u8; 4] {
        self.0.to_be_bytes()
    }

    pub(crate) const fn from_bytes(bytes: [u8; 4]) -> Self {
        Self(u32::from_be_bytes(bytes))
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}", self.0)
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyId({self})")
    }
}

/// The 32 bytes of `ENCRYPTION_KEY`, from which every other key is derived. Wiped when dropped, never printed.
pub struct EncryptionKey {
    secret: Secret,
    id: KeyId,
}

impl EncryptionKey {
    /// Reads a key as it stands in a setting or a file; white space around it is ignored.
    ///
    /// Three forms are taken, told apart by their length: 64 hexadecimal digits, base64 of 32 bytes (43 or 44 characters,
    /// standard or URL-safe alphabet, padding optional), or 32 printable ASCII characters used as they are.
    ///
    /// # Errors
    ///
    /// [`KeyError::Empty`] and [`KeyError::Malformed`] for anything else, [`KeyError::Placeholder`] for
    /// `your-32-character-encryption-key` in any case and form, and [`KeyError::Weak`] for 32 bytes
    ///
    /// * that are all equal, or have fewer than 8 different values among them,
    /// * that repeat a pattern of at most 16 bytes (`0123456789abcdef0123456789abcdef`),
    /// * in which at least 20 of the 31 steps from a byte to the next are the same (`abcdefgh…`, `aaaabbbbcccc…`).
    ///
    /// The rules catch what nobody meant to use; they cannot tell a phrase someone thought up from a random key. A key
    /// out of a generator breaks them less than once in 10⁷ times if it is 32 hexadecimal digits, and never in practice
    /// if it is 32 random bytes.
    ///
    /// ```
    /// use strongroom_codec::{EncryptionKey, KeyError};
    ///
    /// let key = EncryptionKey::parse("9d0b5fb4f43f6c9c8ea4b4e90a1d1cf4a2e5b2c74d3c1f00b69be2d1f1a7e8c3\n")?;
    /// assert_eq!(key.id().to_string().len(), 8);
    ///
    /// let error = EncryptionKey::parse("your-32-character-encryption-key").unwrap_err();
    /// assert_eq!(error, KeyError::Placeholder);
    /// assert!(error.to_string().contains("db-manage keys generate"));
    /// # Ok::<(), KeyError>(())
    /// ```
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let text = text.trim_ascii();
        if text.is_empty() {
            return Err(KeyError::Empty);
        }
        let secret = decode(text).ok_or(KeyError::Malformed { length: text.len() })?;
        if secret.as_bytes().eq_ignore_ascii_case(PLACEHOLDER) {
            return Err(KeyError::Placeholder);
        }
        match key_strength::find(secret.as_bytes()) {
            Some(weakness) => Err(KeyError::Weak(weakness)),
            None => Ok(Self::from_secret(secret)),
        }
    }

    /// Makes a new random key.
    ///
    /// # Errors
    ///
    /// If the operating system has no random bytes.
    pub fn generate() -> Result<Self, RandomError> {
        Secret::generate().map(Self::from_secret)
    }

    /// The key as 44 characters of base64, for the file or secret store it is kept in. Wiped when dropped; this is the
    /// only way a key leaves the crate.
    ///
    /// ```
    /// use strongroom_codec::EncryptionKey;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let key = EncryptionKey::generate()?;
    /// assert_eq!(EncryptionKey::parse(&key.to_base64())?.id(), key.id());
    /// # Ok(())
    /// # }
    /// ```
    pub fn to_base64(&self) -> Zeroizing<String> {
        // All at once, since a string that grows leaves copies behind.
        let mut text = Zeroizing::new(String::with_capacity(44));
        BASE64.encode_string(self.secret.as_bytes(), &mut text);
        text
    }

    /// The public name of this key.
    pub fn id(&self) -> KeyId {
        self.id
    }

    fn from_secret(secret: Secret) -> Self {
        let id = KeyId::from_bytes(prk(&secret).derive_id(&[b"key id"]));
        Self { secret, id }
    }

    /// The key that seals a column.
    pub(crate) fn sealing_key(&self, column: &Column) -> Secret {
        prk(&self.secret).derive(&[b"seal", &column.encode()])
    }

    /// What the keys of all signers are derived from. Nothing else can be derived from it.
    pub(crate) fn signing_key(&self) -> Prk {
        Prk::from_secret(&prk(&self.secret).derive(&[b"sign"]))
    }
}

impl fmt::Debug for EncryptionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EncryptionKey").field("id", &self.id).finish_non_exhaustive()
    }
}

/// The key of a column's blind index. It hangs on the index key alone, so that a new encryption key moves no index.
pub(crate) fn blind_index_key(index_key: &Secret, column: &Column) -> MacKey {
    MacKey::new(prk(index_key).derive(&[b"index", &column.encode()]).as_bytes())
}

/// What the keys of lasting signers are derived from. It hangs on the index key too.
pub(crate) fn lasting_signing_key(index_key: &Secret) -> Prk {
    Prk::from_secret(&prk(index_key).derive(&[b"sign"]))
}

fn prk(secret: &Secret) -> Prk {
    Prk::extract(SALT, secret.as_bytes())
}

fn decode(text: &str) -> Option<Secret> {
    match text.len() {
        LENGTH if text.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic()) => {
            Secret::copy_from(text.as_bytes())
        }
        43 | 44 => decode_base64(text),
        64 => {
            let mut secret = Secret::zeroed();
            hex::decode_to_slice(text, secret.as_mut()).ok()?;
            Some(secret)
        }
        _ => None,
    }
}

fn decode_base64(text: &str) -> Option<Secret> {
    let engine = if text.contains(['-', '_']) { &BASE64_URL } else { &BASE64 };
    let mut bytes = Zeroizing::new(Vec::with_capacity(2 * LENGTH));
    engine.decode_vec(text, &mut bytes).ok()?;
    Secret::copy_from(&bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Weakness;

    const HEX: &str = "fbefbe2b7e151628aed2a6abf7158809cf4f3c762e7160f38b4da56a784d9045";

    fn bytes() -> Vec<u8> {
        hex::decode(HEX).unwrap()
    }

    #[test]
    fn every_form_reads_the_same_key() {
        let standard = base64::engine::general_purpose::STANDARD.encode(bytes());
        let url = base64::engine::general_purpose::URL_SAFE.encode(bytes());
        assert!(standard.contains('+') && url.contains('-'), "the key shows the difference of the alphabets");
        let forms = [
            HEX.to_owned(),
            HEX.to_uppercase(),
            standard.trim_end_matches('=').to_owned(),
            url.trim_end_matches('=').to_owned(),
            format!("  {standard}\r\n"),
            standard,
            url,
        ];
        for form in forms {
            let key = EncryptionKey::parse(&form).unwrap();
            assert_eq!(key.secret.as_bytes(), bytes().as_slice(), "{form}");
        }
    }

    #[test]
    fn ascii_characters_are_used_as_they_are() {
        let text = "kQ7v Xr2L,Zt9W#Yc4H~J5sD!G8pRaE3";
        assert_eq!(EncryptionKey::parse(text).unwrap().secret.as_bytes(), text.as_bytes());
    }

    #[test]
    fn other_texts_are_refused_without_being_repeated() {
        for text in [
            "short",
            "kQ7vXr2LmZt9WbYc4HnJ5sDfG8pRaE3",      // 31 characters
            "kQ7vXr2LmZt9WbYc4HnJ5sDfG8pRaE3uu",    // 33 characters
            "kQ7vXr2LmZt9WbYc4HnJ5sDfG8pRaE\u{e9}", // 32 bytes, not ASCII
            "kQ7vXr2LmZt9Wb\tc4HnJ5sDfG8pRaE3u",    // a control character
            "gQ7vXr2LmZt9WbYc4HnJ5sDfG8pRaE3ukQ7vXr2LmZt9WbYc4HnJ5sDfG8pRaE3u", // 64, not hexadecimal
            "kQ7vXr2LmZt9WbYc4HnJ5sDfG8pRaE3ukQ7vXr2L*Zs", // 43, not base64
            "-_7vXr2LmZt9WbYc4HnJ5sDfG8pRaE3ukQ7vXr2+/Zs", // both alphabets at once
            "kQ7vXr2LmZt9WbYc4HnJ5sDfG8pRaE3ukQ7vXr2LmZt", // bits that no byte holds
            "kQ7vXr2LmZt9WbYc4HnJ5sDfG8pRaE3ukQ7vXr2LmZt9", // base64 of 33 bytes
            "kQ7vXr2LmZt9WbYc4HnJ5sDfG8pRaE3ukQ7vXr2LmZ==", // base64 of 31 bytes
        ] {
            let error = EncryptionKey::parse(text).unwrap_err();
            assert_eq!(error, KeyError::Malformed { length: text.len() }, "{text}");
            assert!(!error.to_string().contains(text));
        }
        assert_eq!(EncryptionKey::parse(" \n").unwrap_err(), KeyError::Empty);
    }

    #[test]
    fn the_placeholder_is_refused_in_every_form() {
        for text in [
            "your-32-character-encryption-key".to_owned(),
            "YOUR-32-CHARACTER-ENCRYPTION-KEY".to_owned(),
            hex::encode(PLACEHOLDER),
            BASE64.encode(PLACEHOLDER),
        ] {
            assert_eq!(EncryptionKey::parse(&text).unwrap_err(), KeyError::Placeholder);
        }
    }

    #[test]
    fn weak_keys_are_refused_in_every_form() {
        for text in ["a".repeat(32), "61".repeat(32), BASE64.encode([b'a'; 32])] {
            assert_eq!(EncryptionKey::parse(&text).unwrap_err(), KeyError::Weak(Weakness::EqualBytes));
        }
    }

    #[test]
    fn every_error_says_what_to_do() {
        let errors = [
            KeyError::Empty,
            KeyError::Malformed { length: 5 },
            KeyError::Placeholder,
            KeyError::Weak(Weakness::Sequence),
        ];
        for error in errors {
            assert!(error.to_string().contains("`db-manage keys generate`"), "{error}");
        }
    }

    #[test]
    fn debug_prints_the_id_only() {
        let key = EncryptionKey::parse(HEX).unwrap();
        assert_eq!(format!("{key:?}"), format!("EncryptionKey {{ id: {:?}, .. }}", key.id()));
    }

    #[test]
    fn every_use_has_its_own_key() {
        let key = EncryptionKey::parse(HEX).unwrap();
        let (name, phone) =
            (Column::new("split", "contacts", "name"), Column::new("split", "contacts", "phone_number"));
        let same_secret = Secret::copy_from(&bytes()).unwrap();
        let mut keys = vec![
            bytes(),
            key.sealing_key(&name).as_bytes().to_vec(),
            key.sealing_key(&phone).as_bytes().to_vec(),
            key.signing_key().derive(&[b"cursor"]).as_bytes().to_vec(),
            blind_index_key(&same_secret, &name).tag::<32>(b"").to_vec(),
            blind_index_key(&same_secret, &phone).tag::<32>(b"").to_vec(),
        ];
        keys.sort();
        keys.dedup();
        assert_eq!(keys.len(), 6);
    }
}
