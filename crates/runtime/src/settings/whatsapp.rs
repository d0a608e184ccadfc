//! The WhatsApp bot.

use repository::domain::whatsapp::phone_number;
use url::Url;

use super::sources::Values;
use super::{Secret, SettingsError};

/// The WhatsApp bot.
#[derive(Debug, Clone)]
pub struct WhatsAppSettings {
    /// `TWILIO_AUTH_TOKEN`: two while it is being changed.
    pub twilio_auth_tokens: Vec<Secret>,
    /// `TWILIO_ACCOUNT_SID`.
    pub twilio_account_sid: Option<String>,
    /// `TWILIO_WHATSAPP_NUMBER`, as `whatsapp:+…`.
    pub twilio_number: Option<String>,
    /// `PUBLIC_BASE_URL`, without a slash at its end.
    pub public_base_url: Option<String>,
    /// `STORAGE_BACKEND=memory`.
    pub in_memory: bool,
    /// `MAX_CHAT_MESSAGES`.
    pub max_chat_messages: u32,
    /// `MAX_CONVERSATION_HISTORY`, at most `MAX_CHAT_MESSAGES`.
    pub max_history: u32,
    /// `SESSION_TIMEOUT_MINUTES`.
    pub session_timeout_minutes: u32,
}

impl Values {
    pub(super) fn whatsapp(&self) -> Result<WhatsAppSettings, SettingsError> {
        let (max_chat_messages, max_history) =
            (self.integer("MAX_CHAT_MESSAGES")?, self.integer("MAX_CONVERSATION_HISTORY")?);
        if max_history > max_chat_messages {
            let rule = "a whole number that is not above MAX_CHAT_MESSAGES".to_owned();
            return Err(self.malformed("MAX_CONVERSATION_HISTORY", rule));
        }
        Ok(WhatsAppSettings {
            twilio_auth_tokens: self.list("TWILIO_AUTH_TOKEN"),
            twilio_account_sid: self.twilio_account_sid()?,
            twilio_number: self.twilio_number()?,
            public_base_url: self.public_base_url()?,
            in_memory: self.word("STORAGE_BACKEND")? == "memory",
            max_chat_messages,
            max_history,
            session_timeout_minutes: self.integer("SESSION_TIMEOUT_MINUTES")?,
        })
    }

    fn twilio_account_sid(&self) -> Result<Option<String>, SettingsError> {
        self.checked("TWILIO_ACCOUNT_SID", "letters and digits, such as AC0123456789abcdef", |text| {
            (!text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric())).then(|| text.to_owned())
        })
    }

    fn twilio_number(&self) -> Result<Option<String>, SettingsError> {
        self.checked("TWILIO_WHATSAPP_NUMBER", "a number such as whatsapp:+14155238886", |text| {
            phone_number(text).ok().map(|number| format!("whatsapp:{}", number.expose()))
        })
    }

    fn public_base_url(&self) -> Result<Option<String>, SettingsError> {
        let rule = "a URL of http or https without query and fragment, such as https://bot.example.org";
        self.checked("PUBLIC_BASE_URL", rule, |text| {
            let url = Url::parse(text).ok()?;
            let fits = matches!(url.scheme(), "http" | "https")
                && url.host_str().is_some()
                && url.query().is_none()
                && url.fragment().is_none();
            // As it is written: Twilio signs the text that it was given.
            fits.then(|| text.trim_end_matches('/').to_owned())
        })
    }

    fn checked(
        &self,
        name: &'static str,
        rule: &str,
        check: impl FnOnce(&str) -> Option<String>,
    ) -> Result<Option<String>, SettingsError> {
        let Some(given) = self.get(name) else { return Ok(None) };
        check(given.text.expose().trim()).map(Some).ok_or_else(|| self.malformed(name, rule.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Settings, Sources};

    fn load(environment: &[(&str, &str)]) -> Result<Settings, String> {
        let environment =
            environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Settings::from_sources(&Sources { environment, ..Sources::default() })
            .map_err(|error| error.to_string())
    }

    #[test]
    fn nothing_needs_to_be_set() {
        let settings = load(&[]).unwrap().whatsapp;
        assert!(
            settings.twilio_auth_tokens.is_empty()
                && settings.public_base_url.is_none()
                && !settings.in_memory
        );
        assert_eq!(
            (settings.max_chat_messages, settings.max_history, settings.session_timeout_minutes),
            (200, 10, 30)
        );
    }

    #[test]
    fn texts_are_read_as_twilio_writes_them() {
        let settings = load(&[
            ("TWILIO_AUTH_TOKEN", "new, 12345"),
            ("TWILIO_ACCOUNT_SID", "AC1"),
            ("TWILIO_WHATSAPP_NUMBER", "+14155238886"),
            ("PUBLIC_BASE_URL", "https://bot.example.org:443/bots/"),
            ("STORAGE_BACKEND", "Memory"),
        ]);
        let settings = settings.unwrap().whatsapp;
        assert_eq!(
            settings.twilio_auth_tokens.iter().map(|token| token.expose()).collect::<Vec<_>>(),
            ["new", "12345"]
        );
        assert_eq!(settings.twilio_number.as_deref(), Some("whatsapp:+14155238886"));
        assert_eq!(settings.public_base_url.as_deref(), Some("https://bot.example.org:443/bots"));
        assert!(settings.in_memory);
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (name, value) in [
            ("TWILIO_ACCOUNT_SID", "AC 1"),
            ("TWILIO_WHATSAPP_NUMBER", "14155238886"),
            ("PUBLIC_BASE_URL", "bot.example.org"),
            ("PUBLIC_BASE_URL", "https://bot.example.org/?a=1"),
            ("STORAGE_BACKEND", "disk"),
            ("MAX_CONVERSATION_HISTORY", "201"),
        ] {
            assert!(load(&[(name, value)]).unwrap_err().contains(name), "{name}={value}");
        }
        assert!(load(&[("MAX_CONVERSATION_HISTORY", "201"), ("MAX_CHAT_MESSAGES", "201")]).is_ok());
    }
}
