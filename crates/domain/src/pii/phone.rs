//! Phone numbers.

use phonenumber::Mode;

use super::{PiiKind, Rule};

/// See [`PhoneNumber`](super::PhoneNumber).
///
/// Spaces, hyphens and parentheses are passed over. `+…` is taken as it is; ten digits starting 6 to 9 and
/// twelve digits starting 91 are Indian. Whatever is then not a valid number of its country is refused, and
/// so are digits of other scripts.
#[derive(Debug)]
pub enum PhoneKind {}

const INVALID: Rule = Rule {
    code: "invalid_phone_number",
    text: "must be a valid number with its country code, like +919876543210, or an Indian mobile number of ten digits",
};

/// Longer input is not looked at: fifteen digits, a plus sign, and room for the marks people put between.
const MAX_LENGTH: usize = 40;

impl PiiKind for PhoneKind {
    const NAME: &'static str = "phone number";

    fn normalise(input: &str) -> Result<String, Rule> {
        let international = international(input).ok_or(INVALID)?;
        // Every such number is valid (a test asks the crate). Its tables take 50 µs, as much as storing the
        // number.
        if international.strip_prefix("+91").is_some_and(is_indian_mobile) {
            return Ok(international);
        }
        let number = phonenumber::parse(None, &international).map_err(|_| INVALID)?;
        // The crate also repairs (drops a trunk zero, cuts an extension); what needs repair is not E.164.
        let as_given = number.format().mode(Mode::E164).to_string() == international;
        if as_given && number.is_valid() { Ok(international) } else { Err(INVALID) }
    }
}

/// `+` and 7 to 15 digits, or nothing.
fn international(input: &str) -> Option<String> {
    if input.len() > MAX_LENGTH {
        return None;
    }
    let marks = [' ', '-', '(', ')'];
    let written: String = input.chars().filter(|c| !marks.contains(c)).collect();
    let digits = written.strip_prefix('+').unwrap_or(&written);
    if !(7..=15).contains(&digits.len()) || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    match (written.starts_with('+'), digits.len()) {
        (true, _) => Some(written),
        (false, _) if is_indian_mobile(digits) => Some(format!("+91{digits}")),
        (false, 12) if digits.starts_with("91") => Some(format!("+{digits}")),
        (false, _) => None,
    }
}

/// Ten digits starting 6 to 9.
fn is_indian_mobile(digits: &str) -> bool {
    digits.len() == 10 && digits.starts_with(['6', '7', '8', '9'])
}

#[cfg(test)]
mod tests {
    use crate::PhoneNumber;
    use proptest::prelude::*;

    fn normal(input: &str) -> Option<String> {
        PhoneNumber::parse(input).ok().map(|phone| phone.expose().to_owned())
    }

    #[test]
    fn indian_numbers_need_no_country_code() {
        for input in ["9876543210", "919876543210", "+919876543210", "+91 98765-43210", " (98765) 43210 "] {
            assert_eq!(normal(input).as_deref(), Some("+919876543210"), "{input}");
        }
    }

    #[test]
    fn other_countries_need_theirs() {
        assert_eq!(normal("+442079460958").as_deref(), Some("+442079460958"));
        assert_eq!(normal("+1 (650) 253-0000").as_deref(), Some("+16502530000"));
        assert_eq!(normal("442079460958"), None);
        assert_eq!(normal("16502530000"), None);
    }

    #[test]
    fn what_is_no_number_is_refused() {
        let long = "9".repeat(10_000);
        for input in [
            "",
            "+",
            "++919876543210",
            "12345",
            "5876543210",
            "98765432100",
            "0987654321",
            "+91987654321",
            "+9198765432100",
            "+999123456789",
            "+44 (0)20 7946 0958",
            "९८७६५४३२१०",
            "９８７６５４３２１０",
            "98765x43210",
            "9876543210;ext=1",
            "+919876543210\0",
            "919876543210ext5",
            "tel:+919876543210",
            &long,
        ] {
            assert_eq!(normal(input), None, "{input:?}");
        }
    }

    #[test]
    fn indian_landlines_are_valid_where_their_area_is() {
        assert_eq!(normal("+91 80 2345 6789").as_deref(), Some("+918023456789"));
        assert_eq!(normal("918023456789").as_deref(), Some("+918023456789"));
        assert_eq!(normal("911123456789").as_deref(), Some("+911123456789"));
        assert_eq!(normal("910023456789"), None);
    }

    proptest! {
        #[test]
        fn the_crate_agrees_that_every_indian_mobile_number_is_valid(digits in 6_000_000_000_u64..10_000_000_000) {
            let international = format!("+91{digits}");
            let number = phonenumber::parse(None, &international).unwrap();
            prop_assert!(number.is_valid());
            prop_assert_eq!(number.format().mode(phonenumber::Mode::E164).to_string(), international.clone());
            prop_assert_eq!(normal(&digits.to_string()), Some(international));
        }

        #[test]
        fn text_like_a_number_never_panics(input in "[+0-9 ()-]{0,45}") {
            let _ = normal(&input);
        }
    }
}
