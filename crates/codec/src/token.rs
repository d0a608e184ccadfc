//! API keys: long random texts of which only a hash is stored.

use crate::primitives::sha256;
use crate::secret::{LENGTH, Secret};
use crate::{RandomError, TokenError};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::fmt;
use zeroize::Zeroizing;

/// Tells people and secret scanners what they are looking at.
const PREFIX: &str = "sr_";
/// 32 bytes in base64 without padding.
const DIGITS: usize = 43;

/// 256 random bits, shown once to whoever asked for an API key. Wiped when dropped; `Debug` does not print it.
///
/// ```
/// use strongroom_codec::Token;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let token = Token::generate()?;
/// let shown = token.text();
/// assert!(shown.starts_with("sr_") && shown.len() == 46);
///
/// // What a request brings is looked up by its hash.
/// assert_eq!(Token::parse(&shown)?.hash(), token.hash());
/// # Ok(())
/// # }
/// ```
pub struct Token(Secret);

impl Token {
    /// Makes a new token.
    ///
    /// # Errors
    ///
    /// If the operating system has no random bytes.
    pub fn generate() -> Result<Self, RandomError> {
        Secret::generate().map(Self)
    }

    /// Reads the text form. There is exactly one text for each token, so nothing around it is ignored.
    ///
    /// # Errors
    ///
    /// [`TokenError`], which repeats nothing of the text.
    pub fn parse(text: &str) -> Result<Self, TokenError> {
        let digits = text.strip_prefix(PREFIX).ok_or(TokenError)?;
        if digits.len() != DIGITS {
            return Err(TokenError);
        }
        let mut bytes = Zeroizing::new(Vec::with_capacity(2 * LENGTH));
        URL_SAFE_NO_PAD.decode_vec(digits, &mut bytes).map_err(|_| TokenError)?;
        Secret::copy_from(&bytes).map(Self).ok_or(TokenError)
    }

    /// The text form: `sr_` and 43 characters of base64url. Wiped when dropped.
    pub fn text(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(PREFIX.len() + DIGITS));
        text.push_str(PREFIX);
        URL_SAFE_NO_PAD.encode_string(self.0.as_bytes(), &mut text);
        text
    }

    /// SHA-256 of the text form, which is what the database keeps. A slow hash would add nothing: there are 2²⁵⁶ tokens
    /// to try.
    pub fn hash(&self) -> TokenHash {
        TokenHash(sha256(self.text().as_bytes()))
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(..)")
    }
}

/// SHA-256 of a [`Token`] or a [`RefreshToken`](crate::RefreshToken). It identifies a token and cannot be turned back into
/// one.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TokenHash([u8; 32]);

impl TokenHash {
    pub(crate) const fn new(hash: [u8; 32]) -> Self {
        Self(hash)
    }

    /// The hash that was stored as these bytes, if there are 32.
    pub fn from_stored(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// The 32 bytes to be stored or looked up.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The 32 bytes to be stored or looked up.
    pub const fn into_bytes(self) -> [u8; 32] {
        self.0
    }
}

impl AsRef<[u8]> for TokenHash {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenHash(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_differ_and_do_not_show() {
        let (one, two) = (Token::generate().unwrap(), Token::generate().unwrap());
        assert_ne!(one.hash(), two.hash());
        assert_eq!(format!("{one:?} {:?}", one.hash()), "Token(..) TokenHash(..)");
    }

    #[test]
    fn the_hash_is_that_of_the_text() {
        let token = Token::generate().unwrap();
        assert_eq!(token.hash().as_bytes(), &sha256(token.text().as_bytes()));
    }

    #[test]
    fn only_the_exact_text_is_taken() {
        let text = Token::generate().unwrap().text();
        let digits = &text[3..];
        for wrong in [
            String::new(),
            "sr_".to_owned(),
            digits.to_owned(),
            format!("SR_{digits}"),
            format!(" {}", *text),
            format!("{}\n", *text),
            format!("{}=", *text),
            format!("{}A", *text),
            text[..45].to_owned(),
            format!("sr_{}+", &digits[1..]),
            // The last character carries two bits that no byte holds; only zeros are taken.
            format!("sr_{}B", "A".repeat(42)),
        ] {
            assert_eq!(Token::parse(&wrong).unwrap_err(), TokenError, "{wrong:?}");
        }
        assert!(Token::parse(&format!("sr_{}", "A".repeat(43))).is_ok());
    }
}
