//! Rate limits, and the Redis that shares them.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use ipnet::IpNet;
use repository::domain::rate_limit::Quota;
use url::Url;

use super::sources::{Given, Values};
use super::{Secret, SettingsError};

/// Failed authentications are counted within this many seconds.
const FAILURE_WINDOW: u32 = 60;

/// The settings of systems whose end users may have an hourly limit in place of the general one.
const HOURLY: [(&str, &str); 1] = [("export", "EXPORT_RATE_LIMIT_PER_HOUR")];

/// How often whom is served.
#[derive(Debug, Clone)]
pub struct LimitSettings {
    /// `RATE_LIMIT_REQUESTS` within `RATE_LIMIT_WINDOW`, for each end user of a system that has no limit of its own.
    pub end_users: Quota,
    /// The limits for end users of single systems, by the system's name (`EXPORT_RATE_LIMIT_PER_HOUR`).
    pub of_systems: BTreeMap<&'static str, Quota>,
    /// `AUTH_FAILURE_LIMIT` within a minute, for each address.
    pub failures: Quota,
    /// `TRUSTED_PROXIES`.
    pub trusted_proxies: Vec<IpNet>,
}

/// The Redis that processes share.
#[derive(Debug, Clone)]
pub struct RedisSettings {
    /// `REDIS_URL`, or made of `REDIS_HOST` and its companions.
    pub url: Secret,
    /// The longest that a request waits for it (`REDIS_TIMEOUT`).
    pub timeout: Duration,
}

impl Values {
    pub(super) fn limits(&self) -> Result<LimitSettings, SettingsError> {
        // The list of settings has the same bounds as a quota.
        let quota = |name, seconds| {
            Quota::new(self.integer(name)?, seconds).map_err(|error| self.malformed(name, error.to_string()))
        };
        Ok(LimitSettings {
            end_users: quota("RATE_LIMIT_REQUESTS", self.integer("RATE_LIMIT_WINDOW")?)?,
            of_systems: self.limits_of_systems()?,
            failures: quota("AUTH_FAILURE_LIMIT", FAILURE_WINDOW)?,
            trusted_proxies: self.networks("TRUSTED_PROXIES")?,
        })
    }

    fn limits_of_systems(&self) -> Result<BTreeMap<&'static str, Quota>, SettingsError> {
        let mut limits = BTreeMap::new();
        for (system, name) in HOURLY {
            if self.get(name).is_some() {
                let quota = Quota::new(self.integer(name)?, 3600);
                limits.insert(system, quota.map_err(|error| self.malformed(name, error.to_string()))?);
            }
        }
        Ok(limits)
    }

    fn networks(&self, name: &'static str) -> Result<Vec<IpNet>, SettingsError> {
        let rule = "addresses and networks, separated by commas, such as 10.0.0.7, 10.1.0.0/16";
        let parse = |text: Secret| parse_network(text.expose());
        let parsed: Option<Vec<IpNet>> = self.list(name).into_iter().map(parse).collect();
        parsed.ok_or_else(|| self.malformed(name, rule.to_owned()))
    }

    /// `REDIS_URL`, or one made of `REDIS_HOST` and its companions; whichever was set in the later source.
    pub(super) fn redis(&self) -> Result<Option<RedisSettings>, SettingsError> {
        let (url, host) = (self.get("REDIS_URL"), self.get("REDIS_HOST"));
        let by_url = url.filter(|url| host.is_none_or(|host| url.origin >= host.origin));
        let (name, url) = match (by_url, host) {
            (Some(url), _) => ("REDIS_URL", url.text.clone()),
            (None, Some(host)) => ("REDIS_HOST", self.compose_redis(host)?),
            (None, None) => return Ok(None),
        };
        crate::redis::client(&url).map_err(|rule| self.malformed(name, rule.to_owned()))?;
        Ok(Some(RedisSettings { url, timeout: self.seconds("REDIS_TIMEOUT")? }))
    }

    fn compose_redis(&self, host: &Given) -> Result<Secret, SettingsError> {
        let port: u16 = self.integer("REDIS_PORT")?;
        let number: u32 = self.integer("REDIS_DB")?;
        let compose = || {
            let mut url = Url::parse("redis://localhost").ok()?;
            // An address of IPv6 stands in brackets in a URL, and nowhere else.
            let text = host.text.expose();
            let host = if text.contains(':') { format!("[{text}]") } else { text.to_owned() };
            url.set_host(Some(&host)).ok()?;
            url.set_port(Some(port)).ok()?;
            if let Some(password) = self.get("REDIS_PASSWORD") {
                url.set_password(Some(password.text.expose())).ok()?;
            }
            url.set_path(&number.to_string());
            Some(Secret::new(url))
        };
        compose().ok_or_else(|| self.malformed("REDIS_HOST", "a host name or an address".to_owned()))
    }

    pub(super) fn malformed(&self, name: &'static str, rule: String) -> SettingsError {
        let origin = self.get(name).map_or(super::Origin::Default, |given| given.origin);
        SettingsError::Malformed { name, rule, origin }
    }
}

/// A network, or an address as the network of itself.
fn parse_network(text: &str) -> Option<IpNet> {
    let network = text.parse::<IpNet>().ok();
    network.or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
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

    fn redis_url(environment: &[(&str, &str)]) -> Option<String> {
        load(environment).unwrap().redis.map(|redis| redis.url.expose().to_owned())
    }

    #[test]
    fn limits_have_defaults_and_bounds() {
        let settings = load(&[]).unwrap();
        assert_eq!(settings.limits.end_users.to_string(), "100/60s");
        assert_eq!(settings.limits.failures.to_string(), "30/60s");
        assert!(settings.limits.trusted_proxies.is_empty() && settings.redis.is_none());
        let settings = load(&[("RATE_LIMIT_REQUESTS", "10"), ("RATE_LIMIT_WINDOW", "1")]).unwrap();
        assert_eq!(settings.limits.end_users.to_string(), "10/1s");
        assert!(settings.limits.of_systems.is_empty());
        let settings = load(&[("EXPORT_RATE_LIMIT_PER_HOUR", "500")]).unwrap();
        assert_eq!(settings.limits.of_systems["export"].to_string(), "500/3600s");
        assert!(load(&[("RATE_LIMIT_REQUESTS", "0")]).unwrap_err().contains("RATE_LIMIT_REQUESTS"));
    }

    #[test]
    fn proxies_are_addresses_and_networks() {
        let settings = load(&[("TRUSTED_PROXIES", "10.0.0.7, 10.1.0.0/16,fd00::/8,")]).unwrap();
        let texts: Vec<String> = settings.limits.trusted_proxies.iter().map(ToString::to_string).collect();
        assert_eq!(texts, ["10.0.0.7/32", "10.1.0.0/16", "fd00::/8"]);
        for wrong in ["proxy.example", "10.0.0.0/33", "*", "10.0.0"] {
            assert!(load(&[("TRUSTED_PROXIES", wrong)]).unwrap_err().contains("TRUSTED_PROXIES"), "{wrong}");
        }
    }

    #[test]
    fn redis_is_a_url_or_made_of_its_parts() {
        assert_eq!(
            redis_url(&[("REDIS_HOST", "r.example"), ("REDIS_PASSWORD", "a/b@c"), ("REDIS_DB", "3")]),
            Some("redis://:a%2Fb%40c@r.example:6379/3".to_owned())
        );
        assert_eq!(redis_url(&[("REDIS_HOST", "::1")]), Some("redis://[::1]:6379/0".to_owned()));
        let both = [("REDIS_URL", "unix:///run/redis.sock"), ("REDIS_HOST", "r.example")];
        assert_eq!(redis_url(&both), Some("unix:///run/redis.sock".to_owned()));
        assert_eq!(redis_url(&[("REDIS_PORT", "1")]), None);
    }

    #[test]
    fn a_url_that_is_none_is_refused_without_showing_it() {
        for wrong in ["localhost", "http://:hunter2@h", "rediss://:hunter2@h", "redis://:hunter2@h/x"] {
            let error = load(&[("REDIS_URL", wrong)]).unwrap_err();
            assert!(error.contains("REDIS_URL") && !error.contains("hunter2"), "{wrong}: {error}");
        }
    }
}
