//! Where the database is, with what keeps the way to it private.

use std::path::Path;

use repository::{Address, Conninfo};

use super::sources::Values;
use super::{DatabaseSettings, Origin, SettingsError};

/// Where systems keep the authorities they trust: Debian and its kin, Fedora, SUSE, Alpine and the BSDs, Homebrew.
const STORES: [&str; 5] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
    "/opt/homebrew/etc/ca-certificates/cert.pem",
];

/// What libpq would take from its own variables if the address did not say it. It is written into the address, so that
/// the rules here judge the way that is really taken.
pub(super) const LIBPQ: [(&str, &str); 5] = [
    ("PGHOST", "host"),
    ("PGHOSTADDR", "hostaddr"),
    ("PGSERVICE", "service"),
    ("PGSSLMODE", "sslmode"),
    ("PGSSLROOTCERT", "sslrootcert"),
];

impl Values {
    pub(super) fn database(&self) -> Result<DatabaseSettings, SettingsError> {
        Ok(DatabaseSettings {
            url: self.service_address()?,
            admin_url: self.address("DATABASE_ADMIN_URL")?,
            reader_url: self.address("DATABASE_READER_URL")?,
            writer_url: self.address("DATABASE_WRITER_URL")?,
            direct_url: self.address("DATABASE_DIRECT_URL")?,
            transaction_pooler: self.word("DATABASE_POOLER")? == "transaction",
            pool_size: self.integer("DATABASE_POOL_SIZE")?,
            max_overflow: self.integer("DATABASE_MAX_OVERFLOW")?,
            pool_timeout: self.seconds("DATABASE_POOL_TIMEOUT")?,
            pool_recycle: self.seconds("DATABASE_POOL_RECYCLE")?,
            statement_timeout: self.seconds("DATABASE_STATEMENT_TIMEOUT")?,
            lock_timeout: self.seconds("DATABASE_LOCK_TIMEOUT")?,
            slow_statement: self.seconds("DATABASE_SLOW_STATEMENT")?,
        })
    }

    /// What is wrong with each of the addresses.
    pub(super) fn database_problems(&self) -> impl Iterator<Item = SettingsError> {
        let others =
            ["DATABASE_ADMIN_URL", "DATABASE_READER_URL", "DATABASE_WRITER_URL", "DATABASE_DIRECT_URL"]
                .map(|name| self.address(name));
        std::iter::once(self.service_address()).chain(others).filter_map(Result::err)
    }

    /// `DATABASE_URL`, or one made of `DATABASE_HOST` and its companions; whichever was set in the later source.
    fn service_address(&self) -> Result<Option<Address>, SettingsError> {
        let url = self.get("DATABASE_URL");
        match self.get("DATABASE_HOST") {
            Some(host) if url.is_none_or(|url| url.origin < host.origin) => {
                let address = self.compose(host.text.expose())?;
                self.guarded("DATABASE_HOST", host.origin, address).map(Some)
            }
            _ => self.address("DATABASE_URL"),
        }
    }

    fn compose(&self, host: &str) -> Result<Address, SettingsError> {
        let port: u16 = self.integer("DATABASE_PORT")?;
        let address = Address::from("")
            .with("host", host)
            .with("port", port.to_string())
            .with("user", self.text("DATABASE_USER"))
            .with("dbname", self.text("DATABASE_NAME"));
        Ok(match self.get("DATABASE_PASSWORD") {
            Some(password) => address.with("password", password.text.expose()),
            None => address,
        })
    }

    fn address(&self, name: &'static str) -> Result<Option<Address>, SettingsError> {
        let guarded = |given: &super::sources::Given| {
            self.guarded(name, given.origin, Address::from(given.text.expose()))
        };
        self.get(name).map(guarded).transpose()
    }

    /// The address with what the other settings say of the way there, unless that way is one that others can listen on.
    fn guarded(
        &self,
        name: &'static str,
        origin: Origin,
        address: Address,
    ) -> Result<Address, SettingsError> {
        let wrong = |rule: String| SettingsError::Malformed { name, rule, origin };
        let mut conninfo = address.conninfo().map_err(|rule| wrong(rule.to_string()))?;
        let mut address = match self.get("DATABASE_PASSWORD_COMMAND") {
            Some(command) => address.with_password_command(command.text.expose()),
            None => address,
        };
        let mut set = |conninfo: &mut Conninfo, name: &'static str, value: &str| {
            conninfo.set(name, value);
            address = address.clone().with(name, value);
        };

        let mode = self.get("DATABASE_SSL_MODE").map(|_| self.word("DATABASE_SSL_MODE")).transpose()?;
        let own = mode.map(|mode| ("sslmode", mode.to_owned()));
        let of_libpq = self.libpq.iter().map(|(name, value)| (*name, value.clone()));
        for (name, value) in own.into_iter().chain(of_libpq) {
            if conninfo.get(name).is_none() {
                set(&mut conninfo, name, &value);
            }
        }
        if !conninfo.stays_on_this_machine() {
            match conninfo.get("sslmode") {
                Some("verify-full") => {}
                Some(_) if self.flag("DATABASE_ALLOW_INSECURE")? => {}
                Some(_) => return Err(SettingsError::Insecure { name, origin }),
                None => set(&mut conninfo, "sslmode", "verify-full"),
            }
            // Encryption by Kerberos would take the place of the TLS that is promised here.
            if conninfo.get("gssencmode").is_none() {
                set(&mut conninfo, "gssencmode", "disable");
            }
        }
        if let Some(authorities) = self.authorities(&conninfo)? {
            set(&mut conninfo, "sslrootcert", &authorities);
        }
        Ok(address)
    }

    /// The file of authorities that a server's certificate is checked against, where the address does not name it.
    fn authorities(&self, conninfo: &Conninfo) -> Result<Option<String>, SettingsError> {
        const NAME: &str = "DATABASE_SSL_ROOT_CERT";
        if let Some(file) = self.get(NAME) {
            let text = file.text.expose();
            // The word makes libpq 16 and newer ask OpenSSL for its own store.
            if text != "system" && std::fs::File::open(text).is_err() {
                let rule = "a file of certificates that can be read, or `system`".to_owned();
                return Err(SettingsError::Malformed { name: NAME, rule, origin: file.origin });
            }
            return Ok(Some(text.to_owned()));
        }
        let is_checked = conninfo.get("sslmode").is_some_and(|mode| mode.starts_with("verify-"));
        if !is_checked || conninfo.get("sslrootcert").is_some() {
            return Ok(None);
        }
        let store = STORES.iter().find(|store| Path::new(store).is_file());
        store.map(|store| Some((*store).to_owned())).ok_or(SettingsError::NoAuthorities)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Settings, Sources, sources::Pairs};
    use super::*;

    fn settings(given: &[(&str, &str)]) -> Result<Settings, SettingsError> {
        let environment: Pairs =
            given.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Settings::from_sources(&Sources { environment, ..Sources::default() })
    }

    /// What libpq is told, with authorities that every machine has.
    fn told(given: &[(&str, &str)]) -> Conninfo {
        let given: Vec<_> = [("DATABASE_SSL_ROOT_CERT", "system")].iter().chain(given).copied().collect();
        settings(&given).unwrap().database.url.unwrap().conninfo().unwrap()
    }

    #[test]
    fn another_machine_must_prove_who_it_is() {
        for given in [
            &[("DATABASE_URL", "postgres://app@db.example/x")][..],
            &[("DATABASE_URL", "host=db.example")],
            &[("DATABASE_URL", "host=localhost hostaddr=10.0.0.1")],
            &[("DATABASE_URL", "postgres://app@localhost,db.example/x")],
            &[("DB_HOST", "db.example")],
            &[("DATABASE_URL", "postgres:///x"), ("PGHOST", "db.example")],
            &[("DATABASE_URL", "postgres://localhost/x"), ("PGHOSTADDR", "10.0.0.1")],
            &[("DATABASE_URL", "postgres://localhost/x"), ("PGSERVICE", "production")],
            &[("DATABASE_URL", "postgres://db.example/x"), ("DATABASE_ALLOW_INSECURE", "true")],
        ] {
            let told = told(given);
            assert_eq!(told.get("sslmode"), Some("verify-full"), "{given:?}");
            assert_eq!(told.get("sslrootcert"), Some("system"), "{given:?}");
            assert_eq!(told.get("gssencmode"), Some("disable"), "{given:?}");
        }
    }

    #[test]
    fn less_than_that_stops_unless_it_is_allowed() {
        for mode in ["disable", "allow", "prefer", "require", "verify-ca", "verify_full"] {
            let url = format!("postgres://app:s3cret@db.example/x?sslmode={mode}");
            let error = settings(&[("DATABASE_URL", &url)]).unwrap_err().to_string();
            assert!(error.starts_with("DATABASE_URL leads to another machine"), "{error}");
            assert!(error.contains("DATABASE_ALLOW_INSECURE") && !error.contains("s3cret"), "{error}");
            let told = told(&[("DATABASE_URL", &url), ("DATABASE_ALLOW_INSECURE", "true")]);
            assert_eq!(told.get("sslmode"), Some(mode));
        }
        for name in
            ["DATABASE_ADMIN_URL", "DATABASE_READER_URL", "DATABASE_WRITER_URL", "DATABASE_DIRECT_URL"]
        {
            let error = settings(&[(name, "host=db.example sslmode=require")]).unwrap_err().to_string();
            assert!(error.starts_with(name), "{error}");
        }
        let by_variable = [("DATABASE_URL", "postgres://db.example/x"), ("PGSSLMODE", "require")];
        assert!(matches!(settings(&by_variable), Err(SettingsError::Insecure { .. })));
        let by_setting = [("DB_HOST", "db.example"), ("DATABASE_SSL_MODE", "require")];
        assert!(matches!(settings(&by_setting), Err(SettingsError::Insecure { name: "DATABASE_HOST", .. })));
    }

    #[test]
    fn this_machine_is_reached_as_before() {
        for url in [
            "postgres://app@localhost/x",
            "postgres://app@%2Frun%2Fpg/x",
            "host=127.0.0.1",
            "host=db hostaddr=::1",
        ] {
            let told = settings(&[("DATABASE_URL", url)]).unwrap().database.url.unwrap().conninfo().unwrap();
            assert_eq!(
                (told.get("sslmode"), told.get("sslrootcert"), told.get("gssencmode")),
                (None, None, None),
                "{url}"
            );
        }
        let disabled = told(&[("DATABASE_URL", "host=localhost"), ("DATABASE_SSL_MODE", "Disable")]);
        assert_eq!(disabled.get("sslmode"), Some("disable"));
        let url_wins =
            told(&[("DATABASE_URL", "host=localhost sslmode=require"), ("DATABASE_SSL_MODE", "disable")]);
        assert_eq!(url_wins.get("sslmode"), Some("require"));
    }

    #[test]
    fn the_authorities_are_those_of_the_setting_then_of_the_url() {
        let url = ("DATABASE_URL", "postgres://db.example/x?sslrootcert=/mine.pem");
        let told_by_url = settings(&[url]).unwrap().database.url.unwrap().conninfo().unwrap();
        assert_eq!(told_by_url.get("sslrootcert"), Some("/mine.pem"));
        assert_eq!(told(&[url]).get("sslrootcert"), Some("system"));
        let error = settings(&[url, ("DATABASE_SSL_ROOT_CERT", "/nowhere/ca.pem")]).unwrap_err().to_string();
        assert!(error.starts_with("DATABASE_SSL_ROOT_CERT must be a file of certificates"), "{error}");
    }

    #[test]
    fn text_that_leads_nowhere_names_its_setting() {
        let error = settings(&[("DATABASE_URL", "mysql://u:s3cret@h/x")]).unwrap_err().to_string();
        assert!(
            error.starts_with("DATABASE_URL must be a postgres:// URL") && !error.contains("s3cret"),
            "{error}"
        );
    }
}
