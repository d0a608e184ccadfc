//! Numbers that one WhatsApp account has in two spellings.

use crate::PhoneNumber;

/// The other spelling of a number whose country changed its mobile numbers: with and without the 9 after the area in
/// Brazil (where the older number begins with 6 to 9), the 9 after 54 in Argentina, the 1 after 52 in Mexico.
///
/// ```
/// use strongroom_domain::whatsapp::{other_spelling, phone_number};
///
/// let dialled = phone_number("+5511991234567")?;
/// let registered = other_spelling(&dialled).map(|other| other.expose().to_owned());
/// assert_eq!(registered.as_deref(), Some("+551191234567"));
/// # Ok::<(), strongroom_domain::PiiError>(())
/// ```
pub fn other_spelling(number: &PhoneNumber) -> Option<PhoneNumber> {
    let digits = number.expose().strip_prefix('+')?;
    let (country, national) = digits.split_at_checked(2)?;
    let other = match country {
        "55" => {
            let (area, local) = national.split_at_checked(2)?;
            let other = toggled(local, '9', 8)?;
            let older = if local.len() == 8 { local } else { other.as_str() };
            older.starts_with(['6', '7', '8', '9']).then(|| format!("{area}{other}"))?
        }
        "54" => toggled(national, '9', 10)?,
        "52" => toggled(national, '1', 10)?,
        _ => return None,
    };
    Some(PhoneNumber::from_trusted(format!("+{country}{other}")))
}

/// Adds `mark` before so many digits, or takes it from before them.
fn toggled(digits: &str, mark: char, length: usize) -> Option<String> {
    if digits.len() == length {
        return Some(format!("{mark}{digits}"));
    }
    digits.strip_prefix(mark).filter(|rest| rest.len() == length).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn other(number: &str) -> Option<String> {
        let number = PhoneNumber::from_trusted(number.to_owned());
        other_spelling(&number).map(|other| other.expose().to_owned())
    }

    #[test]
    fn three_countries_have_two_spellings() {
        for (one, two) in [
            ("+5511991234567", "+551191234567"),
            ("+5491123456789", "+541123456789"),
            ("+5215512345678", "+525512345678"),
        ] {
            assert_eq!(other(one).as_deref(), Some(two));
            assert_eq!(other(two).as_deref(), Some(one));
        }
    }

    #[test]
    fn no_other_number_gains_or_loses_a_digit() {
        for number in [
            "+551131234567",
            "+5511931234567",
            "+55119912345",
            "+559912345678901",
            "+919876543210",
            "+12025550101",
            "+54112345678",
            "+5255123456789",
            "+5551",
        ] {
            assert_eq!(other(number), None, "{number}");
        }
    }

    proptest! {
        #[test]
        fn the_other_spelling_leads_back(number in "\\+5[245][0-9]{5,12}") {
            if let Some(found) = other(&number) {
                prop_assert_ne!(&found, &number);
                prop_assert_eq!(other(&found), Some(number));
            }
        }
    }
}
