//! Phone numbers.

mod written;

use phonenumber::metadata::DATABASE;
use phonenumber::{Metadata, Mode, Type};

use super::{Pii, PiiError, PiiKind, Rule};
use written::Written;

/// A country, whose numbers may be read without their country code.
pub use phonenumber::country::Id as Region;

/// See [`PhoneNumber`](super::PhoneNumber).
///
/// Numbers are taken as address books and gateways write them: characters that do not show, blanks, dashes, dots, slashes
/// and parentheses are passed over, and so are `whatsapp:` and `tel:` before a number. Two zeros stand for a plus sign, and
/// a trunk zero after the country code, as in `+44 (0)20 …`, is left out. A number that is then not a valid one of its
/// country is refused, and so are digits of other scripts.
///
/// [`Pii::parse`] needs the country code. [`Pii::parse_in`] does without it in one country.
#[derive(Debug)]
pub enum PhoneKind {}

const INVALID: Rule = Rule {
    code: "invalid_phone_number",
    text: "must be a valid number with its country code, like +919876543210; it may be left out only from a number of \
           this system's own country",
};

const NOT_DELIVERED: Rule =
    Rule { code: "invalid_phone_number", text: "must be a plus sign and 7 to 15 digits, like +919876543210" };

impl PiiKind for PhoneKind {
    const NAME: &'static str = "phone number";

    fn normalise(input: &str) -> Result<String, Rule> {
        normal(input, None)
    }
}

impl Pii<PhoneKind> {
    /// Reads a number that may be written as it is dialled within `region`: with the trunk prefix or, where there is none
    /// or the number is one of a mobile, without; with the country code and no plus sign.
    ///
    /// ```
    /// use strongroom_domain::PhoneNumber;
    /// use strongroom_domain::pii::Region;
    ///
    /// assert_eq!(PhoneNumber::parse_in(Region::IN, "098765-43210")?.expose(), "+919876543210");
    /// assert_eq!(PhoneNumber::parse_in(Region::ES, "612 34 56 78")?.expose(), "+34612345678");
    /// assert_eq!(PhoneNumber::parse_in(Region::ES, "+91 98765 43210")?.expose(), "+919876543210");
    /// assert!(PhoneNumber::parse("98765 43210").is_err());
    /// # Ok::<(), strongroom_domain::PiiError>(())
    /// ```
    pub fn parse_in(region: Region, input: &str) -> Result<Self, PiiError> {
        normal(input, Some(region)).map(Self::from_trusted).map_err(PiiError::of::<PhoneKind>)
    }

    /// Reads the sender of a message that a network has delivered, `+…` or `whatsapp:+…`, by its shape alone. Networks hand
    /// out numbers that today's plan of their country calls invalid, and a refused sender is a lost message.
    ///
    /// ```
    /// use strongroom_domain::PhoneNumber;
    ///
    /// let sender = "whatsapp:+5215512345678";
    /// assert!(PhoneNumber::parse(sender).is_err());
    /// assert_eq!(PhoneNumber::parse_delivered(sender)?.expose(), "+5215512345678");
    /// # Ok::<(), strongroom_domain::PiiError>(())
    /// ```
    pub fn parse_delivered(input: &str) -> Result<Self, PiiError> {
        let number = input.strip_prefix("whatsapp:").unwrap_or(input);
        let digits = number.strip_prefix('+').filter(|digits| is_e164(digits));
        let found = digits.map(|_| Self::from_trusted(number.to_owned()));
        found.ok_or_else(|| PiiError::of::<PhoneKind>(NOT_DELIVERED))
    }
}

fn normal(input: &str, region: Option<Region>) -> Result<String, Rule> {
    let found = match written::read(input)? {
        Written::International(digits) => international(&digits),
        Written::Dialled(digits) => region.and_then(|region| dialled(&digits, region)),
    };
    found.ok_or(INVALID)
}

/// A number with its country code, which a trunk zero may follow.
fn international(digits: &str) -> Option<String> {
    valid(digits).or_else(|| {
        let (code, national) = (1..=3).find_map(|length| {
            let (code, national) = digits.split_at_checked(length)?;
            DATABASE.by_code(&code.parse::<u16>().ok()?).map(|_| (code, national))
        })?;
        valid(&format!("{code}{}", national.strip_prefix('0')?))
    })
}

/// A number as it is dialled within a country, or one with the country's code and no plus sign.
fn dialled(digits: &str, region: Region) -> Option<String> {
    let plan = DATABASE.by_id(region.as_ref())?;
    let with_code = || digits.starts_with(&plan.country_code().to_string()).then(|| international(digits))?;
    national(digits, plan).or_else(with_code)
}

/// A number of a country, without its code. Where landlines are dialled with a trunk prefix, only mobile numbers go
/// without: other digits may be a number of another country, of which the code was left out.
fn national(digits: &str, plan: &Metadata) -> Option<String> {
    let number = |significant: &str| valid(&format!("{}{significant}", plan.country_code()));
    match plan.national_prefix() {
        None => number(digits),
        Some(trunk) => {
            let after_trunk = digits.strip_prefix(trunk).and_then(number);
            after_trunk.or_else(|| number(digits).filter(|found| is_mobile(found)))
        }
    }
}

/// The number in E.164, if these are the digits of one that exists.
fn valid(digits: &str) -> Option<String> {
    let number = format!("+{digits}");
    // The tables of the crate take 50 µs, as much as storing the number.
    if is_indian_mobile(&number) {
        return Some(number);
    }
    let parsed = phonenumber::parse(None, &number).ok().filter(|_| is_e164(digits))?;
    // The crate also repairs (drops prefixes, cuts extensions), and may repair a number into that of somebody else.
    let as_given = parsed.format().mode(Mode::E164).to_string() == number;
    (as_given && parsed.is_valid()).then_some(number)
}

/// 7 to 15 digits, of which the first is not 0.
fn is_e164(digits: &str) -> bool {
    (7..=15).contains(&digits.len()) && !digits.starts_with('0') && digits.bytes().all(|b| b.is_ascii_digit())
}

fn is_mobile(number: &str) -> bool {
    let of_mobiles = |kind| matches!(kind, Type::Mobile | Type::FixedLineOrMobile);
    is_indian_mobile(number)
        || phonenumber::parse(None, number).is_ok_and(|parsed| of_mobiles(parsed.number_type(&DATABASE)))
}

/// `+91` and ten digits starting 6 to 9: every such number is valid, as a test asks the crate.
fn is_indian_mobile(number: &str) -> bool {
    let digits = number.strip_prefix("+91").unwrap_or_default();
    digits.len() == 10
        && digits.starts_with(['6', '7', '8', '9'])
        && digits.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PhoneNumber;
    use proptest::prelude::*;

    fn normal_in(region: Region, input: &str) -> Option<String> {
        PhoneNumber::parse_in(region, input).ok().map(|phone| phone.expose().to_owned())
    }

    fn indian(input: &str) -> Option<String> {
        normal_in(Region::IN, input)
    }

    #[test]
    fn numbers_of_the_region_need_no_country_code() {
        for input in [
            "9876543210",
            "919876543210",
            "+919876543210",
            "+91 98765-43210",
            " (98765) 43210 ",
            "09876543210",
            "0091 98765 43210",
            "0091 (0) 98765 43210",
            "+91 (0)98765 43210",
            "91 (0)98765 43210",
            "\u{202d}98765\u{a0}43210\u{202c}",
            "+91\u{202f}98765\u{2011}43210",
            "whatsapp:+919876543210",
            "tel:+91-98765-43210",
            "919876543210@s.whatsapp.net",
            "919876543210@c.us",
        ] {
            assert_eq!(indian(input).as_deref(), Some("+919876543210"), "{input}");
        }
        assert_eq!(
            indian("9198765432").as_deref(),
            Some("+919198765432"),
            "ten digits are never a country code and eight"
        );
    }

    #[test]
    fn other_countries_need_theirs() {
        assert_eq!(indian("+442079460958").as_deref(), Some("+442079460958"));
        assert_eq!(indian("+1 (650) 253-0000").as_deref(), Some("+16502530000"));
        assert_eq!(indian("0044 (0)20 7946 0958").as_deref(), Some("+442079460958"));
        assert_eq!(indian("16502530000@s.whatsapp.net").as_deref(), Some("+16502530000"));
        assert_eq!(indian("442079460958"), None);
        assert_eq!(indian("16502530000"), None);
        assert_eq!(indian("2125551234"), None, "an American number is no Indian landline");
    }

    #[test]
    fn every_region_dials_in_its_own_way() {
        for (region, input, number) in [
            (Region::ES, "612345678", "+34612345678"),
            (Region::ES, "912 345 678", "+34912345678"),
            (Region::ES, "34612345678", "+34612345678"),
            (Region::DE, "01512 3456789", "+4915123456789"),
            (Region::DE, "030/123456", "+4930123456"),
            (Region::GB, "(020) 7946 0958", "+442079460958"),
            (Region::US, "1-650-253-0000", "+16502530000"),
            (Region::US, "650.253.0000", "+16502530000"),
            (Region::IT, "06 69812345", "+390669812345"),
        ] {
            assert_eq!(normal_in(region, input).as_deref(), Some(number), "{input}");
        }
        assert_eq!(normal_in(Region::ES, "9876543210"), None);
        assert_eq!(normal_in(Region::DE, "30123456"), None, "a landline without its trunk prefix");
    }

    #[test]
    fn without_a_region_the_country_code_is_needed() {
        let normal = |input| PhoneNumber::parse(input).ok().map(|phone| phone.expose().to_owned());
        for input in
            ["+919876543210", "00919876543210", "919876543210@s.whatsapp.net", "tel:+91 (0)98765.43210"]
        {
            assert_eq!(normal(input).as_deref(), Some("+919876543210"), "{input}");
        }
        for input in ["9876543210", "919876543210", "09876543210"] {
            assert_eq!(normal(input), None, "{input}");
        }
    }

    #[test]
    fn a_zero_that_belongs_to_the_number_stays() {
        assert_eq!(indian("+39 (0)6 69812345").as_deref(), Some("+390669812345"));
        assert_eq!(indian("+91 (00)98765 43210"), None);
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
            "0123456789",
            "+91987654321",
            "+9198765432100",
            "+999123456789",
            "९८७६५४३२१०",
            "９８７６５४３２１０",
            "98765x43210",
            "9876543210;ext=1",
            "+919876543210\0",
            "919876543210ext5",
            "sms:+919876543210",
            "919876543210@example.com",
            "+00919876543210",
            "9876543210@s.whatsapp.net",
            &long,
        ] {
            assert_eq!(indian(input), None, "{input:?}");
        }
    }

    #[test]
    fn indian_landlines_are_valid_where_their_area_is() {
        for input in ["+91 80 2345 6789", "918023456789", "080-2345 6789"] {
            assert_eq!(indian(input).as_deref(), Some("+918023456789"), "{input}");
        }
        assert_eq!(indian("911123456789").as_deref(), Some("+911123456789"));
        assert_eq!(indian("910023456789"), None);
    }

    #[test]
    fn a_delivered_number_has_the_shape_of_one() {
        let delivered =
            |input| PhoneNumber::parse_delivered(input).ok().map(|phone| phone.expose().to_owned());
        for input in ["+5215512345678", "whatsapp:+551191234567", "+1234567", "+123456789012345"] {
            assert!(delivered(input).is_some_and(|number| input.ends_with(&number)), "{input}");
        }
        for input in
            ["5215512345678", "+0123456789", "+123456", "+1234567890123456", "whatsapp:+52 15", "+", ""]
        {
            assert_eq!(delivered(input), None, "{input}");
        }
    }

    proptest! {
        #[test]
        fn the_crate_agrees_that_every_indian_mobile_number_is_valid(digits in 6_000_000_000_u64..10_000_000_000) {
            let international = format!("+91{digits}");
            let number = phonenumber::parse(None, &international).unwrap();
            prop_assert!(number.is_valid());
            prop_assert_eq!(number.format().mode(phonenumber::Mode::E164).to_string(), international.clone());
            prop_assert_eq!(indian(&digits.to_string()), Some(international.clone()));
            prop_assert_eq!(indian(&format!("0{digits}")), Some(international));
        }

        #[test]
        fn text_like_a_number_never_panics_and_is_stable(input in "(tel:|whatsapp:)?[+0-9 ()./-]{0,45}(@c.us)?") {
            for region in [Region::IN, Region::US, Region::RU] {
                if let Some(number) = normal_in(region, &input) {
                    prop_assert_eq!(normal_in(region, &number), Some(number));
                }
            }
        }
    }
}
