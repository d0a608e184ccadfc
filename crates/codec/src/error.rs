//! What can go wrong. No error of this crate carries a key, a plaintext or any part of one.

use crate::{Column, KeyId};

/// The operating system's random generator gave no bytes.
///
/// Nothing can be sealed or generated then. It does not happen on a healthy system, and trying again is safe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the operating system's random generator failed")]
pub struct RandomError;

/// Why a value was not sealed. A value that does not seal must not be stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SealError {
    /// There was no nonce to seal it with.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// The plaintext exceeds what AES-GCM takes under one nonce, about 64 GiB.
    #[error("the value is too long to be sealed")]
    TooLong,
}

/// Why an envelope did not open. It names the key, which is no secret, and nothing of the content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// Fewer bytes than the smallest envelope, [`OVERHEAD`](crate::OVERHEAD), has.
    #[error("the envelope is truncated")]
    Truncated,
    /// The first byte is not a version this crate knows. The byte is not repeated here, because it may be the first
    /// byte of a value that was stored in clear by mistake.
    #[error("the envelope's version is not known")]
    UnknownVersion,
    /// The key that sealed it is not in the ring: it belongs into `ENCRYPTION_KEYS_OLD`.
    #[error("the envelope was sealed with key {0}, which is not in the key ring")]
    UnknownKey(KeyId),
    /// Authentication failed: the bytes were changed, or stand in another row, column, table or schema than they were
    /// sealed for, or what they hold is not what belongs there.
    #[error("the envelope was refused: it was changed, or it was not sealed for this place")]
    Refused,
}

/// Why a text is not an [`EncryptionKey`](crate::EncryptionKey). Each message says what to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// Nothing, or white space only.
    #[error("the encryption key is empty; make one with `db-manage keys generate`")]
    Empty,
    /// None of the three forms.
    #[error(
        "the encryption key is {length} bytes of text that are neither 32 printable ASCII characters, nor 64 \
         hexadecimal digits, nor base64 of 32 bytes (43 or 44 characters); make one with `db-manage keys generate`"
    )]
    Malformed {
        /// Bytes of the text after trimming.
        length: usize,
    },
    /// The value that stands in example settings.
    #[error(
        "the encryption key is the placeholder of the example settings; make one with `db-manage keys generate`"
    )]
    Placeholder,
    /// 32 bytes, but not random ones.
    #[error("the encryption key is too easy to guess ({0}); make one with `db-manage keys generate`")]
    Weak(Weakness),
}

/// What makes 32 bytes too easy to guess. The rules stand at [`EncryptionKey::parse`](crate::EncryptionKey::parse).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Weakness {
    /// Every byte is the same.
    #[error("all of its bytes are equal")]
    EqualBytes,
    /// Fewer than 8 different bytes.
    #[error("it has fewer than 8 different bytes")]
    FewDistinctBytes,
    /// A pattern of at most 16 bytes, repeated.
    #[error("it repeats a short pattern")]
    RepeatedPattern,
    /// Mostly one step from each byte to the next, as in `abcdef` or `112233`.
    #[error("it is a simple sequence")]
    Sequence,
}

/// Why keys do not make a [`KeyRing`](crate::KeyRing).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyRingError {
    /// Two keys have the same id, so that an envelope would not say which one sealed it.
    #[error(
        "two encryption keys have the id {0}: if it is one key given twice, remove it from the old keys; if not, \
         replace one of them"
    )]
    DuplicateKeyId(KeyId),
}

/// A column that the [`Cipher`](crate::Cipher) was not made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("column {0} is not among the sealed columns")]
pub struct UnknownColumn(pub Column);

/// A text that is not a [`Token`](crate::Token).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an API key: it should be `sr_` and 43 characters of base64url")]
pub struct TokenError;

/// A tag that a [`Signer`](crate::Signer) did not make for this message and purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the signature does not match")]
pub struct WrongTag;
