//! E-mail addresses.

use idna::AsciiDenyList;
use idna::uts46::{DnsLength, Hyphens, Uts46};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::{PiiKind, Rule};

/// See [`Email`](super::Email).
///
/// Which spellings are one mailbox: the local part is compatibility-normalised and in lower case, but never case-folded,
/// which would join `ß` and `ss`, two letters of two people. The domain is the ASCII form of IDNA, so that
/// `bücher.example` and `xn--bcher-kva.example` are one, and `straße.example` and `strasse.example` are two. Dots and
/// `+…` stay: what they mean is the mail server's to say.
#[derive(Debug)]
pub enum EmailKind {}

const INVALID: Rule = Rule {
    code: "invalid_email",
    text: "must look like name@example.com: at most 64 characters without quotes or blanks before the @, and a domain \
           with a dot after it",
};
const TOO_LONG: Rule = Rule { code: "too_long", text: "must have at most 254 characters" };

const MOST_CHARACTERS: usize = 254;
const LONGEST_LOCAL_PART: usize = 64;

impl PiiKind for EmailKind {
    const NAME: &'static str = "e-mail address";

    fn normalise(input: &str) -> Result<String, Rule> {
        let input = input.trim();
        if input.chars().nth(MOST_CHARACTERS).is_some() {
            return Err(TOO_LONG);
        }
        let (local, domain) = input.rsplit_once('@').ok_or(INVALID)?;
        let address =
            format!("{}@{}", local_part(local).ok_or(INVALID)?, domain_name(domain).ok_or(INVALID)?);
        // Both forms may be longer than what was written.
        if address.chars().nth(MOST_CHARACTERS).is_some() { Err(TOO_LONG) } else { Ok(address) }
    }
}

/// Atoms with single dots between them, normalised.
fn local_part(written: &str) -> Option<String> {
    let composed: String = written.nfkc().collect();
    let local: String = composed.to_lowercase().nfkc().collect();
    // What was written counts too: `℀` is no letter, though it normalises to `a/c`.
    let are_atoms =
        |text: &str| text.split('.').all(|atom| !atom.is_empty() && atom.chars().all(is_of_an_atom));
    (are_atoms(written) && are_atoms(&local) && local.chars().count() <= LONGEST_LOCAL_PART).then_some(local)
}

/// RFC 5322's `atext`, and of the characters beyond ASCII letters, digits and the marks upon them.
fn is_of_an_atom(c: char) -> bool {
    c.is_alphanumeric() || is_combining_mark(c) || "!#$%&'*+-/=?^_`{|}~".contains(c)
}

/// The domain in ASCII: two labels or more, of which the last is no number, as it is in an address of IPv4.
fn domain_name(written: &str) -> Option<String> {
    let ascii = Uts46::new().to_ascii(
        written.as_bytes(),
        AsciiDenyList::STD3,
        Hyphens::CheckFirstLast,
        DnsLength::Verify,
    );
    let domain = ascii.ok()?.into_owned();
    let last = domain.rsplit_once('.').map(|(_, last)| last)?;
    (!last.bytes().all(|b| b.is_ascii_digit())).then_some(domain)
}

#[cfg(test)]
mod tests {
    use crate::Email;
    use proptest::prelude::*;

    fn normal(input: &str) -> Option<String> {
        Email::parse(input).ok().map(|email| email.expose().to_owned())
    }

    #[test]
    fn one_mailbox_has_one_form() {
        for (written, form) in [
            (" A.Sen@Example.COM", "a.sen@example.com"),
            ("info@bücher.example", "info@xn--bcher-kva.example"),
            ("info@BÜCHER.example", "info@xn--bcher-kva.example"),
            ("info@xn--bcher-kva.example", "info@xn--bcher-kva.example"),
            ("\u{212a}im@x.example", "kim@x.example"),
            ("U\u{308}nal@x.example", "ünal@x.example"),
            ("Ünal@x.example", "ünal@x.example"),
            ("asha+bills@x.example", "asha+bills@x.example"),
            ("o'brien@x.example", "o'brien@x.example"),
            ("अमित@डाटा.भारत", "अमित@xn--c2bd1gb.xn--h2brj9c"),
            ("a@x。example", "a@x.example"),
        ] {
            assert_eq!(normal(written).as_deref(), Some(form), "{written}");
        }
    }

    #[test]
    fn two_mailboxes_have_two_forms() {
        assert_ne!(normal("info@straße.example"), normal("info@strasse.example"));
        assert_ne!(normal("groß@x.example"), normal("gross@x.example"));
        assert_ne!(normal("a.sen@x.example"), normal("asen@x.example"));
        assert!(normal("İlk@x.example").is_some_and(|form| Some(&form) != normal("ilk@x.example").as_ref()));
    }

    #[test]
    fn what_is_no_address_is_refused() {
        let (long_local, long_label) = ("a".repeat(65), "b".repeat(64));
        for input in [
            "",
            "@",
            "asha",
            "asha@",
            "@x.example",
            "asha@example",
            "asha@x..example",
            "asha@.example",
            "asha@x.example.",
            ".asha@x.example",
            "asha.@x.example",
            "a..b@x.example",
            "a b@x.example",
            "\"a b\"@x.example",
            "asha(work)@x.example",
            "asha@[192.0.2.1]",
            "asha@192.0.2.1",
            "asha@x.1",
            "a@b@x.example",
            "asha@x_y.example",
            "asha@-x.example",
            "asha@x.example\0",
            "a\u{200b}sha@x.example",
            "asha＠x.example",
            "℀@x.example",
            "asha@x.example>",
            "<asha@x.example>",
            "asha@x .example",
            "ash\u{202e}a@x.example",
            &format!("{long_local}@x.example"),
            &format!("asha@{long_label}.example"),
        ] {
            let code = Email::parse(input).map_err(|error| error.code());
            assert_eq!(code.err(), Some("invalid_email"), "{input:?}");
        }
        let long = format!("asha@{}example", "abcdefghi.".repeat(25));
        assert_eq!(Email::parse(&long).unwrap_err().code(), "too_long");
    }

    proptest! {
        #[test]
        fn a_form_is_its_own_form(local in ".{0,20}", domain in "[a-zA-ZäßİΣ]{1,8}\\.[a-zé]{2,5}") {
            if let Some(form) = normal(&format!("{local}@{domain}")) {
                prop_assert_eq!(normal(&form), Some(form));
            }
        }
    }
}
