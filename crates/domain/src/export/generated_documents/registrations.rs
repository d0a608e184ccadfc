//! What authorities have given an exporter: the GSTIN and the importer-exporter code, and the financial year for which a
//! letter of undertaking holds.

use std::fmt;

use super::fields::{Fields, given, given_text, text};
use super::finding::{Finding, FindingCode};

pub(super) const EXPORTER_GSTIN: &str = "exporter_gstin";

/// Goods and services tax identification number: 15 letters and digits, of which the last is computed from the others. All
/// official kinds pass, those of tax deductors and of bodies of the United Nations among them. It never shows itself.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Gstin(String);

/// Why a text is no GSTIN.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum GstinError {
    /// Not 15 characters from A to Z and 0 to 9.
    Form,
    /// The last character is not the check character of the others.
    CheckCharacter {
        /// The check character.
        expected: char,
    },
}

impl Gstin {
    /// Trims, raises letters to upper case, and checks.
    pub(super) fn parse(text: &str) -> Result<Self, GstinError> {
        let number = text.trim().to_ascii_uppercase();
        let is_allowed = |c: char| c.is_ascii_digit() || c.is_ascii_uppercase();
        let Some((last, others)) = number.chars().next_back().zip(number.get(..14)) else {
            return Err(GstinError::Form);
        };
        if number.len() != 15 || !number.chars().all(is_allowed) {
            return Err(GstinError::Form);
        }
        let expected = check_character(others);
        if last == expected { Ok(Self(number)) } else { Err(GstinError::CheckCharacter { expected }) }
    }
}

impl fmt::Debug for Gstin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[GSTIN]")
    }
}

/// The check character of 14 characters: Luhn's algorithm in base 36. Their values are multiplied by 1 and 2 in turn, and of
/// each product the two digits in base 36 are added.
fn check_character(others: &str) -> char {
    const BASE: u32 = 36;
    let values = others.chars().filter_map(|c| c.to_digit(BASE));
    let weighted = values.zip([1, 2].into_iter().cycle()).map(|(value, factor)| value * factor);
    let sum: u32 = weighted.map(|product| product / BASE + product % BASE).sum();
    char::from_digit((BASE - sum % BASE) % BASE, BASE).unwrap_or_default().to_ascii_uppercase()
}

/// Checks what authorities have given.
pub(super) fn check(fields: &Fields, found: &mut Vec<Finding>) {
    if let Some(value) = given(fields, EXPORTER_GSTIN)
        && let Err(error) = Gstin::parse(&text(value).unwrap_or_default())
    {
        found.push(invalid_gstin(&error));
    }
    if let Some(value) = given(fields, "exporter_iec")
        && !text(value).is_some_and(|code| is_iec(&code.to_ascii_uppercase()))
    {
        let message = "an importer-exporter code is a PAN, or ten digits where it is an old one";
        let finding = Finding::new("/exporter_iec", FindingCode::InvalidIec, message);
        found.push(finding.suggest("copy it from the certificate of the DGFT"));
    }
    if let Some(value) = given(fields, "financial_year")
        && !text(value).is_some_and(|year| is_financial_year(&year))
    {
        let message = "a financial year is two years in a row, from 1 April to 31 March";
        let finding = Finding::new("/financial_year", FindingCode::InvalidYear, message);
        found.push(finding.suggest("write it as in 2026-27"));
    }
}

fn invalid_gstin(error: &GstinError) -> Finding {
    let field = format!("/{EXPORTER_GSTIN}");
    match error {
        GstinError::Form => {
            let message = "a GSTIN has 15 characters, each a letter from A to Z or a digit";
            Finding::new(field, FindingCode::InvalidGstin, message)
        }
        GstinError::CheckCharacter { expected } => {
            let message = format!(
                "the check character of the first 14 characters is {expected}, which is not the last one here"
            );
            Finding::new(field, FindingCode::InvalidGstin, message)
        }
    }
    .suggest("copy it from the certificate of registration")
}

/// Whether a text in upper case is a PAN (`AAAAA9999A`) or ten digits.
fn is_iec(code: &str) -> bool {
    let has_form = |form: &str| {
        code.len() == form.len()
            && code.bytes().zip(form.bytes()).all(|(character, kind)| match kind {
                b'A' => character.is_ascii_uppercase(),
                _ => character.is_ascii_digit(),
            })
    };
    has_form("AAAAA9999A") || has_form("9999999999")
}

/// Whether a text is `YYYY-YY`, of two years in a row.
fn is_financial_year(text: &str) -> bool {
    let number = |part: &str, digits| {
        (part.len() == digits && part.bytes().all(|b| b.is_ascii_digit()))
            .then(|| part.parse::<u32>().ok())
            .flatten()
    };
    let years = text.split_once('-').and_then(|(first, next)| number(first, 4).zip(number(next, 2)));
    years.is_some_and(|(first, next)| (first + 1) % 100 == next)
}

/// The GSTIN of the exporter, where the document has one.
pub(super) fn exporter_gstin(fields: &Fields) -> Option<Gstin> {
    given_text(fields, EXPORTER_GSTIN).and_then(|text| Gstin::parse(&text).ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_official_kind_of_gstin_passes_and_a_slip_does_not() {
        for good in
            ["27ABCDE1234F1Z0", "29ABCDE1234F2ZV", "27MUMA12345B1D5", "0717USA00001UNB", " 27abcde1234f1z0\t"]
        {
            assert!(Gstin::parse(good).is_ok(), "{good}");
        }
        let wrong = |text| Gstin::parse(text).unwrap_err();
        assert_eq!(wrong("27ABCDE1234F1Z1"), GstinError::CheckCharacter { expected: '0' });
        assert!(matches!(wrong("28ABCDE1234F1Z0"), GstinError::CheckCharacter { .. }));
        for malformed in
            ["", "27ABCDE1234F1Z", "27ABCDE1234F1Z00", "27ABCDE-234F1Z0", "२7ABCDE1234F1Z0", "27ABCDE1234F1ÿ"]
        {
            assert_eq!(wrong(malformed), GstinError::Form, "{malformed}");
        }
        assert_eq!(format!("{:?}", Gstin::parse("27ABCDE1234F1Z0")), "Ok([GSTIN])");
    }

    #[test]
    fn an_importer_exporter_code_is_a_pan_or_ten_digits() {
        for (code, is_one) in [
            ("ABCDE1234F", true),
            ("0388012345", true),
            ("ABCD11234F", false),
            ("038801234", false),
            ("ABCDE1234FX", false),
            ("ÀBCDE1234", false),
        ] {
            assert_eq!(is_iec(code), is_one, "{code}");
        }
    }

    #[test]
    fn a_financial_year_is_two_years_in_a_row() {
        for (text, is_one) in [
            ("2026-27", true),
            ("1999-00", true),
            ("2026-28", false),
            ("2026-2027", false),
            ("26-27", false),
            ("2026/27", false),
            ("2026", false),
            ("2026-+7", false),
        ] {
            assert_eq!(is_financial_year(text), is_one, "{text}");
        }
    }

    proptest! {
        /// What the check character is for.
        #[test]
        fn one_wrong_character_or_two_that_changed_places_are_noticed(
            others in "[0-9A-Z]{14}", place in 0..14_usize, character in "[0-9A-Z]"
        ) {
            let good = format!("{others}{}", check_character(&others));
            prop_assert!(Gstin::parse(&good.to_lowercase()).is_ok());
            let mut wrong = good.clone();
            wrong.replace_range(place..=place, &character);
            prop_assert_eq!(Gstin::parse(&wrong).is_ok(), wrong == good);
            let mut swapped: Vec<char> = good.chars().collect();
            swapped.swap(place, place + 1);
            // The algorithm does not tell 0Z from Z0.
            let is_noticed = swapped[place] != swapped[place + 1] && !["0Z", "Z0"].contains(&&good[place..place + 2]);
            prop_assert_eq!(Gstin::parse(&String::from_iter(swapped)).is_err(), is_noticed, "{}", good);
        }

        #[test]
        fn no_text_panics(text in any::<String>()) {
            let _ = (Gstin::parse(&text), is_iec(&text), is_financial_year(&text));
        }
    }
}
