//! UPI links: `upi://pay` by the NPCI linking specification 1.6, the same link for single apps, and the
//! message that carries it.
//!
//! A link starts a payment by the payer. It cannot pull money, and it never proves a payment.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::PaymentRequest;
use crate::invalid::{FieldError, Violation, here};
use crate::pii::AppLink;
use crate::text::{is_ignorable, isolated, turns_text};
use crate::{Amount, Currency, Id, MessageText, PersonName, UpiId, UpiLink};

/// Everything but RFC 3986's unreserved characters is encoded, so nothing in a value can end it, add a
/// parameter, or mean a blank to one reader and a plus sign to another. The `@` of an address stays, as in the
/// specification's own examples: RFC 3986 allows it in a query, and some payment apps do not decode it.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'@');

/// 100,000 rupees, in paise: more is refused by UPI.
const LIMIT_PAISE: i64 = 10_000_000;
/// The longest note.
const NOTE_LENGTH: usize = 50;
/// How much of the note the payer's name may take when both do not fit.
const NAME_LENGTH: usize = 20;
/// How much of a description stands in a message.
const MESSAGE_DESCRIPTION_LENGTH: usize = 100;

/// What a payer is asked for: what a link and the message with it say.
///
/// ```
/// use strongroom_domain::split::upi::Payment;
/// use strongroom_domain::{Amount, Currency, Id, PersonName, UpiId};
///
/// let payment = Payment {
///     payee_name: Some(&PersonName::parse("Asha Rao")?),
///     amount: Amount::parse("33.34")?,
///     currency: Currency::INR,
///     description: Some("Dinner"),
///     payer_name: &PersonName::parse("Ravi")?,
/// };
/// let request = "0190163d-8694-739b-aea5-966c26f8ad91".parse()?;
/// assert_eq!(
///     payment.to_upi(request, &UpiId::parse("asha@okaxis")?)?.expose(),
///     "upi://pay?pa=asha@okaxis&pn=Asha%20Rao&am=33.34&cu=INR&tn=Dinner%20-%20Ravi\
///      &tr=0190163d8694739baea5966c26f8ad91"
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Payment<'a> {
    /// The payee's name; "Bill Splitter" where it is not known.
    pub payee_name: Option<&'a PersonName>,
    /// How much.
    pub amount: Amount,
    /// Must be INR.
    pub currency: Currency,
    /// What it is for.
    pub description: Option<&'a str>,
    /// Who pays.
    pub payer_name: &'a PersonName,
}

/// Why somebody cannot have a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    /// UPI pays in rupees only.
    #[error("a UPI link can only ask for INR")]
    CurrencyNotInr,
    /// There is nothing to pay.
    #[error("a UPI link must ask for more than 0.00")]
    NothingToPay,
    /// UPI pays at most 100,000 rupees at once.
    #[error("a UPI link can ask for at most 100000.00")]
    AmountOverUpiLimit,
}

impl LinkError {
    /// Stable, machine readable.
    pub fn code(self) -> &'static str {
        match self {
            Self::CurrencyNotInr => "currency_not_inr",
            Self::NothingToPay => "nothing_to_pay",
            Self::AmountOverUpiLimit => "amount_over_upi_limit",
        }
    }
}

impl FieldError for LinkError {
    fn violations(&self) -> Vec<Violation> {
        here(self.code(), self)
    }
}

impl Payment<'_> {
    /// The `upi://pay` link of a request, which pays to `payee`.
    pub fn to_upi(&self, request: Id<PaymentRequest>, payee: &UpiId) -> Result<UpiLink, LinkError> {
        if self.currency != Currency::INR {
            return Err(LinkError::CurrencyNotInr);
        }
        match self.amount.to_minor(Currency::INR) {
            Ok(1..=LIMIT_PAISE) => {}
            Ok(0) => return Err(LinkError::NothingToPay),
            _ => return Err(LinkError::AmountOverUpiLimit),
        }
        let payee_name = self.payee_name.map_or("Bill Splitter", PersonName::expose);
        let payee_name: String = payee_name.chars().filter(|&c| !turns_text(c)).collect();
        let parameters: [(&str, &str); 6] = [
            ("pa", payee.expose()),
            ("pn", &payee_name),
            ("am", &self.amount.to_string()),
            ("cu", self.currency.code()),
            ("tn", &self.note()),
            ("tr", &request.reference()),
        ];
        let query = parameters.map(|(name, value)| format!("{name}={}", utf8_percent_encode(value, ENCODED)));
        Ok(UpiLink::from_trusted(format!("upi://pay?{}", query.join("&"))))
    }

    /// A message to the payer that carries `link`.
    pub fn message(&self, link: &UpiLink) -> MessageText {
        let payer = one_line(self.payer_name.expose(), usize::MAX);
        let description = self.description.map(|text| one_line(text, MESSAGE_DESCRIPTION_LENGTH));
        let of = description.filter(|text| !text.is_empty()).unwrap_or_else(|| "our bill".to_owned());
        let to = self.payee_name.map_or_else(String::new, |name| one_line(name.expose(), usize::MAX) + " ");
        let (symbol, amount, link) = (self.currency.symbol(), self.amount, link.expose());
        let text = format!("Hi {payer}, your share of {of} is {symbol}{amount}. Pay {to}by UPI:\n{link}");
        MessageText::from_trusted(text)
    }

    /// "<description> - <payer's name>", reduced, at most 50 characters. When it is too long the name keeps
    /// up to 20 of them and the description gets the rest.
    fn note(&self) -> String {
        let description = Some(reduced(self.description.unwrap_or_default()));
        let description = description.filter(|text| !text.is_empty()).unwrap_or_else(|| "Bill".to_owned());
        let name = reduced(self.payer_name.expose());
        if name.is_empty() {
            return cut(&description, NOTE_LENGTH);
        }
        let whole = format!("{description} - {name}");
        if whole.len() <= NOTE_LENGTH {
            return whole;
        }
        let left_for_name = NOTE_LENGTH.saturating_sub(description.len() + 3);
        let name = cut(&name, left_for_name.max(NAME_LENGTH));
        let description = cut(&description, NOTE_LENGTH.saturating_sub(name.len() + 3));
        format!("{description} - {name}")
    }
}

closed_set! {
    /// An app that opens payment links of its own scheme.
    PaymentApp, "payment app" {
        /// Google Pay.
        Gpay = "gpay",
        /// PhonePe.
        Phonepe = "phonepe",
        /// Paytm.
        Paytm = "paytm",
        /// BHIM.
        Bhim = "bhim",
    }
}

impl PaymentApp {
    /// The same payment as `link`, for this app alone.
    pub fn link(self, link: &UpiLink) -> AppLink {
        let query = link.expose().strip_prefix("upi://pay").unwrap_or_default();
        AppLink::from_trusted(format!("{}{query}", self.address()))
    }

    /// Scheme, host and path of the app's links.
    pub(crate) const fn address(self) -> &'static str {
        match self {
            Self::Gpay => "gpay://upi/pay",
            Self::Phonepe => "phonepe://pay",
            Self::Paytm => "paytmmp://pay",
            Self::Bhim => "bhim://pay",
        }
    }
}

/// Reduces text to ASCII letters, digits, single spaces and hyphens, which every app accepts. Accents are
/// taken off their letters (é becomes e), apostrophes and characters that do not show vanish, whatever else is
/// not allowed becomes a space, and no hyphen stands at either end.
fn reduced(text: &str) -> String {
    let allowed = |c: char| if c.is_ascii_alphanumeric() || c == '-' { c } else { ' ' };
    let vanishes = |c| is_combining_mark(c) || is_ignorable(c) || matches!(c, '\'' | '’');
    let words: String = text.nfkd().filter(|&c| !vanishes(c)).map(allowed).collect();
    let line = words.split_whitespace().collect::<Vec<_>>().join(" ");
    line.trim_matches(['-', ' ']).to_owned()
}

/// At most `length` characters of ASCII text, without blanks or hyphens at the cut.
fn cut(text: &str, length: usize) -> String {
    let kept: String = text.chars().take(length).collect();
    kept.trim_end_matches([' ', '-']).to_owned()
}

/// Text on one line, at most `length` characters, as it may stand between other words.
fn one_line(text: &str, length: usize) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    isolated(&line.chars().filter(|c| !c.is_control()).take(length).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    struct Case<'a> {
        payee_name: Option<&'a str>,
        amount: &'a str,
        currency: &'a str,
        description: Option<&'a str>,
        payer_name: &'a str,
    }

    const DINNER: Case<'_> = Case {
        payee_name: Some("Asha Rao"),
        amount: "33.34",
        currency: "INR",
        description: Some("Dinner"),
        payer_name: "Ravi",
    };

    impl Case<'_> {
        fn link(&self) -> Result<(UpiLink, MessageText), LinkError> {
            // Names come out of the store as they are, so that even a NUL that got there must do no harm.
            let name = |text: &str| PersonName::from_trusted(text.to_owned());
            let (payee, payee_name) = (UpiId::parse("asha@okaxis").unwrap(), self.payee_name.map(name));
            let payer_name = name(self.payer_name);
            let payment = Payment {
                payee_name: payee_name.as_ref(),
                amount: Amount::parse(self.amount).unwrap(),
                currency: Currency::parse(self.currency).unwrap(),
                description: self.description,
                payer_name: &payer_name,
            };
            let upi = payment.to_upi(Id::from_uuid(uuid::Uuid::from_u128(7)), &payee)?;
            Ok((upi.clone(), payment.message(&upi)))
        }

        /// The parameters as a reader of URLs sees them.
        fn parameters(&self) -> Vec<(String, String)> {
            let (link, _) = self.link().unwrap();
            assert!(UpiLink::parse(link.expose()).is_ok(), "nothing is in need of encoding");
            let url = url::Url::parse(link.expose()).unwrap();
            assert_eq!(
                (url.scheme(), url.host_str(), url.path(), url.fragment()),
                ("upi", Some("pay"), "", None)
            );
            url.query_pairs().map(|(name, value)| (name.into_owned(), value.into_owned())).collect()
        }

        fn note(&self) -> String {
            self.parameters().into_iter().find(|(name, _)| name == "tn").unwrap().1
        }
    }

    fn note(description: &str, payer_name: &str) -> String {
        Case { description: Some(description), payer_name, ..DINNER }.note()
    }

    #[test]
    fn a_link_has_the_six_parameters_in_order() {
        let expected = [
            ("pa", "asha@okaxis"),
            ("pn", "Asha Rao"),
            ("am", "33.34"),
            ("cu", "INR"),
            ("tn", "Dinner - Ravi"),
            ("tr", "00000000000000000000000000000007"),
        ];
        assert_eq!(DINNER.parameters(), expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
        let unnamed = Case { payee_name: None, ..DINNER };
        assert_eq!(unnamed.parameters()[1].1, "Bill Splitter");
    }

    #[test]
    fn no_name_adds_or_changes_a_parameter() {
        for hostile in [
            "A&am=1&pa=x@y",
            "A%26am=1",
            "\"; '",
            "🍕",
            "a\0b",
            "#frag",
            "?pa=x",
            "a+b",
            "x;pa=y@z",
            "%",
            "%00",
            "\r\n",
            "am=1",
            "&",
            "=",
            "अमित",
        ] {
            let case =
                Case { payee_name: Some(hostile), description: Some(hostile), payer_name: hostile, ..DINNER };
            let parameters = case.parameters();
            let names: Vec<_> = parameters.iter().map(|(name, _)| name.as_str()).collect();
            assert_eq!(names, ["pa", "pn", "am", "cu", "tn", "tr"], "{hostile:?}");
            assert_eq!(parameters[0].1, "asha@okaxis");
            assert_eq!(parameters[1].1, hostile);
            assert_eq!(parameters[2].1, "33.34");
            assert_eq!(parameters[3].1, "INR");
        }
    }

    #[test]
    fn notes_are_reduced_and_cut() {
        assert_eq!(note("Café & Bar", "O'Brien"), "Cafe Bar - OBrien");
        assert_eq!(note("Din\u{202e}ner", "\u{2067}Ravi\u{2069}"), "Dinner - Ravi");
        assert_eq!(note("A&am=1&pa=x@y", "Zoë-Ann"), "A am 1 pa x y - Zoe-Ann");
        assert_eq!(note("रात का खाना", "Ravi"), "Bill - Ravi");
        assert_eq!(note("Dinner", "रवि"), "Dinner");
        assert_eq!(note("", "🍕"), "Bill");
        assert_eq!(note("-", "- -"), "Bill");
        assert_eq!(note("Dinner - Toit -", "-Ravi"), "Dinner - Toit - Ravi");
        assert_eq!(Case { description: None, ..DINNER }.note(), "Bill - Ravi");
        let long = "Dinner with everybody from the office and their families";
        assert_eq!(
            note(long, "Ravi"),
            "Dinner with everybody from the office and the - Ravi".split_at(43).0.to_owned() + " - Ravi"
        );
    }

    #[test]
    fn a_long_name_leaves_room_for_the_description_and_takes_what_is_free() {
        let name = "Venkatanarasimharajuvaripeta Subramaniam";
        assert_eq!(note("Rent", name), format!("Rent - {name}"));
        assert_eq!(
            note("Groceries for May", name),
            format!("Groceries for May - {}", &name[..30].trim_end())
        );
        let both = note(&"d".repeat(80), &"n".repeat(80));
        assert_eq!(both, format!("{} - {}", "d".repeat(27), "n".repeat(20)));
    }

    #[test]
    fn upi_pays_rupees_up_to_its_limit() {
        let link = |amount, currency| Case { amount, currency, ..DINNER }.link().map(|_| ());
        assert_eq!(link("100000", "INR"), Ok(()));
        assert_eq!(link("0.01", "INR"), Ok(()));
        assert_eq!(link("100000.01", "INR"), Err(LinkError::AmountOverUpiLimit));
        assert_eq!(link("0", "INR"), Err(LinkError::NothingToPay));
        assert_eq!(link("1", "USD"), Err(LinkError::CurrencyNotInr));
        assert_eq!(LinkError::AmountOverUpiLimit.code(), "amount_over_upi_limit");
        assert_eq!(LinkError::CurrencyNotInr.code(), "currency_not_inr");
    }

    #[test]
    fn each_app_has_its_own_link_to_the_same_payment() {
        let (link, _) = DINNER.link().unwrap();
        let query = link.expose().strip_prefix("upi://pay?").unwrap();
        let links = PaymentApp::ALL.iter().map(|app| app.link(&link).expose().to_owned());
        let expected = ["gpay://upi/pay", "phonepe://pay", "paytmmp://pay", "bhim://pay"];
        assert!(links.eq(expected.map(|address| format!("{address}?{query}"))));
        assert!(PaymentApp::ALL.iter().all(|app| AppLink::parse(app.link(&link).expose()).is_ok()));
    }

    #[test]
    fn a_message_says_who_what_and_how() {
        let (link, message) = DINNER.link().unwrap();
        let expected =
            format!("Hi Ravi, your share of Dinner is ₹33.34. Pay Asha Rao by UPI:\n{}", link.expose());
        assert_eq!(message.expose(), expected);
        let (link, message) = Case { payee_name: None, description: Some(" \n"), ..DINNER }.link().unwrap();
        let expected = format!("Hi Ravi, your share of our bill is ₹33.34. Pay by UPI:\n{}", link.expose());
        assert_eq!(message.expose(), expected);
        let (_, message) = Case { description: Some(&"word\n".repeat(400)), ..DINNER }.link().unwrap();
        assert_eq!(message.expose().lines().count(), 2);
        assert!(MessageText::parse(message.expose()).is_ok());
    }

    #[test]
    fn no_name_moves_the_amount_of_a_message() {
        // Names and descriptions that were stored before such marks were refused may still hold them.
        let case = Case { description: Some("ארוחה 5"), payer_name: "Ravi\u{202e}", ..DINNER };
        let (link, message) = Case { payee_name: Some("محمد\u{2067}"), ..case }.link().unwrap();
        let expected =
            "Hi Ravi, your share of \u{2068}ארוחה 5\u{2069} is ₹33.34. Pay \u{2068}محمد\u{2069} by UPI:\n";
        assert_eq!(message.expose(), format!("{expected}{}", link.expose()));
    }

    proptest! {
        #[test]
        fn whatever_the_words_the_money_goes_where_it_should(
            payee_name in any::<String>(), description in any::<String>(), payer_name in any::<String>(),
            paise in 1..=LIMIT_PAISE,
        ) {
            let amount = Amount::from_minor(paise, Currency::INR).unwrap().to_string();
            let case = Case {
                payee_name: Some(&payee_name), amount: &amount, currency: "INR",
                description: Some(&description), payer_name: &payer_name,
            };
            let parameters = case.parameters();
            let values: Vec<_> = parameters.iter().map(|(_, value)| value.as_str()).collect();
            let payee_name = payee_name.replace(turns_text, "");
            prop_assert_eq!(parameters.len(), 6);
            prop_assert_eq!(&values[..4], ["asha@okaxis", &payee_name, &amount, "INR"]);
            prop_assert!((1..=50).contains(&values[4].len()));
            prop_assert!(values[4].bytes().all(|b| b.is_ascii_alphanumeric() || b == b' ' || b == b'-'));
        }
    }
}
