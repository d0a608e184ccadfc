//! How numbers are written: the marks that are passed over, and what tells that a country code is there.

use icu_properties::CodePointSetData;
use icu_properties::props::Dash;

use crate::pii::Rule;
use crate::text::is_ignorable;

/// The digits of a number, as it was written.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Written {
    /// With its country code.
    International(String),
    /// As it is dialled, which may be with or without one.
    Dialled(String),
}

const UNREADABLE: Rule = Rule {
    code: "invalid_phone_number",
    text: "must hold nothing but digits, with a plus sign before the country code; blanks, dashes, dots, slashes \
           and parentheses are passed over",
};

/// What address books and gateways write before a number.
const PREFIXES: [&str; 2] = ["whatsapp:", "tel:"];
/// What follows the account of a person in WhatsApp's own protocol. The account is an international number without `+`.
const ACCOUNTS: [&str; 2] = ["@s.whatsapp.net", "@c.us"];

/// Longer input is not looked at: the digits, a prefix, and room for the marks between, three bytes each.
const MAX_BYTES: usize = 120;

/// Finds the digits.
pub(super) fn read(input: &str) -> Result<Written, Rule> {
    if input.len() > MAX_BYTES {
        return Err(UNREADABLE);
    }
    let visible: String = input.chars().filter(|&c| !is_ignorable(c)).collect();
    let number = PREFIXES.iter().fold(visible.trim(), |rest, prefix| strip_prefix(rest, prefix));
    let account = ACCOUNTS.iter().find_map(|suffix| number.strip_suffix(suffix));
    let written: String = account.unwrap_or(number).chars().filter(|&c| !is_mark(c)).collect();
    let (plus, digits) = written.strip_prefix('+').map_or((false, written.as_str()), |rest| (true, rest));
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(UNREADABLE);
    }
    // Two zeros are dialled where a plus sign is written.
    let after_zeros = digits.strip_prefix("00").filter(|_| !plus && account.is_none());
    Ok(match after_zeros {
        Some(rest) => Written::International(rest.to_owned()),
        None if plus || account.is_some() => Written::International(digits.to_owned()),
        None => Written::Dialled(digits.to_owned()),
    })
}

/// Without `prefix`, in whatever case it is written.
fn strip_prefix<'a>(text: &'a str, prefix: &str) -> &'a str {
    match text.split_at_checked(prefix.len()) {
        Some((head, rest)) if head.eq_ignore_ascii_case(prefix) => rest,
        _ => text,
    }
}

/// Whether people put a character between the digits.
fn is_mark(c: char) -> bool {
    c.is_whitespace() || matches!(c, '.' | '/' | '(' | ')') || CodePointSetData::new::<Dash>().contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plus_sign_two_zeros_or_an_account_tell_that_the_country_code_is_there() {
        for input in
            ["+4420", "0044 20", "4420@s.whatsapp.net", "whatsapp:4420@c.us", "tel:+44-20", "TEL:0044/20"]
        {
            assert_eq!(read(input), Ok(Written::International("4420".to_owned())), "{input}");
        }
        for input in ["4420", "tel:4420", "44.20", "(44) 20", "44\u{2010}20", "44\u{2212}20", "44\u{3000}20"]
        {
            assert_eq!(read(input), Ok(Written::Dialled("4420".to_owned())), "{input}");
        }
    }

    #[test]
    fn characters_that_do_not_show_are_passed_over() {
        for hidden in "\u{202a}\u{202c}\u{202d}\u{200e}\u{200b}\u{feff}\u{2068}\u{2069}\u{ad}".chars() {
            let input = format!("{hidden}whatsapp:{hidden}+44{hidden}20{hidden}");
            assert_eq!(read(&input), Ok(Written::International("4420".to_owned())), "{hidden:?}");
        }
    }

    #[test]
    fn other_characters_are_not_digits() {
        for input in
            ["", "+", "++44", "4+4", "44x20", "44;ext=1", "४४", "４４", "44\0", "sms:44", "44@example.com"]
        {
            assert_eq!(read(input), Err(UNREADABLE), "{input:?}");
        }
    }
}
