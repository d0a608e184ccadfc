//! Which 32 bytes no one would get from a random generator. The rules are documented at `EncryptionKey::parse`.

use crate::Weakness;
use crate::secret::LENGTH;

/// Random bytes, and even 32 random decimal digits, nearly always have more.
const LEAST_DISTINCT: usize = 8;
/// A pattern is short if it fits into the key twice.
const LONGEST_PATTERN: usize = LENGTH / 2;
/// Of the 31 steps between neighbours. 32 random hexadecimal digits have one step in common about six times.
const SEQUENCE_STEPS: usize = 20;

/// The first rule that the key breaks, the plainest one first.
pub(crate) fn find(key: &[u8; LENGTH]) -> Option<Weakness> {
    match distinct(key) {
        1 => Some(Weakness::EqualBytes),
        n if n < LEAST_DISTINCT => Some(Weakness::FewDistinctBytes),
        _ if repeats(key) => Some(Weakness::RepeatedPattern),
        _ if commonest_step(key) >= SEQUENCE_STEPS => Some(Weakness::Sequence),
        _ => None,
    }
}

fn distinct(key: &[u8]) -> usize {
    (0..=u8::MAX).filter(|byte| key.contains(byte)).count()
}

fn repeats(key: &[u8]) -> bool {
    (1..=LONGEST_PATTERN).any(|length| key.iter().zip(key.iter().skip(length)).all(|(a, b)| a == b))
}

fn commonest_step(key: &[u8]) -> usize {
    let steps = || key.iter().zip(key.iter().skip(1)).map(|(a, b)| b.wrapping_sub(*a));
    (0..=u8::MAX).map(|step| steps().filter(|s| *s == step).count()).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(key: &[u8; 32], expected: Option<Weakness>) {
        assert_eq!(find(key), expected, "{}", String::from_utf8_lossy(key));
    }

    #[test]
    fn what_people_type_is_refused() {
        check(&[0; 32], Some(Weakness::EqualBytes));
        check(b"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", Some(Weakness::EqualBytes));
        check(b"0101110100010101110101000101010a", Some(Weakness::FewDistinctBytes));
        check(b"1234567123456712345671234567123z", Some(Weakness::Sequence));
        check(b"12345678901234567890123456789012", Some(Weakness::RepeatedPattern));
        check(b"0123456789abcdef0123456789abcdef", Some(Weakness::RepeatedPattern));
        check(b"passwordpasswordpasswordpassword", Some(Weakness::FewDistinctBytes));
        check(b"password1password1password1passw", Some(Weakness::RepeatedPattern));
        check(b"abcdefghijklmnopqrstuvwxyz012345", Some(Weakness::Sequence));
        check(b"zyxwvutsrqponmlkjihgfedcba987654", Some(Weakness::Sequence));
        check(b"aaaabbbbccccddddeeeeffffgggghhhh", Some(Weakness::Sequence));
        check(&std::array::from_fn(|i| i as u8), Some(Weakness::Sequence));
        check(&std::array::from_fn(|i| (i * 7) as u8), Some(Weakness::Sequence));
    }

    #[test]
    fn the_rules_bite_where_they_say() {
        // Six different digits are too few, seven still are, eight are enough.
        check(b"41536264613542162345261453625146", Some(Weakness::FewDistinctBytes));
        check(b"41536264613542162345261453625147", Some(Weakness::FewDistinctBytes));
        check(b"41536264613542162345261453625178", None);
        // A pattern of 16 bytes fills the key twice; one byte changed, and it no longer repeats.
        check(
            b"8305927146093815830592714609381583059271460938".first_chunk().unwrap(),
            Some(Weakness::RepeatedPattern),
        );
        check(b"83059271460938158305927146093814", None);
        // 20 equal steps are a sequence, 19 are not.
        check(b"abcdefghijklmnopqrstu83059271460", Some(Weakness::Sequence));
        check(b"abcdefghijklmnopqrst830592714609", None);
    }

    #[test]
    fn what_generators_print_passes() {
        // 32 random digits, hexadecimal digits, letters, and bytes.
        check(b"83059271460938157264590318726405", None);
        check(b"9f86d081884c7d659a2feaa0c55ad015", None);
        check(b"kQ7vXr2LmZt9WbYc4HnJ5sDfG8pRaE3u", None);
        check(
            &[
                0x2b, 0x7e, 0x15, 0x16, 0x28, 0xae, 0xd2, 0xa6, 0xab, 0xf7, 0x15, 0x88, 0x09, 0xcf, 0x4f,
                0x3c, 0x76, 0x2e, 0x71, 0x60, 0xf3, 0x8b, 0x4d, 0xa5, 0x6a, 0x78, 0x4d, 0x90, 0x45, 0x19,
                0x0c, 0xfe,
            ],
            None,
        );
    }
}
