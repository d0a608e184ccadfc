//! Seals the personal data of a database: what goes into a *sealed column* is encrypted and bound to its place before
//! PostgreSQL sees it, and nothing else can open it again. This crate must never hand out or print a key, never take a
//! nonce from its caller, never return a value whose authenticity it has not checked, and never know what a database,
//! a setting or a log is.
//!
//! ```
//! use strongroom_codec::{Cipher, Column, EncryptionKey, IndexKey, KeyRing};
//! use uuid::Uuid;
//!
//! const NAME: Column = Column::new("split", "contacts", "name");
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // Once, at start: the keys, and from them one prepared cipher per column.
//! let ring = KeyRing::new(EncryptionKey::generate()?, Vec::new())?;
//! let cipher = Cipher::new(&ring, &IndexKey::generate()?, &[NAME]);
//!
//! // Per value: sealed for one row of one column, and opened there again.
//! let row = Uuid::from_u128(1);
//! let column = cipher.column(&NAME)?;
//! let envelope = column.seal(row, b"Asha")?;
//! assert_eq!(column.open(row, envelope.clone())?, b"Asha");
//!
//! // In another row the same bytes do not open.
//! assert!(column.open(Uuid::from_u128(2), envelope).is_err());
//!
//! // Look-up by equality goes through the blind index, which is the same for every row.
//! assert_eq!(column.blind_index("asha"), column.blind_index("asha"));
//! # Ok(())
//! # }
//! ```
//!
//! # What it protects against
//!
//! * **Reading.** Whoever holds the data directory, a dump, a replica, the WAL or a log of the database learns no
//!   sealed value: AES-256-GCM under a key that the database never has.
//! * **Changing.** A changed bit, a truncated value, or bytes that were never sealed do not open ([`OpenError`]).
//! * **Moving.** A value copied to another row, column, table or schema does not open, because its place is
//!   authenticated with it.
//! * **Guessing through the index.** A [`BlindIndex`] is a keyed hash. Without the index key, the list of all phone
//!   numbers in the world is of no use.
//! * **Forged cursors, API keys, log-in tokens and webhooks.** See [`Signer`], [`Token`], [`Jws`], [`RefreshToken`] and
//!   [`TwilioToken`].
//!
//! # What it does not protect against
//!
//! * Whoever has `ENCRYPTION_KEY` and the database, or can read the memory of the running process, reads everything.
//! * **Length** is not hidden: an envelope is exactly [`OVERHEAD`] bytes longer than its plaintext.
//! * **Equality** of indexed values within one column is visible, by design: it is what look-up and `UNIQUE` need.
//! * **Shared words** within the texts of one owner are visible where a column has a [`WordIndex`].
//! * **Replay**: an older envelope of the same row and column opens. So does the deletion of a row go unnoticed here.
//! * **Memory**: keys of this crate are wiped when dropped, but the keys that *ring* has expanded from them, opened
//!   values and copies made by the operating system are not.
//! * Random nonces keep AES-GCM safe for about 2³² values per key and column; rotate long before that.
//!
//! `docs/encryption.md` is the same for operators, with what to do when a key is lost or leaks.
//!
//! # Cost
//!
//! Every key is derived when the [`Cipher`] is made; a value costs one call of AES-256-GCM, one read of the system's
//! random generator for sealing, and one allocation for sealing (opening reuses the buffer it is given).
//! `cargo bench -p strongroom-codec` compares with *ring* alone on the same bytes.

mod associated_data;
mod blind_index;
mod cipher;
mod column;
mod envelope;
mod error;
mod index_key;
mod jws;
mod key;
mod key_strength;
mod keyring;
mod primitives;
mod refresh_token;
mod sealer;
mod secret;
mod signer;
mod token;
mod twilio;
mod word_index;

pub use blind_index::BlindIndex;
pub use cipher::{Cipher, ColumnCipher, ContentCipher};
pub use column::Column;
pub use envelope::{OVERHEAD, VERSION, key_id_of};
pub use error::{
    KeyError, KeyRingError, OpenError, RandomError, SealError, TokenError, UnknownColumn, Weakness, WrongTag,
};
pub use index_key::IndexKey;
pub use jws::Jws;
pub use key::{EncryptionKey, KeyId};
pub use keyring::KeyRing;
pub use refresh_token::RefreshToken;
pub use signer::Signer;
pub use token::{Token, TokenHash};
pub use twilio::TwilioToken;
pub use word_index::WordIndex;

/// SHA-256 of some bytes as 64 hexadecimal digits in lower case: what a sender states of a body that it signs.
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex::encode(primitives::sha256(bytes))
}
