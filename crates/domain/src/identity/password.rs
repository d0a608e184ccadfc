//! Passwords: what is taken for one, and which of them are good enough to be set.

use std::fmt;

use unicode_normalization::UnicodeNormalization as _;
use zeroize::Zeroizing;

use super::common::is_common;
use crate::invalid::{FieldError, Violation, here};

/// Characters of the longest password. Whatever is longer is refused before anybody works on it.
const LONGEST: usize = 128;

/// Bytes that so many characters have at most, before and after they are normalised.
const LONGEST_BYTES: usize = 4 * LONGEST;

/// A password as somebody typed it, to be compared with the one that was set.
///
/// It is kept in the form NFC, because one keyboard sends `é` as one character and another as two; nothing else is
/// changed, spaces included. There is no `Display` and no serde, `Debug` does not show it, and its memory is overwritten
/// when it is dropped.
///
/// ```
/// use strongroom_domain::identity::Password;
///
/// let password = Password::parse("correct horse battery staple")?;
/// assert_eq!(format!("{password:?}"), "[password]");
/// # Ok::<(), strongroom_domain::identity::PasswordError>(())
/// ```
#[derive(Clone)]
pub struct Password(Zeroizing<String>);

/// A password that is good enough to be set.
///
/// ```
/// use strongroom_domain::identity::{NewPassword, PasswordRules};
///
/// let rules = PasswordRules::default();
/// assert!(NewPassword::parse("correct horse battery staple", &rules).is_ok());
/// assert_eq!(NewPassword::parse("Password123", &rules).unwrap_err().code(), "common_password");
/// ```
#[derive(Clone, Debug)]
pub struct NewPassword(Password);

/// What a system asks of a new password, besides that it is not one of the commonest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PasswordRules {
    /// Characters it has at least.
    pub shortest: usize,
    /// Whether it must have an upper-case letter, a lower-case letter and a digit.
    pub mixed: bool,
}

impl Default for PasswordRules {
    /// Ten characters of any kind: length protects, and a rule about kinds makes people write `Password1!`.
    fn default() -> Self {
        Self { shortest: 10, mixed: false }
    }
}

/// Why a text is not taken for a password. It repeats nothing of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// There is nothing.
    #[error("the password must not be empty")]
    Empty,
    /// Too few characters.
    #[error("the password must have at least {0} characters")]
    TooShort(usize),
    /// More characters than anybody types.
    #[error("the password must have at most {LONGEST} characters")]
    TooLong,
    /// A kind of character is missing.
    #[error("the password must have an upper-case letter, a lower-case letter and a digit")]
    NotMixed,
    /// One of those that are tried first.
    #[error("the password is one of the commonest: choose another, for example four words")]
    Common,
}

impl PasswordError {
    /// Stable, machine readable.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::TooShort(_) => "too_short",
            Self::TooLong => "too_long",
            Self::NotMixed => "not_mixed",
            Self::Common => "common_password",
        }
    }
}

impl FieldError for PasswordError {
    fn violations(&self) -> Vec<Violation> {
        here(self.code(), self)
    }
}

impl Password {
    /// Takes any text of 1 to 128 characters.
    pub fn parse(text: &str) -> Result<Self, PasswordError> {
        // Before the text is looked at, so that a megabyte costs nothing.
        if text.len() > LONGEST_BYTES {
            return Err(PasswordError::TooLong);
        }
        if text.is_empty() {
            return Err(PasswordError::Empty);
        }
        // All at once, since a string that grows leaves copies behind. NFC makes a text three times as long at most.
        let mut normal = Zeroizing::new(String::with_capacity(3 * text.len()));
        normal.extend(text.nfc());
        if normal.chars().nth(LONGEST).is_some() {
            return Err(PasswordError::TooLong);
        }
        Ok(Self(normal))
    }

    /// The password itself, to be hashed.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl NewPassword {
    /// Takes a password that keeps the rules.
    pub fn parse(text: &str, rules: &PasswordRules) -> Result<Self, PasswordError> {
        let password = Password::parse(text)?;
        let has = |kind: fn(char) -> bool| password.expose().chars().any(kind);
        if password.expose().chars().count() < rules.shortest {
            return Err(PasswordError::TooShort(rules.shortest));
        }
        if rules.mixed && !(has(char::is_uppercase) && has(char::is_lowercase) && has(char::is_numeric)) {
            return Err(PasswordError::NotMixed);
        }
        if is_common(password.expose()) {
            return Err(PasswordError::Common);
        }
        Ok(Self(password))
    }

    /// The same as a password to be compared.
    pub fn as_password(&self) -> &Password {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[password]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str, rules: &PasswordRules) -> Option<&'static str> {
        NewPassword::parse(text, rules).err().map(|error| error.code())
    }

    #[test]
    fn length_counts_in_characters() {
        let rules = PasswordRules::default();
        assert_eq!(code("", &rules), Some("empty"));
        assert_eq!(code("nine char", &rules), Some("too_short"));
        assert_eq!(code("ten chars!", &rules), None);
        assert_eq!(code("पासवर्डलंबाहै", &rules), None);
        let word = |count: usize| "kü7-".chars().cycle().take(count).collect::<String>();
        assert_eq!(code(&word(128), &rules), None);
        assert_eq!(code(&word(129), &rules), Some("too_long"));
        assert_eq!(code(&"x".repeat(1 << 20), &rules), Some("too_long"));
    }

    #[test]
    fn a_system_may_ask_for_kinds() {
        let rules = PasswordRules { shortest: 8, mixed: true };
        assert_eq!(code("Kolkata7", &rules), None);
        for wrong in ["kolkata77", "KOLKATA77", "KolkataDelhi"] {
            assert_eq!(code(wrong, &rules), Some("not_mixed"), "{wrong}");
        }
    }

    #[test]
    fn what_is_tried_first_is_refused_in_any_case() {
        let rules = PasswordRules { shortest: 8, mixed: false };
        for wrong in
            ["password", "PassWord123", "1234567890", "aaaaaaaaaaaa", "12121212", "qwertyuiop", "11111111"]
        {
            assert_eq!(code(wrong, &rules), Some("common_password"), "{wrong}");
        }
    }

    #[test]
    fn two_ways_to_type_a_letter_are_one_password() {
        let [one, two] = ["caf\u{e9}", "cafe\u{301}"].map(|text| Password::parse(text).unwrap());
        assert_eq!(one.expose(), two.expose());
        assert_ne!(one.expose(), Password::parse("caf\u{e9} ").unwrap().expose());
    }

    #[test]
    fn nothing_shows_it() {
        let password = NewPassword::parse("correct horse", &PasswordRules::default()).unwrap();
        assert_eq!(format!("{password:?}"), "NewPassword([password])");
        let error = Password::parse(&"secret".repeat(1000)).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("secret"));
    }
}
