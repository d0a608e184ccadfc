//! The only file that names *ring*: AES-256-GCM, HMAC-SHA256, HKDF-SHA256, SHA-256, Twilio's HMAC-SHA1, and random bytes. Everything else of
//! this crate goes through these functions, and the published vectors (the test module below) go through them too.

use crate::RandomError;
use crate::secret::Secret;
use ring::rand::SecureRandom;
use ring::{aead, digest, hkdf, hmac, rand};
use subtle::ConstantTimeEq;

#[cfg(test)]
mod vectors;

/// A 96-bit nonce, the only size *ring* and the envelope know.
pub(crate) type Nonce = [u8; aead::NONCE_LEN];
/// An AES-GCM tag at its full 128 bits.
pub(crate) type AeadTag = [u8; 16];

/// The operation failed, and *ring* says no more about it on purpose.
#[derive(Debug)]
pub(crate) struct Failed;

pub(crate) fn fill_random(bytes: &mut [u8]) -> Result<(), RandomError> {
    rand::SystemRandom::new().fill(bytes).map_err(|_| RandomError)
}

pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest::digest(&digest::SHA256, bytes).as_ref());
    hash
}

/// HMAC-SHA1, which others demand and nothing of our own uses.
pub(crate) fn hmac_sha1(key: &[u8], message: &[u8]) -> [u8; 20] {
    let mut tag = [0; 20];
    tag.copy_from_slice(
        hmac::sign(&hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, key), message).as_ref(),
    );
    tag
}

/// Equality that takes the same time wherever the difference lies.
pub(crate) fn same(left: &[u8], right: &[u8]) -> bool {
    left.ct_eq(right).into()
}

/// AES-256-GCM. The nonce is an argument here and nowhere in the public interface.
pub(crate) struct AeadKey(aead::LessSafeKey);

impl AeadKey {
    #[expect(
        clippy::expect_used,
        reason = "ring fails on a wrong key length only, and a `Secret` has the right one"
    )]
    pub(crate) fn new(key: &Secret) -> Self {
        let key =
            aead::UnboundKey::new(&aead::AES_256_GCM, key.as_bytes()).expect("32 bytes are an AES-256 key");
        Self(aead::LessSafeKey::new(key))
    }

    /// Encrypts in place and returns the tag; fails only for more than AES-GCM's limit of about 64 GiB.
    pub(crate) fn seal(&self, nonce: Nonce, aad: &[u8], in_out: &mut [u8]) -> Result<AeadTag, Failed> {
        let nonce = aead::Nonce::assume_unique_for_key(nonce);
        let tag =
            self.0.seal_in_place_separate_tag(nonce, aead::Aad::from(aad), in_out).map_err(|_| Failed)?;
        tag.as_ref().try_into().map_err(|_| Failed)
    }

    /// Opens the ciphertext and tag that start at `from`, and moves the plaintext to the front of the buffer. On failure
    /// the buffer holds nothing that may be used.
    pub(crate) fn open<'a>(
        &self,
        nonce: Nonce,
        aad: &[u8],
        in_out: &'a mut [u8],
        from: usize,
    ) -> Result<&'a mut [u8], Failed> {
        let nonce = aead::Nonce::assume_unique_for_key(nonce);
        self.0.open_within(nonce, aead::Aad::from(aad), in_out, from..).map_err(|_| Failed)
    }
}

/// HMAC-SHA256.
pub(crate) struct MacKey(hmac::Key);

impl MacKey {
    pub(crate) fn new(key: &[u8]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, key))
    }

    /// The tag of several parts, each after its length, so that no two lists of parts run together to the same.
    pub(crate) fn tag_of_parts(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mut context = hmac::Context::with_key(&self.0);
        for part in parts {
            // Lossless: no part is longer than the memory.
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part);
        }
        let mut tag = [0; 32];
        tag.copy_from_slice(context.sign().as_ref());
        tag
    }

    /// A key made of several parts. A label stands before them, so that no digest of parts is this key.
    pub(crate) fn derive(&self, parts: &[&[u8]]) -> Secret {
        let labelled: Vec<&[u8]> =
            [&b"strongroom key of a content"[..]].iter().chain(parts).copied().collect();
        let mut secret = Secret::zeroed();
        *secret.as_mut() = self.tag_of_parts(&labelled);
        secret
    }

    /// The first `N` bytes of the tag, at most 32.
    pub(crate) fn tag<const N: usize>(&self, message: &[u8]) -> [u8; N] {
        const { assert!(N <= 32, "HMAC-SHA256 has 32 bytes") };
        let full = hmac::sign(&self.0, message);
        let (kept, _) = full.as_ref().split_at(N);
        let mut tag = [0; N];
        tag.copy_from_slice(kept);
        tag
    }
}

/// HKDF-SHA256 after its first step: a pseudorandom key from which others are derived by name.
pub(crate) struct Prk(hkdf::Prk);

impl Prk {
    /// HKDF-Extract.
    pub(crate) fn extract(salt: &[u8], secret: &[u8]) -> Self {
        Self(hkdf::Salt::new(hkdf::HKDF_SHA256, salt).extract(secret))
    }

    /// Uses a derived key to derive more keys from.
    pub(crate) fn from_secret(secret: &Secret) -> Self {
        Self(hkdf::Prk::new_less_safe(hkdf::HKDF_SHA256, secret.as_bytes()))
    }

    /// HKDF-Expand over the parts of `info` one after the other; fails only for more than 255 × 32 bytes.
    pub(crate) fn expand(&self, info: &[&[u8]], out: &mut [u8]) -> Result<(), Failed> {
        self.0.expand(info, Length(out.len())).and_then(|okm| okm.fill(out)).map_err(|_| Failed)
    }

    /// HKDF-Expand to `N` bytes.
    #[expect(
        clippy::expect_used,
        reason = "HKDF-SHA256 fails above 8,160 bytes only, which is checked when compiled"
    )]
    fn expand_into<const N: usize>(&self, info: &[&[u8]], out: &mut [u8; N]) {
        const { assert!(N <= 255 * 32, "HKDF-SHA256 gives at most 255 blocks") };
        self.expand(info, out).expect("the length is within the limit of HKDF");
    }

    /// Derives a key of 32 bytes.
    pub(crate) fn derive(&self, info: &[&[u8]]) -> Secret {
        let mut secret = Secret::zeroed();
        self.expand_into(info, secret.as_mut());
        secret
    }

    /// Derives four bytes that may be public.
    pub(crate) fn derive_id(&self, info: &[&[u8]]) -> [u8; 4] {
        let mut id = [0; 4];
        self.expand_into(info, &mut id);
        id
    }
}

/// An output length in bytes, in the form *ring* asks for.
struct Length(usize);

impl hkdf::KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}
