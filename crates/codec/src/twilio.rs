//! Signatures of Twilio's webhooks.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::WrongTag;
use crate::primitives::{hmac_sha1, same};

/// The token of a Twilio account, by which Twilio signs what it sends: base64 of an HMAC-SHA1. `Debug` does not print it.
///
/// SHA-1 is Twilio's choice. As a part of HMAC it is not broken, and nothing else here uses it.
///
/// ```
/// use strongroom_codec::TwilioToken;
///
/// let token = TwilioToken::new("12345");
/// let signature = token.sign(b"https://bot.example/hookBodyhi");
/// assert!(token.verify(b"https://bot.example/hookBodyhi", &signature).is_ok());
/// assert!(token.verify(b"https://bot.example/hookBodyho", &signature).is_err());
/// ```
pub struct TwilioToken(Zeroizing<String>);

impl TwilioToken {
    /// Takes the token as Twilio's console shows it.
    pub fn new(token: impl Into<String>) -> Self {
        Self(Zeroizing::new(token.into()))
    }

    /// What stands in `X-Twilio-Signature` of a message.
    pub fn sign(&self, message: &[u8]) -> String {
        STANDARD.encode(hmac_sha1(self.0.as_bytes(), message))
    }

    /// Compares a signature in constant time.
    ///
    /// # Errors
    ///
    /// [`WrongTag`] for every other text than the message's signature. An empty token verifies nothing.
    pub fn verify(&self, message: &[u8], signature: &str) -> Result<(), WrongTag> {
        let given = STANDARD.decode(signature).map_err(|_| WrongTag)?;
        let is_right = same(&hmac_sha1(self.0.as_bytes(), message), &given);
        if is_right && !self.0.is_empty() { Ok(()) } else { Err(WrongTag) }
    }
}

impl fmt::Debug for TwilioToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TwilioToken(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const URL: &str = "https://mycompany.com/myapp.php?foo=1&bar=2";
    const FORM: &str = "CallSidCA1234567890ABCDECaller+14158675309Digits1234From+14158675309To+18005551212";
    const SIGNATURE: &str = "RSOYDt4T1cUTdK1PDd93/VVr8B8=";

    fn verify(token: &str, message: &str, signature: &str) -> bool {
        TwilioToken::new(token).verify(message.as_bytes(), signature).is_ok()
    }

    #[test]
    fn the_signature_of_twilios_own_example_is_right() {
        assert!(verify("12345", &format!("{URL}{FORM}"), SIGNATURE));
        assert_eq!(TwilioToken::new("12345").sign(format!("{URL}{FORM}").as_bytes()), SIGNATURE);
        let repeated = format!("{URL}Digits1234Digits5678SidCA123SidAccountAC123");
        assert!(verify("12345", &repeated, "IK+Dwps556ElfBT0I3Rgjkr1wJU="));
    }

    #[test]
    fn every_other_signature_token_and_message_is_wrong() {
        let message = format!("{URL}{FORM}");
        for signature in [
            "",
            "RSOYDt4T1cUTdK1PDd93/VVr8B8",
            " RSOYDt4T1cUTdK1PDd93/VVr8B8=",
            "RSOYDt4T1cUTdK1PDd93_VVr8B8=",
            "SSOYDt4T1cUTdK1PDd93/VVr8B8=",
            "RSOYDt4T1cUTdK1PDd93/VVr8A==",
            "é",
        ] {
            assert!(!verify("12345", &message, signature), "{signature}");
        }
        assert!(!verify("12346", &message, SIGNATURE));
        assert!(!verify("12345", &format!("{message}!"), SIGNATURE));
        let of_nobody = TwilioToken::new("").sign(message.as_bytes());
        assert!(!verify("", &message, &of_nobody));
    }

    #[test]
    fn a_token_does_not_show() {
        assert_eq!(format!("{:?}", TwilioToken::new("12345")), "TwilioToken(..)");
    }
}
