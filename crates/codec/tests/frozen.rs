//! Vectors that were written once, by version 1 of the format, and must open for ever. When one of these tests fails, the
//! code is wrong, whatever its author meant: databases hold such bytes. A new format adds a file and leaves this one.
#![expect(clippy::expect_used, reason = "a test that cannot read its vectors fails by panicking")]

use serde::Deserialize;
use strongroom_codec::{Cipher, Column, EncryptionKey, KeyId, KeyRing, Token, key_id_of};
use uuid::Uuid;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Frozen {
    keys: Vec<Key>,
    register: Register,
    envelopes: Vec<Envelope>,
    blind_indexes: Vec<Index>,
    signatures: Vec<Signature>,
    token: FrozenToken,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Key {
    text: String,
    id: String,
}

/// A row of `platform.encryption_keys`, sealed by the first key.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Register {
    row: Uuid,
    index_key: String,
    canary: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Envelope {
    key: String,
    column: [String; 3],
    row: Uuid,
    plaintext: String,
    envelope: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Index {
    column: [String; 3],
    normalised: String,
    index: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Signature {
    key: String,
    purpose: String,
    message: String,
    tag: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FrozenToken {
    text: String,
    hash: String,
}

fn frozen() -> Frozen {
    serde_json::from_str(include_str!("frozen/v1.json")).expect("the file is well formed")
}

fn bytes(hexadecimal: &str) -> Vec<u8> {
    hex::decode(hexadecimal).expect("the file holds hexadecimal digits")
}

/// Columns are named at compile time, so the names out of the file are leaked.
fn column([schema, table, name]: &[String; 3]) -> Column {
    let forever = |text: &String| -> &'static str { text.clone().leak() };
    Column::new(forever(schema), forever(table), forever(name))
}

/// A ring of all keys of the file, the one at `active` sealing.
fn ring(frozen: &Frozen, active: usize) -> KeyRing {
    let mut keys: Vec<_> = frozen
        .keys
        .iter()
        .map(|key| EncryptionKey::parse(&key.text).expect("the key is well formed"))
        .collect();
    let active = keys.remove(active);
    KeyRing::new(active, keys).expect("the keys differ")
}

fn cipher(frozen: &Frozen, active: usize) -> Cipher {
    let ring = ring(frozen, active);
    let index_key = ring
        .unwrap_index_key(frozen.register.row, bytes(&frozen.register.index_key))
        .expect("the index key opens");
    let mut columns: Vec<_> = frozen.envelopes.iter().map(|envelope| column(&envelope.column)).collect();
    columns.extend(frozen.blind_indexes.iter().map(|index| column(&index.column)));
    Cipher::new(&ring, &index_key, &columns)
}

#[test]
fn keys_keep_their_ids() {
    let frozen = frozen();
    assert_eq!(frozen.keys.len(), 3, "one key in each form");
    for key in &frozen.keys {
        assert_eq!(EncryptionKey::parse(&key.text).unwrap().id().to_string(), key.id);
    }
}

#[test]
fn the_register_opens_whichever_key_is_active() {
    let frozen = frozen();
    for active in 0..frozen.keys.len() {
        let ring = ring(&frozen, active);
        ring.check_canary(frozen.register.row, bytes(&frozen.register.canary)).unwrap();
        ring.unwrap_index_key(frozen.register.row, bytes(&frozen.register.index_key)).unwrap();
    }
}

#[test]
fn envelopes_open_whichever_key_is_active() {
    let frozen = frozen();
    assert_eq!(frozen.envelopes.len(), 8);
    for active in 0..frozen.keys.len() {
        let cipher = cipher(&frozen, active);
        for frozen in &frozen.envelopes {
            let envelope = bytes(&frozen.envelope);
            assert_eq!(key_id_of(&envelope).as_ref().map(KeyId::to_string).as_ref(), Some(&frozen.key));
            let opened = cipher.column(&column(&frozen.column)).unwrap().open(frozen.row, envelope).unwrap();
            assert_eq!(opened, bytes(&frozen.plaintext));
        }
    }
}

#[test]
fn blind_indexes_stay_whichever_key_is_active() {
    let frozen = frozen();
    assert_eq!(frozen.blind_indexes.len(), 4);
    for active in 0..frozen.keys.len() {
        let cipher = cipher(&frozen, active);
        for frozen in &frozen.blind_indexes {
            let index = cipher.column(&column(&frozen.column)).unwrap().blind_index(&frozen.normalised);
            assert_eq!(index.as_bytes(), bytes(&frozen.index).as_slice());
        }
    }
}

#[test]
fn signatures_verify() {
    let frozen = frozen();
    assert_eq!(frozen.signatures.len(), 3);
    for signature in &frozen.signatures {
        let active = frozen.keys.iter().position(|key| key.id == signature.key).unwrap();
        let signer = cipher(&frozen, active).signer(&signature.purpose);
        assert_eq!(signer.sign(signature.message.as_bytes()), bytes(&signature.tag).as_slice());
        // Also under a ring in which another key is active.
        let other = cipher(&frozen, (active + 1) % 3).signer(&signature.purpose);
        other.verify(signature.message.as_bytes(), &bytes(&signature.tag)).unwrap();
    }
}

/// Columns of word indexes hold such numbers, whichever key was active when they were made.
#[test]
fn word_indexes_stay_whichever_key_is_active() {
    let frozen = frozen();
    let owner = Uuid::from_u128(1);
    for active in 0..frozen.keys.len() {
        let cipher = cipher(&frozen, active);
        let column = cipher.column(&column(&frozen.envelopes[0].column)).unwrap();
        assert_eq!(column.word_index(owner, "mleko").get(), -7_543_776_137_014_236_974);
    }
}

/// The seals of the audit log hold such tags, whichever key was active when they were made.
#[test]
fn lasting_signatures_stay_whichever_key_is_active() {
    let frozen = frozen();
    for active in 0..frozen.keys.len() {
        let signer = cipher(&frozen, active).lasting_signer("audit row");
        assert_eq!(hex::encode(signer.sign(b"strongroom")), "e42b0f70d97e01b718726084ac51760d");
    }
}

#[test]
fn tokens_keep_their_hash() {
    let FrozenToken { text, hash } = frozen().token;
    let token = Token::parse(&text).unwrap();
    assert_eq!(*token.text(), text);
    assert_eq!(token.hash().as_bytes(), bytes(&hash).as_slice());
}
