//! Turns the text that won into a value, by the rule of the list.

use std::path::PathBuf;
use std::time::Duration;

use repository::domain::UpiId;
use repository::domain::market::BotZone;
use repository::{Keep, Retention, system};

use super::sources::{Given, Values};
use super::table::{Kind, SETTINGS, Setting};
use super::{Entry, LogSettings, Origin, Secret, SettingsError, TlsFiles};

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
        self.parse(name, |kind, text| T::try_from(kind.integer(text)?).ok())
    }

    pub(super) fn seconds(&self, name: &'static str) -> Result<Duration, SettingsError> {
        self.parse(name, Kind::seconds)
    }

    pub(super) fn flag(&self, name: &'static str) -> Result<bool, SettingsError> {
        self.parse(name, Kind::flag)
    }

    pub(super) fn word(&self, name: &'static str) -> Result<&'static str, SettingsError> {
        self.parse(name, Kind::word)
    }

    pub(super) fn tls(&self) -> Result<Option<TlsFiles>, SettingsError> {
        let file = |name| self.get(name).map(|given| PathBuf::from(given.text.expose()));
        let alone = |name, missing| Err(SettingsError::Alone { name, missing });
        match (file("TLS_CERT_FILE"), file("TLS_KEY_FILE")) {
            (Some(certificate), Some(key)) => Ok(Some(TlsFiles { certificate, key })),
            (None, None) => Ok(None),
            (Some(_), None) => alone("TLS_CERT_FILE", "TLS_KEY_FILE"),
            (None, Some(_)) => alone("TLS_KEY_FILE", "TLS_CERT_FILE"),
        }
    }

    /// Everything that is wrong, so that nobody has to repair one setting to hear of the next.
    pub(super) fn problems(&mut self) -> Vec<SettingsError> {
        let mut problems = std::mem::take(&mut self.problems);
        for setting in SETTINGS {
            let taken = |given: &Given| setting.kind.takes(given.text.expose().trim());
            if let Some(given) = self.get(setting.name).filter(|given| !taken(given)) {
                let (name, rule, origin) = (setting.name, setting.rule(), given.origin);
                problems.push(SettingsError::Malformed { name, rule, origin });
            }
        }
        problems.extend(self.upi_id("DEFAULT_UPI_ID").err());
        problems.extend(self.tls().err());
        problems.extend(self.whatsapp().err());
        problems.extend(self.database_problems());
        problems
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

    /// The settings that retention rules name.
    pub(super) fn retention(&self) -> Result<Retention, SettingsError> {
        system::rules().try_fold(Retention::default(), |retention, (_, rule)| match rule.keep {
            Keep::Days(_) | Keep::UntilAsked => Ok(retention),
            Keep::Setting(name, _) => Ok(retention.with(name, self.integer(name)?)),
        })
    }

    pub(super) fn upi_id(&self, name: &'static str) -> Result<Option<UpiId>, SettingsError> {
        let Some(given) = self.get(name) else { return Ok(None) };
        let rule = "a UPI address such as name@bank".to_owned();
        let parsed = UpiId::parse(given.text.expose());
        parsed.map(Some).map_err(|_| SettingsError::Malformed { name, rule, origin: given.origin })
    }

    pub(super) fn bot_zone(&self, name: &'static str) -> Result<BotZone, SettingsError> {
        let rule = "a time zone such as Europe/Madrid".to_owned();
        BotZone::parse(&self.text(name)).ok_or_else(|| self.malformed(name, rule))
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
