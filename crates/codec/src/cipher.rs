//! Every key that serving needs, derived once.

use crate::primitives::{MacKey, Prk};
use crate::sealer::Sealer;
use crate::{
    BlindIndex, Column, IndexKey, Jws, KeyId, KeyRing, OpenError, SealError, Signer, UnknownColumn, WordIndex,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::collections::HashMap;
use std::fmt;
use uuid::Uuid;

/// The ciphers of all sealed columns, and the origin of signers. Made once, then shared between threads.
pub struct Cipher {
    columns: HashMap<Column, ColumnCipher>,
    signing: (KeyId, Prk),
    retired_signing: Vec<(KeyId, Prk)>,
    lasting_signing: Prk,
}

impl Cipher {
    /// Derives the keys of all `columns` under every key of the ring, a few microseconds each. Nothing is derived later.
    pub fn new(ring: &KeyRing, index_key: &IndexKey, columns: &[Column]) -> Self {
        let cipher_of = |column: &Column| ColumnCipher {
            column: *column,
            sealer: ring.sealer(column),
            index: index_key.for_column(column),
        };
        let (signing, retired_signing) = ring.signing_keys();
        Self {
            columns: columns.iter().map(|column| (*column, cipher_of(column))).collect(),
            signing,
            retired_signing,
            lasting_signing: index_key.signing_key(),
        }
    }

    /// The cipher of a column: one look-up in a hash table, some tens of nanoseconds.
    ///
    /// # Errors
    ///
    /// [`UnknownColumn`] if the column was not among those the cipher was made for.
    pub fn column(&self, column: &Column) -> Result<&ColumnCipher, UnknownColumn> {
        self.columns.get(column).ok_or(UnknownColumn(*column))
    }

    /// The id of the key that seals; see [`key_id_of`](crate::key_id_of) for the key that sealed.
    pub fn active_key_id(&self) -> KeyId {
        self.signing.0
    }

    /// A signer for one purpose, with keys that no other purpose has. It costs one derivation per key of the ring, so
    /// keep it.
    ///
    /// ```
    /// # use strongroom_codec::{Cipher, EncryptionKey, IndexKey, KeyRing};
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let ring = KeyRing::new(EncryptionKey::generate()?, Vec::new())?;
    /// # let cipher = Cipher::new(&ring, &IndexKey::generate()?, &[]);
    /// let cursors = cipher.signer("cursor");
    /// let tag = cursors.sign(b"page 2");
    /// assert!(cursors.verify(b"page 2", &tag).is_ok());
    /// assert!(cursors.verify(b"page 3", &tag).is_err());
    /// assert!(cipher.signer("invitation").verify(b"page 2", &tag).is_err());
    /// # Ok(())
    /// # }
    /// ```
    pub fn signer(&self, purpose: &str) -> Signer {
        Signer::derive(&self.signing.1, self.retired_signing.iter().map(|(_, prk)| prk), purpose)
    }

    /// Signs and checks tokens for one purpose, with keys that no other purpose and no signer has. Keep it, too.
    ///
    /// ```
    /// # use strongroom_codec::{Cipher, EncryptionKey, IndexKey, KeyRing};
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let ring = KeyRing::new(EncryptionKey::generate()?, Vec::new())?;
    /// # let cipher = Cipher::new(&ring, &IndexKey::generate()?, &[]);
    /// let tokens = cipher.jws("access token");
    /// let token = tokens.sign(br#"{"sub":"asha"}"#);
    /// assert_eq!(tokens.open(&token)?, br#"{"sub":"asha"}"#);
    /// assert!(cipher.jws("invitation").open(&token).is_err());
    /// # Ok(())
    /// # }
    /// ```
    pub fn jws(&self, purpose: &str) -> Jws {
        Jws::derive(&self.signing, &self.retired_signing, purpose)
    }

    /// A signer for tags that are kept: its key hangs on the index key, as blind indexes do, so that a new encryption key
    /// changes no tag, and none is lost when an old key is given up. Only a new index key needs them all made anew.
    ///
    /// ```
    /// # use strongroom_codec::{Cipher, EncryptionKey, IndexKey, KeyRing};
    /// # use uuid::Uuid;
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let row = Uuid::from_u128(1);
    /// # let before = KeyRing::new(EncryptionKey::generate()?, Vec::new())?;
    /// # let wrapped = before.wrap_index_key(&IndexKey::generate()?, row)?;
    /// # let index_key = before.unwrap_index_key(row, wrapped)?;
    /// let tag = Cipher::new(&before, &index_key, &[]).lasting_signer("audit").sign(b"row 7");
    /// // Years later, the first key is long gone.
    /// let after = KeyRing::new(EncryptionKey::generate()?, Vec::new())?;
    /// assert!(Cipher::new(&after, &index_key, &[]).lasting_signer("audit").verify(b"row 7", &tag).is_ok());
    /// # Ok(())
    /// # }
    /// ```
    pub fn lasting_signer(&self, purpose: &str) -> Signer {
        Signer::derive(&self.lasting_signing, std::iter::empty(), purpose)
    }
}

impl fmt::Debug for Cipher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cipher")
            .field("active_key_id", &self.active_key_id())
            .field("columns", &self.columns.len())
            .finish_non_exhaustive()
    }
}

/// Seals, opens and indexes the values of one column.
pub struct ColumnCipher {
    column: Column,
    sealer: Sealer,
    index: MacKey,
}

impl ColumnCipher {
    /// The column it is for.
    pub fn column(&self) -> Column {
        self.column
    }

    /// Seals a value for one row with the active key and a fresh random nonce. The result is
    /// [`OVERHEAD`](crate::OVERHEAD) bytes longer than the value, in a buffer of exactly that size.
    ///
    /// The row's id must be known before the row is inserted, because it is part of what is authenticated.
    ///
    /// # Errors
    ///
    /// If the operating system has no random bytes, or for a value of more than 64 GiB. Nothing must be stored then.
    pub fn seal(&self, row: Uuid, plaintext: &[u8]) -> Result<Vec<u8>, SealError> {
        self.sealer.seal(row, plaintext)
    }

    /// A cipher for what is made of `content` and kept beside the database. Its key is made of the content as well as of the
    /// column's index key: who has all keys and not the content opens nothing, so that erasing the content is enough.
    ///
    /// ```
    /// # use strongroom_codec::{Cipher, Column, EncryptionKey, IndexKey, KeyRing};
    /// # use uuid::Uuid;
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let column = Column::new("platform", "cached_values", "value");
    /// # let ring = KeyRing::new(EncryptionKey::generate()?, Vec::new())?;
    /// # let cipher = Cipher::new(&ring, &IndexKey::generate()?, &[column]);
    /// # let (column, name) = (cipher.column(&column)?, Uuid::from_u128(1));
    /// let sealed = column.for_content(&[b"a link"]).seal(name, b"a picture of the link")?;
    /// assert_eq!(column.for_content(&[b"a link"]).open(name, sealed.clone())?, b"a picture of the link");
    /// assert!(column.open(name, sealed).is_err());
    /// # Ok(())
    /// # }
    /// ```
    pub fn for_content(&self, content: &[&[u8]]) -> ContentCipher {
        ContentCipher(self.sealer.with_key(&self.index.derive(content)))
    }

    /// Opens an envelope that was sealed for the same row of this column, with the key it names. It takes the buffer and
    /// gives it back with the value in it.
    ///
    /// # Errors
    ///
    /// [`OpenError`] for every other sequence of bytes. None makes it panic, and no part of the content comes back.
    pub fn open(&self, row: Uuid, envelope: Vec<u8>) -> Result<Vec<u8>, OpenError> {
        self.sealer.open(row, envelope)
    }

    /// As [`seal`](Self::seal), for a place that takes text only, such as an element of a JSON array: the envelope in base64.
    ///
    /// ```
    /// # use strongroom_codec::{Cipher, Column, EncryptionKey, IndexKey, KeyRing};
    /// # use uuid::Uuid;
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let column = Column::new("whatsapp", "userchats", "messages");
    /// # let ring = KeyRing::new(EncryptionKey::generate()?, Vec::new())?;
    /// # let cipher = Cipher::new(&ring, &IndexKey::generate()?, &[column]);
    /// # let (column, owner) = (cipher.column(&column)?, Uuid::from_u128(1));
    /// let text = column.seal_text(owner, "a message")?;
    /// assert_eq!(column.open_text(owner, &text)?, b"a message");
    /// assert!(column.open_text(Uuid::from_u128(2), &text).is_err());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As there.
    pub fn seal_text(&self, row: Uuid, plaintext: &str) -> Result<String, SealError> {
        self.seal(row, plaintext.as_bytes()).map(|envelope| STANDARD.encode(envelope))
    }

    /// As [`open`](Self::open), of what [`seal_text`](Self::seal_text) made.
    ///
    /// # Errors
    ///
    /// As there; [`OpenError::Truncated`] for a text that is no base64.
    pub fn open_text(&self, row: Uuid, text: &str) -> Result<Vec<u8>, OpenError> {
        self.open(row, STANDARD.decode(text).map_err(|_| OpenError::Truncated)?)
    }

    /// The blind index of a value that was normalised before. It needs no row and no nonce: equal values have equal
    /// indexes, which is what it is for.
    pub fn blind_index(&self, normalised: &str) -> BlindIndex {
        BlindIndex::new(self.index.tag(normalised.as_bytes()))
    }

    /// The index of a word that a text of `owner` holds, a user for example. The word was folded before; see [`WordIndex`].
    /// Use it on columns without a blind index only, as [`digest`](Self::digest).
    ///
    /// ```
    /// # use strongroom_codec::{Cipher, Column, EncryptionKey, IndexKey, KeyRing};
    /// # use uuid::Uuid;
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// const CONTENT: Column = Column::new("pantry", "messages", "content");
    ///
    /// # let ring = KeyRing::new(EncryptionKey::generate()?, Vec::new())?;
    /// # let cipher = Cipher::new(&ring, &IndexKey::generate()?, &[CONTENT]);
    /// let (asha, ravi) = (Uuid::from_u128(1), Uuid::from_u128(2));
    /// let column = cipher.column(&CONTENT)?;
    /// assert_eq!(column.word_index(asha, "milk"), column.word_index(asha, "milk"));
    /// assert_ne!(column.word_index(asha, "milk"), column.word_index(ravi, "milk"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn word_index(&self, owner: Uuid, word: &str) -> WordIndex {
        let [a, b, c, d, e, f, g, h, ..] =
            self.index.tag_of_parts(&[b"word", owner.as_bytes(), word.as_bytes()]);
        WordIndex::new([a, b, c, d, e, f, g, h])
    }

    /// A keyed digest of several values together, for what stands beside a sealed value and must not be guessed: equal
    /// lists of values have equal digests. It is made with the column's index key, so that it outlives the rotation of
    /// encryption keys. Use it on columns without a blind index only.
    pub fn digest(&self, parts: &[&[u8]]) -> [u8; 32] {
        self.index.tag_of_parts(parts)
    }
}

/// Seals and opens what is made of one content; made by [`ColumnCipher::for_content`].
pub struct ContentCipher(Sealer);

impl ContentCipher {
    /// As [`ColumnCipher::seal`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn seal(&self, row: Uuid, plaintext: &[u8]) -> Result<Vec<u8>, SealError> {
        self.0.seal(row, plaintext)
    }

    /// As [`ColumnCipher::open`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn open(&self, row: Uuid, envelope: Vec<u8>) -> Result<Vec<u8>, OpenError> {
        self.0.open(row, envelope)
    }
}

impl fmt::Debug for ContentCipher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ContentCipher(..)")
    }
}

impl fmt::Debug for ColumnCipher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ColumnCipher").field("column", &self.column).finish_non_exhaustive()
    }
}
