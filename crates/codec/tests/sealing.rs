//! What a sealed value promises: it opens where it was sealed, and nowhere and no other way.
#![expect(clippy::expect_used, reason = "a test that cannot set up its keys fails by panicking")]

use proptest::prelude::*;
use std::collections::HashSet;
use strongroom_codec::{
    Cipher, Column, EncryptionKey, IndexKey, KeyId, KeyRing, KeyRingError, OVERHEAD, OpenError,
    UnknownColumn, VERSION, WrongTag, key_id_of,
};
use uuid::Uuid;

const NAME: Column = Column::new("split", "contacts", "name");
const PHONE: Column = Column::new("split", "contacts", "phone_number");
const USER_NAME: Column = Column::new("split", "users", "name");
const PANTRY_NAME: Column = Column::new("pantry", "contacts", "name");
const COLUMNS: [Column; 4] = [NAME, PHONE, USER_NAME, PANTRY_NAME];

const ROW: Uuid = Uuid::from_u128(0x0192_f0c1_7b6a_7e3d_8a54_0d5f_6b1e_9c27);
const VALUE: &[u8] = "Ashā Rao".as_bytes();

const OLD: &str = "fbefbe2b7e151628aed2a6abf7158809cf4f3c762e7160f38b4da56a784d9045";
const OLDER: &str = "0c2f7d4b9e6a1358c4e0f1a29b7d6385e1c04f7a2b8d93566fd0e7c1a4b8320d";
const NEW: &str = "kQ7vXr2LmZt9WbYc4HnJ5sDfG8pRaE3u";

fn ring(active: &str, retired: &[&str]) -> KeyRing {
    let key = |text: &&str| EncryptionKey::parse(text).expect("the key is well formed");
    KeyRing::new(key(&active), retired.iter().map(key).collect()).expect("the keys differ")
}

/// A cipher for all columns. Only the tests of blind indexes look at the index key.
fn cipher(active: &str, retired: &[&str]) -> Cipher {
    Cipher::new(&ring(active, retired), &IndexKey::generate().expect("there is randomness"), &COLUMNS)
}

fn seal(cipher: &Cipher) -> Vec<u8> {
    cipher.column(&NAME).expect("the column is known").seal(ROW, VALUE).expect("it seals")
}

fn open(cipher: &Cipher, column: &Column, row: Uuid, envelope: &[u8]) -> Result<Vec<u8>, OpenError> {
    cipher.column(column).expect("the column is known").open(row, envelope.to_vec())
}

#[test]
fn a_value_opens_where_it_was_sealed() {
    let cipher = cipher(NEW, &[]);
    assert_eq!(open(&cipher, &NAME, ROW, &seal(&cipher)).unwrap(), VALUE);
}

#[test]
fn the_envelope_has_the_documented_layout() {
    let cipher = cipher(NEW, &[]);
    let envelope = seal(&cipher);
    assert_eq!(OVERHEAD, 33);
    assert_eq!(envelope.len(), VALUE.len() + OVERHEAD);
    assert_eq!(envelope[0], VERSION);
    assert_eq!(envelope[1..5], cipher.active_key_id().to_bytes());
    assert_eq!(key_id_of(&envelope), Some(cipher.active_key_id()));
    assert_ne!(envelope[17..17 + VALUE.len()], *VALUE);
}

#[test]
fn it_opens_in_no_other_place() {
    let cipher = cipher(NEW, &[]);
    let envelope = seal(&cipher);
    for (what, column) in [("column", PHONE), ("table", USER_NAME), ("schema", PANTRY_NAME)] {
        assert_eq!(open(&cipher, &column, ROW, &envelope), Err(OpenError::Refused), "another {what}");
    }
    for bit in 0..128 {
        let row = Uuid::from_u128(ROW.as_u128() ^ (1 << bit));
        assert_eq!(
            open(&cipher, &NAME, row, &envelope),
            Err(OpenError::Refused),
            "row with bit {bit} changed"
        );
    }
}

#[test]
fn every_changed_bit_is_noticed() {
    let cipher = cipher(NEW, &[]);
    let envelope = seal(&cipher);
    for index in 0..envelope.len() {
        for bit in 0..8 {
            let mut changed = envelope.clone();
            changed[index] ^= 1 << bit;
            let expected = match index {
                0 => OpenError::UnknownVersion,
                1..5 => OpenError::UnknownKey(key_id_of(&changed).unwrap()),
                _ => OpenError::Refused,
            };
            assert_eq!(open(&cipher, &NAME, ROW, &changed), Err(expected), "bit {bit} of byte {index}");
        }
    }
}

#[test]
fn every_truncation_and_extension_is_noticed() {
    let cipher = cipher(NEW, &[]);
    let mut envelope = seal(&cipher);
    for length in 0..envelope.len() {
        let short = &envelope[..length];
        let expected = if length < OVERHEAD { OpenError::Truncated } else { OpenError::Refused };
        assert_eq!(open(&cipher, &NAME, ROW, short), Err(expected), "{length} bytes");
        assert_eq!(key_id_of(short).is_some(), length >= OVERHEAD, "{length} bytes");
    }
    envelope.push(0);
    assert_eq!(open(&cipher, &NAME, ROW, &envelope), Err(OpenError::Refused), "one byte more");
}

#[test]
fn every_unknown_version_is_refused() {
    let cipher = cipher(NEW, &[]);
    let envelope = seal(&cipher);
    for version in (0..=u8::MAX).filter(|version| *version != VERSION) {
        let mut other = envelope.clone();
        other[0] = version;
        assert_eq!(open(&cipher, &NAME, ROW, &other), Err(OpenError::UnknownVersion), "version {version}");
        assert_eq!(key_id_of(&other), None, "version {version}");
    }
}

#[test]
fn an_unknown_key_is_named() {
    let (old, new) = (cipher(OLD, &[]), cipher(NEW, &[]));
    let error = open(&new, &NAME, ROW, &seal(&old)).unwrap_err();
    assert_eq!(error, OpenError::UnknownKey(old.active_key_id()));
    assert!(error.to_string().contains(&old.active_key_id().to_string()));
}

/// The key id is authenticated and not only looked up: a value does not pass as sealed by another key of the ring.
#[test]
fn a_key_id_cannot_be_exchanged_for_another_of_the_ring() {
    let both = cipher(NEW, &[OLD]);
    let mut envelope = seal(&both);
    envelope[1..5].copy_from_slice(&cipher(OLD, &[]).active_key_id().to_bytes());
    assert_eq!(open(&both, &NAME, ROW, &envelope), Err(OpenError::Refused));
}

#[test]
fn retired_keys_open_in_any_order_and_the_active_key_seals() {
    let envelopes = [OLD, OLDER, NEW].map(|key| seal(&cipher(key, &[])));
    for retired in [[OLD, OLDER], [OLDER, OLD]] {
        let rotated = cipher(NEW, &retired);
        for envelope in &envelopes {
            assert_eq!(open(&rotated, &NAME, ROW, envelope).unwrap(), VALUE);
        }
        assert_eq!(key_id_of(&seal(&rotated)), Some(rotated.active_key_id()));
        assert_eq!(rotated.active_key_id(), cipher(NEW, &[]).active_key_id());
    }
}

#[test]
fn one_key_given_twice_is_refused() {
    let key = |text| EncryptionKey::parse(text).unwrap();
    let refused = |active, retired| KeyRing::new(active, retired).unwrap_err();
    assert_eq!(refused(key(NEW), vec![key(NEW)]), KeyRingError::DuplicateKeyId(key(NEW).id()));
    assert_eq!(
        refused(key(NEW), vec![key(OLD), key(OLDER), key(OLD)]),
        KeyRingError::DuplicateKeyId(key(OLD).id())
    );
}

#[test]
fn a_column_the_cipher_was_not_made_for_is_named() {
    let cipher = Cipher::new(&ring(NEW, &[]), &IndexKey::generate().unwrap(), &[NAME]);
    let error = cipher.column(&PHONE).unwrap_err();
    assert_eq!(error, UnknownColumn(PHONE));
    assert!(error.to_string().contains("split.contacts.phone_number"));
}

#[test]
fn a_column_given_twice_is_one_column() {
    let cipher = Cipher::new(&ring(NEW, &[]), &IndexKey::generate().unwrap(), &[NAME, PHONE, NAME]);
    for column in [NAME, PHONE] {
        assert_eq!(cipher.column(&column).unwrap().column(), column);
    }
    assert!(format!("{cipher:?}").contains("columns: 2"));
}

#[test]
fn columns_whose_names_run_together_do_not_open_each_other() {
    let alike = [Column::new("ab", "c", "d"), Column::new("a", "bc", "d"), Column::new("a", "b", "cd")];
    let cipher = Cipher::new(&ring(NEW, &[]), &IndexKey::generate().unwrap(), &alike);
    let envelope = cipher.column(&alike[0]).unwrap().seal(ROW, VALUE).unwrap();
    assert_eq!(open(&cipher, &alike[1], ROW, &envelope), Err(OpenError::Refused));
    assert_eq!(open(&cipher, &alike[2], ROW, &envelope), Err(OpenError::Refused));
    assert_eq!(open(&cipher, &alike[0], ROW, &envelope).unwrap(), VALUE);
}

#[test]
fn nonces_are_distinct() {
    let cipher = cipher(NEW, &[]);
    let column = cipher.column(&NAME).unwrap();
    let nonces: HashSet<_> = (0..100_000).map(|_| column.seal(ROW, b"").unwrap()[5..17].to_vec()).collect();
    assert_eq!(nonces.len(), 100_000);
}

#[test]
fn sealing_allocates_exactly_and_opening_keeps_the_buffer() {
    let cipher = cipher(NEW, &[]);
    let column = cipher.column(&NAME).unwrap();
    for length in [0, 1, 15, 16, 17, 32, 1_000, 100_000] {
        let envelope = column.seal(ROW, &vec![b'x'; length]).unwrap();
        assert_eq!(envelope.capacity(), envelope.len());
        let (buffer, capacity) = (envelope.as_ptr(), envelope.capacity());
        let opened = column.open(ROW, envelope).unwrap();
        assert_eq!((opened.as_ptr(), opened.capacity()), (buffer, capacity));
        assert_eq!(opened.len(), length);
    }
}

#[test]
fn blind_indexes_are_equal_within_a_column_only() {
    let index_key = IndexKey::generate().unwrap();
    let one = Cipher::new(&ring(NEW, &[OLD]), &index_key, &COLUMNS);
    let index = |cipher: &Cipher, column, value| cipher.column(column).unwrap().blind_index(value);
    assert_eq!(index(&one, &PHONE, "+919876543210"), index(&one, &PHONE, "+919876543210"));
    assert_ne!(index(&one, &PHONE, "+919876543210"), index(&one, &PHONE, "+919876543211"));
    let all: HashSet<_> = COLUMNS.iter().map(|column| index(&one, column, "asha")).collect();
    assert_eq!(all.len(), COLUMNS.len());

    // A new encryption key moves no index, a new index key moves them all.
    let rotated = Cipher::new(&ring(OLD, &[]), &index_key, &COLUMNS);
    assert_eq!(index(&one, &NAME, "asha"), index(&rotated, &NAME, "asha"));
    assert_ne!(index(&one, &NAME, "asha"), index(&cipher(NEW, &[]), &NAME, "asha"));
}

#[test]
fn word_indexes_are_equal_for_one_owner_in_one_column_only() {
    let index_key = IndexKey::generate().unwrap();
    let one = Cipher::new(&ring(NEW, &[OLD]), &index_key, &COLUMNS);
    let (asha, ravi) = (Uuid::from_u128(1), Uuid::from_u128(2));
    let index = |cipher: &Cipher, column, owner, word| cipher.column(column).unwrap().word_index(owner, word);
    assert_eq!(index(&one, &NAME, asha, "milk"), index(&one, &NAME, asha, "milk"));
    let mut all: HashSet<_> = COLUMNS.iter().map(|column| index(&one, column, asha, "milk")).collect();
    all.extend([
        index(&one, &NAME, ravi, "milk"),
        index(&one, &NAME, asha, "mil"),
        index(&one, &NAME, asha, ""),
    ]);
    assert_eq!(all.len(), COLUMNS.len() + 3);

    // A new encryption key moves no index, a new index key moves them all.
    let rotated = Cipher::new(&ring(OLD, &[]), &index_key, &COLUMNS);
    assert_eq!(index(&one, &NAME, asha, "milk"), index(&rotated, &NAME, asha, "milk"));
    assert_ne!(index(&one, &NAME, asha, "milk"), index(&cipher(NEW, &[]), &NAME, asha, "milk"));
}

#[test]
fn the_index_key_survives_rotation_by_wrapping() {
    let index_key = IndexKey::generate().unwrap();
    let index = |key: &IndexKey| {
        let cipher = Cipher::new(&ring(NEW, &[]), key, &COLUMNS);
        cipher.column(&NAME).unwrap().blind_index("asha")
    };
    let (before, after) = (ring(OLD, &[]), ring(NEW, &[OLD]));
    let wrapped = before.wrap_index_key(&index_key, ROW).unwrap();
    let opened = after.unwrap_index_key(ROW, wrapped.clone()).unwrap();
    assert_eq!(index(&opened), index(&index_key));
    let rewrapped = after.wrap_index_key(&opened, ROW).unwrap();
    assert_eq!(key_id_of(&rewrapped), Some(after.active_key_id()));
    let alone = ring(NEW, &[]);
    assert_eq!(index(&alone.unwrap_index_key(ROW, rewrapped).unwrap()), index(&index_key));
    assert_eq!(
        alone.unwrap_index_key(ROW, wrapped).unwrap_err(),
        OpenError::UnknownKey(before.active_key_id())
    );
}

#[test]
fn the_wrapped_index_key_and_the_canary_keep_to_their_places() {
    let ring = ring(NEW, &[]);
    let other_row = Uuid::from_u128(1);
    let wrapped = ring.wrap_index_key(&IndexKey::generate().unwrap(), ROW).unwrap();
    let canary = ring.seal_canary(ROW).unwrap();
    assert_eq!(ring.check_canary(ROW, canary.clone()), Ok(()));
    assert_eq!(ring.check_canary(other_row, canary.clone()), Err(OpenError::Refused));
    assert_eq!(ring.check_canary(ROW, wrapped.clone()), Err(OpenError::Refused));
    assert_eq!(ring.unwrap_index_key(ROW, canary).unwrap_err(), OpenError::Refused);
    assert_eq!(ring.unwrap_index_key(other_row, wrapped).unwrap_err(), OpenError::Refused);
}

#[test]
fn a_signature_holds_for_its_message_and_purpose() {
    let cipher = cipher(NEW, &[]);
    let (cursors, others) = (cipher.signer("cursor"), cipher.signer("invitation"));
    let tag = cursors.sign(b"page 2");
    assert_eq!(cursors.verify(b"page 2", &tag), Ok(()));
    assert_eq!(cursors.verify(b"page 3", &tag), Err(WrongTag));
    assert_eq!(others.verify(b"page 2", &tag), Err(WrongTag));
    for index in 0..tag.len() {
        let mut changed = tag;
        changed[index] ^= 1;
        assert_eq!(cursors.verify(b"page 2", &changed), Err(WrongTag), "byte {index}");
        assert_eq!(cursors.verify(b"page 2", &tag[..index]), Err(WrongTag), "{index} bytes");
    }
    assert_eq!(cursors.verify(b"page 2", &[tag.as_slice(), &[0]].concat()), Err(WrongTag));
}

#[test]
fn a_signature_of_a_retired_key_still_holds() {
    let tag = cipher(OLD, &[]).signer("cursor").sign(b"page 2");
    assert_eq!(cipher(NEW, &[OLDER, OLD]).signer("cursor").verify(b"page 2", &tag), Ok(()));
    assert_eq!(cipher(NEW, &[OLDER]).signer("cursor").verify(b"page 2", &tag), Err(WrongTag));
}

#[test]
fn nothing_that_debug_prints_is_secret() {
    let (ring, index_key) = (ring(NEW, &[OLD]), IndexKey::generate().unwrap());
    let cipher = Cipher::new(&ring, &index_key, &[NAME]);
    let column = cipher.column(&NAME).unwrap();
    let printed = format!(
        "{ring:?}\n{index_key:?}\n{cipher:?}\n{column:?}\n{:?}\n{:?}\n{:?}",
        column.blind_index("asha"),
        column.word_index(ROW, "asha"),
        cipher.signer("cursor"),
    );
    let ids: Vec<KeyId> = ring.key_ids().collect();
    let expected = format!(
        "KeyRing {{ active: EncryptionKey {{ id: {:?}, .. }}, retired: [EncryptionKey {{ id: {:?}, .. }}] }}\n\
         IndexKey(..)\nCipher {{ active_key_id: {:?}, columns: 1, .. }}\n\
         ColumnCipher {{ column: {NAME:?}, .. }}\nBlindIndex(..)\nWordIndex(..)\nSigner(..)",
        ids[0], ids[1], ids[0],
    );
    assert_eq!(printed, expected);
}

#[test]
fn a_cipher_is_shared_between_threads() {
    fn shared<T: Send + Sync>(_: &T) {}
    let cipher = cipher(NEW, &[]);
    shared(&cipher);
    shared(&cipher.signer("cursor"));
}

proptest! {
    #[test]
    fn any_value_in_any_row_comes_back(value: Vec<u8>, row: u128) {
        let cipher = cipher(NEW, &[OLD]);
        let (column, row) = (cipher.column(&NAME).unwrap(), Uuid::from_u128(row));
        let envelope = column.seal(row, &value).unwrap();
        prop_assert_eq!(envelope.len(), value.len() + OVERHEAD);
        prop_assert_eq!(column.open(row, envelope), Ok(value));
    }

    /// Half of the bytes begin like an envelope of a key of the ring, so that all of the reading code is reached.
    #[test]
    fn any_bytes_are_refused_without_a_panic(mut bytes: Vec<u8>, like_an_envelope: bool) {
        let cipher = cipher(NEW, &[]);
        if like_an_envelope {
            bytes.splice(0..0, [&[VERSION][..], &cipher.active_key_id().to_bytes()].concat());
        }
        prop_assert!(open(&cipher, &NAME, ROW, &bytes).is_err());
        if let Some(id) = key_id_of(&bytes) {
            prop_assert_eq!(id.to_bytes(), &bytes[1..5]);
        }
    }

    #[test]
    fn any_text_parses_to_a_key_or_an_error(text: String) {
        if let Ok(key) = EncryptionKey::parse(&text) {
            prop_assert_eq!(EncryptionKey::parse(&key.to_base64()).unwrap().id(), key.id());
        }
    }
}
