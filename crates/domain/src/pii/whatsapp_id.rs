//! The ids that WhatsApp gives people who show no number.

use super::{PiiKind, Rule};

/// See [`WhatsAppId`](super::WhatsAppId).
#[derive(Debug)]
pub enum WhatsAppIdKind {}

const INVALID: Rule = Rule {
    code: "invalid_whatsapp_id",
    text: "must be two letters, a dot, perhaps `ENT.`, and 1 to 128 letters and digits, such as US.1234567890",
};

impl PiiKind for WhatsAppIdKind {
    const NAME: &'static str = "WhatsApp id";

    fn normalise(input: &str) -> Result<String, Rule> {
        let id = input.strip_prefix("whatsapp:").unwrap_or(input);
        let (country, scoped) = id.split_once('.').ok_or(INVALID)?;
        let number = scoped.strip_prefix("ENT.").unwrap_or(scoped);
        let valid = country.len() == 2
            && country.bytes().all(|b| b.is_ascii_alphabetic())
            && (1..=128).contains(&number.len())
            && number.bytes().all(|b| b.is_ascii_alphanumeric());
        if valid { Ok(id.to_owned()) } else { Err(INVALID) }
    }
}

#[cfg(test)]
mod tests {
    use crate::WhatsAppId;

    #[test]
    fn an_id_is_a_country_and_a_number_within_it() {
        let longest = format!("DE.{}", "9".repeat(128));
        for id in ["US.1234567890123456789", "US.ENT.11815799212886844830", "in.a1", &longest] {
            assert_eq!(WhatsAppId::parse(&format!("whatsapp:{id}")).unwrap().expose(), id);
            assert_eq!(WhatsAppId::parse(id).unwrap().expose(), id);
        }
        for input in
            ["", "US", "US.", "USA.1", "U1.1", ".1", "US.1.2", "US.ENT.", "US.1-2", "+12025550101", " US.1"]
        {
            assert_eq!(WhatsAppId::parse(input).unwrap_err().code(), "invalid_whatsapp_id", "{input}");
        }
        assert!(WhatsAppId::parse(&format!("{longest}9")).is_err());
    }
}
