//! TLS for clients, where no proxy stands in front: a certificate and its key in two files.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};

use anyhow::{Context as _, ensure};
use runtime::settings::TlsFiles;
use rustls::ServerConfig;
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use tokio::signal::unix::{SignalKind, signal};

/// The certificate that is shown, and where it came from.
pub(crate) struct Tls {
    files: TlsFiles,
    current: Arc<Current>,
}

/// What the next client is shown.
#[derive(Debug)]
struct Current(RwLock<Arc<CertifiedKey>>);

impl ResolvesServerCert for Current {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner)))
    }
}

impl Tls {
    /// Reads the two files.
    ///
    /// # Errors
    /// When one cannot be read, holds something else, or everybody may read the key; and when they are no pair.
    pub(crate) fn load(files: TlsFiles) -> anyhow::Result<Self> {
        let current = Arc::new(Current(RwLock::new(read(&files)?)));
        Ok(Self { files, current })
    }

    /// TLS 1.2 and 1.3, with whatever certificate is current when a client comes.
    ///
    /// # Errors
    /// None that happens: the library's algorithms serve both versions.
    pub(crate) fn config(&self) -> anyhow::Result<ServerConfig> {
        let config = ServerConfig::builder_with_provider(provider()).with_safe_default_protocol_versions()?;
        let resolver = Arc::clone(&self.current);
        Ok(config.with_no_client_auth().with_cert_resolver(resolver))
    }

    /// Reads the files again at every SIGHUP. What is wrong with them then is logged, and the old ones go on.
    pub(crate) async fn reload_when_told(self) {
        let mut hang_up = match signal(SignalKind::hangup()) {
            Ok(hang_up) => hang_up,
            Err(error) => return tracing::warn!(%error, "SIGHUP will not renew the certificate"),
        };
        while hang_up.recv().await.is_some() {
            match read(&self.files) {
                Ok(renewed) => {
                    *self.current.0.write().unwrap_or_else(PoisonError::into_inner) = renewed;
                    tracing::info!("the certificate was read again");
                }
                Err(error) => {
                    tracing::error!(error = format!("{error:#}"), "the certificate was not renewed");
                }
            }
        }
    }
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

fn read(TlsFiles { certificate, key }: &TlsFiles) -> anyhow::Result<Arc<CertifiedKey>> {
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect)
        .with_context(|| unreadable("TLS_CERT_FILE", certificate))?;
    ensure!(!chain.is_empty(), "TLS_CERT_FILE, {}, holds no certificate in PEM", certificate.display());
    let mode = fs::metadata(key).with_context(|| unreadable("TLS_KEY_FILE", key))?.mode();
    ensure!(
        mode & 0o007 == 0,
        "TLS_KEY_FILE, {}, can be read by everybody: make it private with `chmod 640`, or take a new key if somebody may \
         have read it",
        key.display()
    );
    let key_of_file = PrivateKeyDer::from_pem_file(key).with_context(|| unreadable("TLS_KEY_FILE", key))?;
    let pair = CertifiedKey::from_der(chain, key_of_file, &provider());
    pair.map(Arc::new)
        .context("TLS_KEY_FILE is not the key of the certificate in TLS_CERT_FILE, or of no known kind")
}

fn unreadable(name: &str, file: &Path) -> String {
    format!("{name}, {}, could not be read as PEM", file.display())
}
