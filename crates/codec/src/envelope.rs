//! The layout of a sealed value: `version 1 | key id 4 | nonce 12 | ciphertext | tag 16`.

use crate::primitives::{AeadKey, Nonce, fill_random};
use crate::{KeyId, OpenError, SealError};

/// The first byte of every envelope.
pub const VERSION: u8 = 0x01;

/// How many bytes an envelope has more than its plaintext. Also the length of the shortest one, which holds nothing.
pub const OVERHEAD: usize = HEADER + TAG;

/// Version, key id and nonce.
const HEADER: usize = 1 + 4 + 12;
const TAG: usize = 16;

/// Which key sealed this envelope, for telling the rows that a rotation still has to visit.
///
/// `None` if the bytes have not the form of an envelope. The answer is read, not authenticated: only opening proves it.
///
/// ```
/// use strongroom_codec::key_id_of;
///
/// assert_eq!(key_id_of(b"+919876543210"), None);
/// ```
pub fn key_id_of(envelope: &[u8]) -> Option<KeyId> {
    Header::parse(envelope).ok().map(|header| header.key_id)
}

/// What stands before the ciphertext.
pub(crate) struct Header {
    pub(crate) key_id: KeyId,
    nonce: Nonce,
}

impl Header {
    /// The version comes first, because it decides how the rest is read.
    pub(crate) fn parse(envelope: &[u8]) -> Result<Self, OpenError> {
        let (version, rest) = envelope.split_first().ok_or(OpenError::Truncated)?;
        if *version != VERSION {
            return Err(OpenError::UnknownVersion);
        }
        let (key_id, rest) = rest.split_first_chunk().ok_or(OpenError::Truncated)?;
        let (nonce, rest) = rest.split_first_chunk().ok_or(OpenError::Truncated)?;
        if rest.len() < TAG {
            return Err(OpenError::Truncated);
        }
        Ok(Self { key_id: KeyId::from_bytes(*key_id), nonce: *nonce })
    }
}

/// Seals under a fresh random nonce, into a buffer of exactly the right size.
pub(crate) fn seal(key_id: KeyId, key: &AeadKey, aad: &[u8], plaintext: &[u8]) -> Result<Vec<u8>, SealError> {
    let mut nonce = Nonce::default();
    fill_random(&mut nonce)?;
    let mut envelope = Vec::with_capacity(OVERHEAD + plaintext.len());
    envelope.push(VERSION);
    envelope.extend_from_slice(&key_id.to_bytes());
    envelope.extend_from_slice(&nonce);
    envelope.extend_from_slice(plaintext);
    let tag = key.seal(nonce, aad, envelope.split_at_mut(HEADER).1).map_err(|_| SealError::TooLong)?;
    envelope.extend_from_slice(&tag);
    Ok(envelope)
}

/// Opens in the buffer of the envelope, whose header was parsed before.
pub(crate) fn open(
    header: &Header,
    key: &AeadKey,
    aad: &[u8],
    mut envelope: Vec<u8>,
) -> Result<Vec<u8>, OpenError> {
    let plaintext = key.open(header.nonce, aad, &mut envelope, HEADER).map_err(|_| OpenError::Refused)?;
    let length = plaintext.len();
    envelope.truncate(length);
    Ok(envelope)
}
