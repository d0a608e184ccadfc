//! Project Wycheproof's vectors through the functions of this module. The counts are asserted, so that a set that was
//! not found, or a filter that became too narrow, cannot pass.

use super::*;
use wycheproof::{TestResult, aead, hkdf, mac};

#[test]
fn aes_256_gcm() {
    let set = aead::TestSet::load(aead::TestName::AesGcm).unwrap();
    // The sizes ring has, which are the sizes the envelope has.
    let groups = set.test_groups.iter().filter(|g| (g.key_size, g.nonce_size, g.tag_size) == (256, 96, 128));
    let (mut ran, mut refused) = (0, 0);
    for test in groups.flat_map(|group| &group.tests) {
        let key = AeadKey::new(&Secret::copy_from(&test.key).unwrap());
        let nonce = Nonce::try_from(test.nonce.as_ref()).unwrap();

        let mut sealed = test.pt.to_vec();
        let tag = key.seal(nonce, &test.aad, &mut sealed).unwrap();
        let seals_alike = sealed == test.ct.as_ref() && tag == test.tag.as_ref();

        // As in an envelope, the ciphertext does not start at the front of the buffer.
        let mut buffer = [&[0xEE; 17], test.ct.as_ref(), test.tag.as_ref()].concat();
        let opened = key.open(nonce, &test.aad, &mut buffer, 17);

        if test.result.must_fail() {
            assert!(!seals_alike && opened.is_err(), "case {} must be refused", test.tc_id);
            refused += 1;
        } else {
            assert!(seals_alike, "case {} seals differently", test.tc_id);
            assert_eq!(opened.unwrap(), test.pt.as_ref(), "case {} opens differently", test.tc_id);
        }
        ran += 1;
    }
    assert_eq!(ran, 66);
    assert!(refused > 0, "the set holds forgeries");
}

#[test]
fn hmac_sha256() {
    let set = mac::TestSet::load(mac::TestName::HmacSha256).unwrap();
    let (mut ran, mut refused) = (0, 0);
    for group in &set.test_groups {
        for test in &group.tests {
            let key = MacKey::new(&test.key);
            let matches = match group.tag_size {
                128 => same(&key.tag::<16>(&test.msg), &test.tag),
                256 => same(&key.tag::<32>(&test.msg), &test.tag),
                other => panic!("no such tag size: {other}"),
            };
            assert_eq!(matches, test.result == TestResult::Valid, "case {}", test.tc_id);
            refused += usize::from(!matches);
            ran += 1;
        }
    }
    assert_eq!(ran, 174);
    assert!(refused > 0, "the set holds forgeries");
}

#[test]
fn hkdf_sha256() {
    let set = hkdf::TestSet::load(hkdf::TestName::HkdfSha256).unwrap();
    let (mut ran, mut refused) = (0, 0);
    for test in set.test_groups.iter().flat_map(|group| &group.tests) {
        let mut okm = vec![0; test.size];
        let expanded = Prk::extract(&test.salt, &test.ikm).expand(&[&test.info], &mut okm);
        if test.result.must_fail() {
            assert!(expanded.is_err(), "case {} must be refused", test.tc_id);
            refused += 1;
        } else {
            expanded.unwrap();
            assert_eq!(okm, test.okm.as_ref(), "case {} derives differently", test.tc_id);
        }
        ran += 1;
    }
    assert_eq!(ran, 86);
    assert!(refused > 0, "the set holds outputs that are too long");
}

#[test]
fn sha_256() {
    // The example of FIPS 180-4.
    let expected = hex::decode("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad").unwrap();
    assert_eq!(sha256(b"abc"), expected.as_slice());
}
