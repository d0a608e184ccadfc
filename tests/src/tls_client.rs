//! A client that speaks TLS and believes one authority.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned, SupportedProtocolVersion};

use crate::Authority;

/// The longest a test waits for an answer.
const LIMIT: Duration = Duration::from_secs(30);

/// A connection over which a server has proved to be `localhost`.
pub struct TlsClient(StreamOwned<ClientConnection, TcpStream>);

impl TlsClient {
    /// Connects to `https://127.0.0.1:…`, offering these versions of TLS and these protocols.
    ///
    /// # Errors
    /// When the server does not prove who it is, or has none of what is offered.
    pub fn connect(
        url: &str,
        authority: &Authority,
        versions: &[&'static SupportedProtocolVersion],
        protocols: &[&str],
    ) -> io::Result<Self> {
        let mut roots = RootCertStore::empty();
        let root = CertificateDer::from_pem_slice(authority.certificate().as_bytes()).expect("a certificate");
        roots.add(root).expect("an authority");
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
        let config = config.with_protocol_versions(versions).expect("versions").with_root_certificates(roots);
        let mut config = config.with_no_client_auth();
        config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();

        let address = url.strip_prefix("https://").expect("a URL of https");
        let name = ServerName::try_from("localhost").expect("a name");
        let client = ClientConnection::new(Arc::new(config), name).expect("a client");
        let socket = TcpStream::connect(address)?;
        socket.set_read_timeout(Some(LIMIT))?;
        let mut stream = StreamOwned::new(client, socket);
        while stream.conn.is_handshaking() {
            stream.conn.complete_io(&mut stream.sock)?;
        }
        Ok(Self(stream))
    }

    /// The protocol that was agreed on.
    pub fn protocol(&self) -> Option<&str> {
        self.0.conn.alpn_protocol().and_then(|name| std::str::from_utf8(name).ok())
    }

    /// What goes over the connection.
    pub fn stream(&mut self) -> &mut (impl Read + Write + use<>) {
        &mut self.0
    }

    /// Sends bytes, and reads as many as an answer begins with.
    pub fn exchange<const N: usize>(&mut self, bytes: &[u8]) -> [u8; N] {
        self.0.write_all(bytes).and_then(|()| self.0.flush()).expect("bytes to be sent");
        let mut answer = [0; N];
        self.0.read_exact(&mut answer).expect("an answer");
        answer
    }
}
