//! Signed texts that clients carry: JSON Web Tokens with HS256 (RFC 7515, RFC 7519), in one form only.

use crate::primitives::{MacKey, Prk, same};
use crate::{KeyId, WrongTag};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::fmt;

/// Claims under HMAC-SHA256, with keys that belong to one purpose. Make one with [`Cipher::jws`](crate::Cipher::jws).
///
/// A token's header is compared, byte for byte, with the headers that this type writes, and never parsed: there is no
/// other algorithm to be talked into, `none` included, no key to be fetched from where a header says, and no extension
/// to be ignored. The header names the key, so that tokens outlive a change of the encryption key for as long as the old
/// one is in the ring.
///
/// Whether the claims are right, and still hold, is for the caller to decide.
pub struct Jws {
    active: Key,
    retired: Vec<Key>,
}

struct Key {
    /// The header in base64url, as it begins every token of this key.
    header: String,
    mac: MacKey,
}

impl Jws {
    pub(crate) fn derive(active: &(KeyId, Prk), retired: &[(KeyId, Prk)], purpose: &str) -> Self {
        // No purpose of a signer begins with NUL, so no signer has one of these keys.
        let key = |(id, prk): &(KeyId, Prk)| Key {
            header: URL_SAFE_NO_PAD.encode(format!("{{\"typ\":\"JWT\",\"alg\":\"HS256\",\"kid\":\"{id}\"}}")),
            mac: MacKey::new(prk.derive(&[b"\0jws\0", purpose.as_bytes()]).as_bytes()),
        };
        Self { active: key(active), retired: retired.iter().map(key).collect() }
    }

    /// The token of these claims, which are a JSON object, under the active key.
    pub fn sign(&self, claims: &[u8]) -> String {
        let mut token = format!("{}.{}", self.active.header, URL_SAFE_NO_PAD.encode(claims));
        let tag: [u8; 32] = self.active.mac.tag(token.as_bytes());
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(tag, &mut token);
        token
    }

    /// The claims of a token that any key of the ring has signed for this purpose.
    ///
    /// # Errors
    ///
    /// [`WrongTag`] for every other text.
    pub fn open(&self, token: &str) -> Result<Vec<u8>, WrongTag> {
        let (signed, tag) = token.rsplit_once('.').ok_or(WrongTag)?;
        let (header, claims) = signed.split_once('.').ok_or(WrongTag)?;
        let mut keys = std::iter::once(&self.active).chain(&self.retired);
        let key = keys.find(|key| key.header == header).ok_or(WrongTag)?;
        let tag = URL_SAFE_NO_PAD.decode(tag).map_err(|_| WrongTag)?;
        if !same(&key.mac.tag::<32>(signed.as_bytes()), &tag) {
            return Err(WrongTag);
        }
        URL_SAFE_NO_PAD.decode(claims).map_err(|_| WrongTag)
    }
}

impl fmt::Debug for Jws {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Jws(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::EncryptionKey;
    use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
    use serde_json::{Value, json};

    fn key(byte: u8) -> (KeyId, Prk) {
        let text: String = (0..32u8).map(|n| format!("{:02x}", n.wrapping_mul(37) ^ byte)).collect();
        let key = EncryptionKey::parse(&text).unwrap();
        (key.id(), key.signing_key())
    }

    fn jws() -> Jws {
        Jws::derive(&key(1), &[], "access")
    }

    /// The bytes that another implementation is given.
    fn secret(byte: u8) -> Vec<u8> {
        key(byte).1.derive(&[b"\0jws\0", b"access"]).as_bytes().to_vec()
    }

    fn header(id: KeyId) -> Header {
        Header { kid: Some(id.to_string()), ..Header::new(Algorithm::HS256) }
    }

    #[test]
    fn another_implementation_agrees_in_both_directions() {
        let claims = json!({"sub": "asha", "exp": 4_000_000_000_u64});
        let token = jws().sign(claims.to_string().as_bytes());
        let key_of_theirs = DecodingKey::from_secret(&secret(1));
        let theirs =
            jsonwebtoken::decode::<Value>(&token, &key_of_theirs, &Validation::new(Algorithm::HS256));
        assert_eq!(theirs.unwrap().claims, claims);

        let token =
            jsonwebtoken::encode(&header(key(1).0), &claims, &EncodingKey::from_secret(&secret(1))).unwrap();
        assert_eq!(serde_json::from_slice::<Value>(&jws().open(&token).unwrap()).unwrap(), claims);
    }

    #[test]
    fn tokens_outlive_a_change_of_key_while_the_old_one_is_there() {
        let token = jws().sign(b"{}");
        assert!(Jws::derive(&key(2), &[key(1)], "access").open(&token).is_ok());
        assert!(Jws::derive(&key(2), &[], "access").open(&token).is_err());
        assert!(Jws::derive(&key(1), &[], "invitation").open(&token).is_err());
    }

    #[test]
    fn no_other_header_is_taken_whatever_signs_it() {
        let id = key(1).0;
        let claims = URL_SAFE_NO_PAD.encode("{}");
        let mac = MacKey::new(&secret(1));
        for header in [
            json!({"typ": "JWT", "alg": "none", "kid": id.to_string()}),
            json!({"typ": "JWT", "alg": "HS384", "kid": id.to_string()}),
            json!({"typ": "JWT", "alg": "RS256", "kid": id.to_string()}),
            json!({"typ": "JWT", "alg": "HS256"}),
            json!({"typ": "JWT", "alg": "HS256", "kid": "../../dev/null"}),
            json!({"typ": "JWT", "alg": "HS256", "kid": id.to_string(), "crit": ["x"]}),
            json!({"typ": "JWT", "alg": "HS256", "kid": id.to_string(), "jku": "http://127.0.0.1/keys"}),
        ] {
            let signed = format!("{}.{claims}", URL_SAFE_NO_PAD.encode(header.to_string()));
            let tag = URL_SAFE_NO_PAD.encode(mac.tag::<32>(signed.as_bytes()));
            assert_eq!(jws().open(&format!("{signed}.{tag}")), Err(WrongTag), "{header}");
            assert_eq!(jws().open(&format!("{signed}.")), Err(WrongTag), "{header}");
        }
        assert_eq!(jws().open(&jws().sign(b"{}")).unwrap(), b"{}");
    }

    #[test]
    fn every_changed_character_is_noticed() {
        let token = jws().sign(br#"{"sub":"asha"}"#);
        for place in 0..token.len() {
            let mut changed = token.clone().into_bytes();
            changed[place] = if changed[place] == b'A' { b'B' } else { b'A' };
            assert_eq!(jws().open(std::str::from_utf8(&changed).unwrap()), Err(WrongTag), "{place}");
        }
        for wrong in ["", ".", "..", "a.b", "a.b.c", "é.é.é", &token[..token.len() - 1], &format!("{token}.")]
        {
            assert_eq!(jws().open(wrong), Err(WrongTag), "{wrong}");
        }
    }
}
