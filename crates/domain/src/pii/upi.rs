//! UPI addresses and links.

use super::{PiiKind, Rule};
use crate::split::upi::PaymentApp;

/// See [`UpiId`](super::UpiId).
#[derive(Debug)]
pub enum UpiIdKind {}

/// See [`UpiLink`](super::UpiLink).
#[derive(Debug)]
pub enum UpiLinkKind {}

/// See [`AppLink`](super::AppLink).
#[derive(Debug)]
pub enum AppLinkKind {}

const INVALID_ID: Rule = Rule {
    code: "invalid_upi_id",
    text: "must look like name@bank: 2 to 256 letters, digits, dots, hyphens or underscores, an @, and a handle without a \
           dot (but for one that ends in .ifsc.npci)",
};
const INVALID_LINK: Rule =
    Rule { code: "invalid_upi_link", text: "must start with upi://pay? and hold nothing but URL characters" };

const INVALID_APP_LINK: Rule = Rule {
    code: "invalid_app_link",
    text: "must be a payment link of a known app and hold nothing but URL characters",
};

/// A link is made by us out of bounded parts; a longer one is not ours.
const MAX_LINK: usize = 4_096;

impl PiiKind for UpiIdKind {
    const NAME: &'static str = "UPI address";

    /// `^[a-zA-Z0-9._-]{2,256}@[a-zA-Z][a-zA-Z0-9-]{1,64}$`, the case kept as given. A handle with a dot is the domain of an
    /// e-mail address, or that of an account at a branch: `50100012345678@HDFC0000001.ifsc.npci`.
    fn normalise(input: &str) -> Result<String, Rule> {
        let (name, handle) = input.trim().split_once('@').ok_or(INVALID_ID)?;
        let name_holds = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
        let bank = without_branch_suffix(handle);
        let valid = (2..=256).contains(&name.len())
            && name.bytes().all(name_holds)
            && handle.len() <= 65
            && bank.len() >= 2
            && bank.starts_with(|c: char| c.is_ascii_alphabetic())
            && bank.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        if valid { Ok(format!("{name}@{handle}")) } else { Err(INVALID_ID) }
    }

    fn index_form(value: &str) -> String {
        value.to_ascii_lowercase()
    }
}

/// The handle without `.ifsc.npci`, which stands after the code of a branch.
fn without_branch_suffix(handle: &str) -> &str {
    const SUFFIX: &str = ".ifsc.npci";
    let parts = handle.len().checked_sub(SUFFIX.len()).and_then(|at| handle.split_at_checked(at));
    parts.filter(|(_, end)| end.eq_ignore_ascii_case(SUFFIX)).map_or(handle, |(branch, _)| branch)
}

impl PiiKind for UpiLinkKind {
    const NAME: &'static str = "UPI link";

    fn normalise(input: &str) -> Result<String, Rule> {
        if is_link(input, "upi://pay") { Ok(input.to_owned()) } else { Err(INVALID_LINK) }
    }
}

impl PiiKind for AppLinkKind {
    const NAME: &'static str = "app link";

    fn normalise(input: &str) -> Result<String, Rule> {
        let known = PaymentApp::ALL.iter().any(|app| is_link(input, app.address()));
        if known { Ok(input.to_owned()) } else { Err(INVALID_APP_LINK) }
    }
}

/// Whether `input` is `address`, a question mark and a query that needs no further encoding.
fn is_link(input: &str, address: &str) -> bool {
    let url_character = |b: u8| b.is_ascii_alphanumeric() || b"-._~@%&=".contains(&b);
    let query = input.strip_prefix(address).and_then(|rest| rest.strip_prefix('?'));
    input.len() <= MAX_LINK
        && query.is_some_and(|query| !query.is_empty() && query.bytes().all(url_character))
}

#[cfg(test)]
mod tests {
    use crate::{UpiId, UpiLink};

    #[test]
    fn upi_addresses_match_the_specification() {
        let longest = format!("{}@{}", "a".repeat(256), "b".repeat(65));
        for input in [
            "asha@okaxis",
            "a.b_c-9@ybl",
            "98765@upi",
            "ab@a1",
            "ab@a-c",
            "50100@HDFC0000001.ifsc.npci",
            "50100@hdfc0000001.IFSC.NPCI",
            &longest,
        ] {
            assert_eq!(UpiId::parse(input).unwrap().expose(), input);
        }
        assert_eq!(UpiId::parse(" Asha@OKAXIS ").unwrap().index_form(), "asha@okaxis");
        let name_too_long = format!("{}@okaxis", "a".repeat(257));
        let handle_too_long = format!("ab@{}", "b".repeat(66));
        for input in [
            "",
            "@",
            "a@okaxis",
            "ab@o",
            "ab@1x",
            "ab@-x",
            "ab@@x",
            "ab@x@y",
            "a b@okaxis",
            "ab@ok_axis",
            "ab",
            "äb@okaxis",
            "ab@okaxis&am=1",
            "asha@gmail.com",
            "asha@okaxis.",
            "asha@ok.axis",
            "asha@.ifsc.npci",
            "asha@a.b.ifsc.npci",
            "50100@hdfc0000001.ifsc.npci.",
            "50100@hdfc0000001.npci",
            "ab\0@okaxis",
            &name_too_long,
            &handle_too_long,
        ] {
            assert!(UpiId::parse(input).is_err(), "{input:?}");
        }
    }

    #[test]
    fn links_are_ours_or_refused() {
        assert!(UpiLink::parse("upi://pay?pa=asha@okaxis&am=1.00").is_ok());
        assert!(UpiLink::parse("upi://pay?pa=asha%40okaxis&am=1.00").is_ok(), "stored before `@` was kept");
        for input in [
            "",
            "upi://pay?",
            "https://x",
            "upi://pay?pa=a b",
            "upi://pay?pa=é",
            "UPI://pay?pa=a",
            "upi://pay?a=#",
        ] {
            assert_eq!(UpiLink::parse(input).unwrap_err().code(), "invalid_upi_link", "{input:?}");
        }
        assert!(UpiLink::parse(&format!("upi://pay?{}", "a".repeat(5_000))).is_err());
    }
}
