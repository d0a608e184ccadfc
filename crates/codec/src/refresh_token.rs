//! Refresh tokens: random texts that name their session and prove that they were made here.

use crate::primitives::sha256;
use crate::secret::{LENGTH, Secret};
use crate::{RandomError, Signer, TokenHash, WrongTag};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::fmt;
use uuid::Uuid;
use zeroize::Zeroizing;

/// Tells people and secret scanners what they are looking at.
const PREFIX: &str = "srr_";
/// Session, secret and tag.
const BYTES: usize = 16 + LENGTH + Signer::TAG;
/// The same in base64 without padding.
const DIGITS: usize = 86;

/// 256 random bits of one session, shown once to whoever logged in. Wiped when dropped; `Debug` does not print it.
///
/// The text carries the session's id and a tag over both. So a token that has been replaced is told from one that never
/// was, without keeping any but the last: a right tag and another hash than the session's mean that somebody uses what
/// was used before.
///
/// ```
/// use strongroom_codec::RefreshToken;
/// # use strongroom_codec::{Cipher, EncryptionKey, IndexKey, KeyRing};
/// use uuid::Uuid;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let ring = KeyRing::new(EncryptionKey::generate()?, Vec::new())?;
/// # let cipher = Cipher::new(&ring, &IndexKey::generate()?, &[]);
/// let signer = cipher.signer("refresh token");
/// let session = Uuid::from_u128(7);
/// let token = RefreshToken::generate(session)?;
/// let text = token.text(&signer);
/// let read = RefreshToken::parse(&text, &signer)?;
/// assert_eq!((read.session(), read.hash()), (session, token.hash()));
/// # Ok(())
/// # }
/// ```
pub struct RefreshToken {
    session: Uuid,
    secret: Secret,
}

impl RefreshToken {
    /// Makes a new token of a session.
    ///
    /// # Errors
    ///
    /// If the operating system has no random bytes.
    pub fn generate(session: Uuid) -> Result<Self, RandomError> {
        Ok(Self { session, secret: Secret::generate()? })
    }

    /// The token that takes this one's place. It is the same however often it is asked for, and nobody without the key of
    /// `chain` can tell it from this one.
    ///
    /// So whoever uses a token again, because the answer was lost, can be given the answer once more, and nothing that
    /// opens a session has to be stored for that. `chain` is a
    /// [`lasting_signer`](crate::Cipher::lasting_signer): a new encryption key must not change what comes next.
    #[must_use]
    pub fn next(&self, chain: &Signer) -> Self {
        Self { session: self.session, secret: chain.derive_secret(&self.message()) }
    }

    /// Reads the text form.
    ///
    /// # Errors
    ///
    /// [`WrongTag`] for a text that was not made with `signer`.
    pub fn parse(text: &str, signer: &Signer) -> Result<Self, WrongTag> {
        let digits = text.strip_prefix(PREFIX).filter(|digits| digits.len() == DIGITS).ok_or(WrongTag)?;
        let mut bytes = Zeroizing::new(Vec::with_capacity(2 * BYTES));
        URL_SAFE_NO_PAD.decode_vec(digits, &mut bytes).map_err(|_| WrongTag)?;
        let (message, tag) = bytes.split_at_checked(16 + LENGTH).ok_or(WrongTag)?;
        signer.verify(message, tag)?;
        let (session, secret) = message.split_at_checked(16).ok_or(WrongTag)?;
        let session = Uuid::from_slice(session).map_err(|_| WrongTag)?;
        Ok(Self { session, secret: Secret::copy_from(secret).ok_or(WrongTag)? })
    }

    /// The text form: `srr_` and 86 characters of base64url. Wiped when dropped.
    pub fn text(&self, signer: &Signer) -> Zeroizing<String> {
        let mut bytes = self.message();
        let tag = signer.sign(&bytes);
        bytes.extend_from_slice(&tag);
        let mut text = Zeroizing::new(String::with_capacity(PREFIX.len() + DIGITS));
        text.push_str(PREFIX);
        URL_SAFE_NO_PAD.encode_string(&*bytes, &mut text);
        text
    }

    /// Whose token it is.
    pub fn session(&self) -> Uuid {
        self.session
    }

    /// What the database keeps of it. It does not depend on the key that signed the text.
    pub fn hash(&self) -> TokenHash {
        TokenHash::new(sha256(&self.message()))
    }

    fn message(&self) -> Zeroizing<Vec<u8>> {
        let mut bytes = Zeroizing::new(Vec::with_capacity(BYTES));
        bytes.extend_from_slice(self.session.as_bytes());
        bytes.extend_from_slice(self.secret.as_bytes());
        bytes
    }
}

impl fmt::Debug for RefreshToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RefreshToken").field("session", &self.session).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::EncryptionKey;

    fn signer() -> Signer {
        Signer::derive(&EncryptionKey::generate().unwrap().signing_key(), &[], "refresh token")
    }

    #[test]
    fn tokens_of_one_session_differ_and_do_not_show() {
        let session = Uuid::from_u128(7);
        let (one, two) = (RefreshToken::generate(session).unwrap(), RefreshToken::generate(session).unwrap());
        assert_ne!(one.hash(), two.hash());
        assert_eq!(format!("{one:?}"), format!("RefreshToken {{ session: {session}, .. }}"));
        assert_eq!(one.text(&signer()).len(), PREFIX.len() + DIGITS);
    }

    #[test]
    fn the_next_token_follows_from_this_one_and_the_key() {
        let (chain, session) = (signer(), Uuid::from_u128(7));
        let first = RefreshToken::generate(session).unwrap();
        let second = first.next(&chain);
        assert_eq!((second.session(), second.hash()), (session, first.next(&chain).hash()));
        let others = [
            first.next(&signer()),
            second.next(&chain),
            RefreshToken::generate(session).unwrap().next(&chain),
        ];
        for other in [&first].into_iter().chain(&others) {
            assert_ne!(other.hash(), second.hash());
        }
    }

    #[test]
    fn only_the_exact_text_of_the_own_key_is_taken() {
        let signer_of_ours = signer();
        let text = RefreshToken::generate(Uuid::from_u128(7)).unwrap().text(&signer_of_ours);
        assert!(RefreshToken::parse(&text, &signer_of_ours).is_ok());
        assert!(RefreshToken::parse(&text, &signer()).is_err());
        for place in 0..text.len() {
            let mut changed = text.as_bytes().to_vec();
            changed[place] = if changed[place] == b'A' { b'B' } else { b'A' };
            let changed = std::str::from_utf8(&changed).unwrap();
            assert!(RefreshToken::parse(changed, &signer_of_ours).is_err(), "{place}");
        }
        for wrong in ["", "srr_", &text[..89], &format!("{}A", *text), &format!(" {}", *text)] {
            assert!(RefreshToken::parse(wrong, &signer_of_ours).is_err(), "{wrong}");
        }
    }
}
