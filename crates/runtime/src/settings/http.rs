//! How HTTP is served.

use std::time::Duration;

use url::Url;

use super::SettingsError;
use super::sources::Values;

/// How HTTP is served.
#[derive(Debug, Clone)]
pub struct HttpSettings {
    /// Address to listen on (`HOST`).
    pub host: String,
    /// Port to listen on; 0 takes a free one (`PORT`).
    pub port: u16,
    /// The longest a request may take (`REQUEST_TIMEOUT`).
    pub request_timeout: Duration,
    /// Connections that may be open at a time (`MAX_CONNECTIONS`).
    pub max_connections: u32,
    /// Bytes that the bodies of all requests may take together (`REQUEST_BODY_MEMORY`).
    pub body_memory: usize,
    /// The origins whose pages may read answers in a browser (`CORS_ALLOWED_ORIGINS`).
    pub cors_origins: Vec<String>,
}

impl Values {
    pub(super) fn http(&self) -> Result<HttpSettings, SettingsError> {
        let mebibytes: u16 = self.integer("REQUEST_BODY_MEMORY")?;
        Ok(HttpSettings {
            host: self.text("HOST"),
            port: self.integer("PORT")?,
            request_timeout: self.seconds("REQUEST_TIMEOUT")?,
            max_connections: self.integer("MAX_CONNECTIONS")?,
            body_memory: usize::from(mebibytes) * 1024 * 1024,
            cors_origins: self.origins("CORS_ALLOWED_ORIGINS")?,
        })
    }

    fn origins(&self, name: &'static str) -> Result<Vec<String>, SettingsError> {
        let rule = "origins as browsers send them, separated by commas, such as https://app.example, http://localhost:3000";
        let origins: Vec<String> = self.list(name).into_iter().map(|text| text.expose().to_owned()).collect();
        if origins.iter().all(|origin| is_origin(origin)) {
            return Ok(origins);
        }
        Err(self.malformed(name, rule.to_owned()))
    }
}

/// Whether a browser can send this as the `Origin` of a page: scheme, host, and a port other than the scheme's.
fn is_origin(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| {
        let is_page = matches!(url.scheme(), "http" | "https") && !text.contains('*');
        is_page && url.origin().ascii_serialization() == text
    })
}

#[cfg(test)]
mod tests {
    use super::super::{Settings, Sources};

    fn load(name: &str, value: &str) -> Result<super::HttpSettings, String> {
        let environment = vec![(name.to_owned(), value.to_owned())].into_iter().collect();
        let settings = Settings::from_sources(&Sources { environment, ..Sources::default() });
        settings.map(|settings| settings.http).map_err(|error| error.to_string())
    }

    #[test]
    fn origins_are_named_exactly() {
        assert!(load("PORT", "1").unwrap().cors_origins.is_empty());
        let origins = load("CORS_ALLOWED_ORIGINS", "https://app.example, http://localhost:3000,").unwrap();
        assert_eq!(origins.cors_origins, ["https://app.example", "http://localhost:3000"]);
        for wrong in [
            "*",
            "null",
            "shop.example",
            "https://*.example",
            "https://shop.example/",
            "https://shop.example/path",
            "https://Shop.example",
            "https://shop.example:443",
            "https://user@shop.example",
            "ftp://shop.example",
            "file:///",
        ] {
            let error = load("CORS_ALLOWED_ORIGINS", wrong).unwrap_err();
            assert!(error.contains("CORS_ALLOWED_ORIGINS") && !error.contains(wrong), "{wrong}: {error}");
        }
    }

    #[test]
    fn the_memory_of_bodies_is_given_in_mebibytes_and_holds_the_longest_body() {
        assert_eq!(load("PORT", "1").unwrap().body_memory, 64 << 20);
        assert_eq!(load("REQUEST_BODY_MEMORY", "32").unwrap().body_memory, 32 << 20);
        assert!(load("REQUEST_BODY_MEMORY", "16").unwrap_err().contains("REQUEST_BODY_MEMORY"));
    }
}
