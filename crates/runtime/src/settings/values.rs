//! Turns the text that won into a value, by the rule of the list.

use std::time::Duration;

use repository::domain::UpiId;

use super::sources::{Given, Values};
use super::table::{Kind, SETTINGS, Setting};
use super::{Entry, LogSettings, Origin, Secret, SettingsError};

impl Values {
    /// A text that has a default, or is empty.
    pub(super) fn text(&self, name: &'static str) -> String {
        self.get(name).map_or(String::new(), |given| given.text.expose().to_owned())
    }

    pub(super) fn secret(&self, name: &'static str) -> Option<Secret> {
        self.get(name).map(|given| given.text.clone())
    }

    pub(super) fn list(&self, name: &'static str) -> Vec<Secret> {
        let text = self.text(name);
        text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(Secret::new).collect()
    }

    pub(super) fn integer<T: TryFrom<u32>>(&self, name: &'static str) -> Result<T, SettingsError> {
        self.parse(name, |kind, text| {
            let Kind::Integer(least, most) = kind else { return None };
            let number: u32 = text.parse().ok().filter(|number| (least..=most).contains(number))?;
            T::try_from(number).ok()
        })
    }

    pub(super) fn seconds(&self, name: &'static str) -> Result<Duration, SettingsError> {
        self.parse(name, |kind, text| {
            let Kind::Seconds(most) = kind else { return None };
            let seconds: f64 = text.parse().ok()?;
            let duration = Duration::try_from_secs_f64(seconds).ok()?;
            (!duration.is_zero() && duration <= Duration::from_secs(most.into())).then_some(duration)
        })
    }

    pub(super) fn flag(&self, name: &'static str) -> Result<bool, SettingsError> {
        self.parse(name, |_, text| match text.to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" | "1" => Some(true),
            "false" | "no" | "off" | "0" => Some(false),
            _ => None,
        })
    }

    pub(super) fn word(&self, name: &'static str) -> Result<&'static str, SettingsError> {
        self.parse(name, |kind, text| {
            let Kind::Word(words) = kind else { return None };
            words.iter().find(|word| word.eq_ignore_ascii_case(text)).copied()
        })
    }

    pub(super) fn log(&self) -> Result<LogSettings, SettingsError> {
        let debug = self.flag("DEBUG")?;
        Ok(LogSettings {
            level: self.word("LOG_LEVEL")?.to_owned(),
            json: self.word("LOG_FORMAT")? == "json",
            statements: self.flag("DATABASE_ECHO")? || debug,
            pool: self.flag("DATABASE_ECHO_POOL")? || debug,
        })
    }

    pub(super) fn upi_id(&self, name: &'static str) -> Result<Option<UpiId>, SettingsError> {
        let Some(given) = self.get(name) else { return Ok(None) };
        let rule = "a UPI address such as name@bank".to_owned();
        let parsed = UpiId::parse(given.text.expose());
        parsed.map(Some).map_err(|_| SettingsError::Malformed { name, rule, origin: given.origin })
    }

    pub(super) fn entries(&self) -> Vec<Entry> {
        let used = SETTINGS.iter().filter(|setting| setting.kind != Kind::Unused);
        used.map(|setting| {
            let given = self.get(setting.name);
            let shown = |given: &Given| {
                if setting.secret { "[secret]".to_owned() } else { given.text.expose().to_owned() }
            };
            Entry {
                name: setting.name,
                value: given.map(shown),
                origin: given.map_or(Origin::Default, |given| given.origin),
            }
        })
        .collect()
    }

    fn parse<T>(
        &self,
        name: &'static str,
        parse: impl FnOnce(Kind, &str) -> Option<T>,
    ) -> Result<T, SettingsError> {
        let kind = Setting::find(name).map_or(Kind::Text, |setting| setting.kind);
        let given = self.get(name);
        given.and_then(|given| parse(kind, given.text.expose().trim())).ok_or_else(|| {
            SettingsError::Malformed {
                name,
                rule: Setting::find(name).map_or_else(String::new, Setting::rule),
                origin: given.map_or(Origin::Default, |given| given.origin),
            }
        })
    }
}
