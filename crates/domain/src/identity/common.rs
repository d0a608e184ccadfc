//! The commonest passwords of eight characters and more, as lists of leaked ones have them.

/// In lower case. Short patterns that repeat need not stand here.
const COMMON: &[&str] = &[
    "0123456789",
    "0987654321",
    "12345678",
    "123456789",
    "1234567890",
    "12345678910",
    "123456789a",
    "123qweasd",
    "123qweasdzxc",
    "147258369",
    "1q2w3e4r",
    "1q2w3e4r5t",
    "1q2w3e4r5t6y",
    "1qaz2wsx",
    "1qaz2wsx3edc",
    "87654321",
    "987654321",
    "9876543210",
    "a123456789",
    "a1b2c3d4",
    "abcd1234",
    "abcdefgh",
    "abcdefghij",
    "admin123",
    "admin1234",
    "administrator",
    "asdfghjkl",
    "babygirl",
    "baseball",
    "basketball",
    "butterfly",
    "changeme",
    "changeme123",
    "chocolate",
    "computer",
    "football",
    "hello123",
    "hellohello",
    "iloveyou",
    "iloveyou1",
    "iloveyou123",
    "india123",
    "krishna123",
    "letmein123",
    "liverpool",
    "manchester",
    "michael1",
    "p@ssw0rd",
    "p@ssw0rd123",
    "p@ssword",
    "passw0rd",
    "passw0rd123",
    "password",
    "password!",
    "password1",
    "password1!",
    "password12",
    "password123",
    "password1234",
    "password12345",
    "password123456",
    "princess",
    "q1w2e3r4",
    "q1w2e3r4t5",
    "qazwsxedc",
    "qwer1234",
    "qwerty123",
    "qwerty1234",
    "qwerty12345",
    "qwerty123456",
    "qwertyui",
    "qwertyuiop",
    "sunshine",
    "superman",
    "test1234",
    "test12345",
    "trustno1",
    "welcome1",
    "welcome123",
    "welcome1234",
    "whatever",
    "zaq12wsx",
    "zxcvbnm123",
];

/// Whether a password is one that everybody who guesses begins with.
pub(super) fn is_common(password: &str) -> bool {
    let lower = password.to_lowercase();
    COMMON.binary_search(&lower.as_str()).is_ok() || repeats_a_short_pattern(&lower)
}

/// At most three characters, again and again.
fn repeats_a_short_pattern(text: &str) -> bool {
    let shifted = |by: usize| text.chars().zip(text.chars().skip(by)).all(|(left, right)| left == right);
    (1..=3).any(shifted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_sorted_and_holds_no_pattern() {
        assert!(COMMON.is_sorted());
        for password in COMMON {
            assert_eq!(*password, password.to_lowercase());
            assert!(password.len() >= 8 && !repeats_a_short_pattern(password), "{password}");
        }
    }

    #[test]
    fn patterns_are_found_and_words_are_not() {
        for common in ["aaaaaaaaaa", "abababab", "123123123", "Iloveyou"] {
            assert!(is_common(common), "{common}");
        }
        for other in ["abcabcabd", "correct horse", "abcdabcd"] {
            assert!(!is_common(other), "{other}");
        }
    }
}
