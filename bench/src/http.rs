//! Just enough of HTTP/1.1: requests made ready beforehand, and answers read to their end.
//!
//! A client that takes as much of the processor as the server would measure itself.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context as _, bail};

/// The longest answer that is read: a page of a hundred contacts takes a fraction of it.
const LONGEST: usize = 1 << 18;

/// The longest an answer may take.
const TIMEOUT: Duration = Duration::from_secs(30);

/// What an answer began and ended with.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Answer<'a> {
    /// The status.
    pub(crate) status: u16,
    /// The body.
    pub(crate) body: &'a [u8],
}

/// What has been read of one connection's current answer.
pub(crate) struct Incoming {
    bytes: Vec<u8>,
    filled: usize,
}

/// Opens a connection that stays open.
pub(crate) fn connect(address: SocketAddr) -> anyhow::Result<TcpStream> {
    let stream = TcpStream::connect(address).with_context(|| format!("nobody listens at {address}"))?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    Ok(stream)
}

/// A request as it goes over the wire. `token` is the API key.
pub(crate) fn request(method: &str, path: &str, token: &str, body: &str) -> Vec<u8> {
    let mut request = format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\n");
    if !token.is_empty() {
        request.push_str(&format!("Authorization: Bearer {token}\r\n"));
    }
    if !body.is_empty() {
        request.push_str(&format!("Content-Type: application/json\r\nContent-Length: {}\r\n", body.len()));
    }
    request.push_str("\r\n");
    request.push_str(body);
    request.into_bytes()
}

/// A form as Twilio sends it.
pub(crate) fn signed_request(path: &str, signature: &str, form: &str) -> Vec<u8> {
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nX-Twilio-Signature: {signature}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n",
        form.len()
    );
    (head + form).into_bytes()
}

/// Sends one request on a connection of its own; answers status and body.
pub(crate) fn ask(address: SocketAddr, request: &[u8]) -> anyhow::Result<(u16, String)> {
    let stream = connect(address)?;
    (&stream).write_all(request)?;
    let mut incoming = Incoming::new();
    loop {
        if let Some(Answer { status, body }) = incoming.read(&stream)? {
            return Ok((status, String::from_utf8_lossy(body).into_owned()));
        }
    }
}

impl Incoming {
    /// Nothing read yet.
    pub(crate) fn new() -> Self {
        Self { bytes: vec![0; LONGEST], filled: 0 }
    }

    /// Reads what is there, waiting for the first byte; the answer, once it is whole.
    ///
    /// # Errors
    /// When the connection ends, or brings what is no answer.
    pub(crate) fn read(&mut self, mut stream: &TcpStream) -> anyhow::Result<Option<Answer<'_>>> {
        let room = self.bytes.get_mut(self.filled..).unwrap_or_default();
        let read = match stream.read(room) {
            Ok(0) => bail!("the server closed the connection, or answered with more than {LONGEST} bytes"),
            Ok(read) => read,
            Err(error) if error.kind() == ErrorKind::Interrupted => 0,
            Err(error) => return Err(error).context("no answer came"),
        };
        self.filled += read;
        let answer = parse(self.bytes.get(..self.filled).unwrap_or_default())?;
        if answer.is_some() {
            self.filled = 0;
        }
        Ok(answer)
    }
}

/// The answer, if it is whole. Its length must stand in `Content-Length`, as both servers write it.
fn parse(bytes: &[u8]) -> anyhow::Result<Option<Answer<'_>>> {
    let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else { return Ok(None) };
    let (head, rest) = bytes.split_at(end);
    let mut lines = head.split(|byte| *byte == b'\n');
    let status = lines.next().and_then(|line| std::str::from_utf8(line.get(9..12)?).ok()?.parse().ok());
    let status = status.context("the answer has no status")?;
    let length = lines.find_map(|line| {
        let (name, value) = std::str::from_utf8(line).ok()?.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
    });
    let length = length.with_context(|| format!("an answer with status {status} has no length"))?;
    let body = rest.get(4..).unwrap_or_default();
    Ok((body.len() >= length).then_some(Answer { status, body }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_whole_when_its_body_is() {
        let whole = b"HTTP/1.1 201 Created\r\netag: \"1\"\r\ncontent-length: 4\r\n\r\nbody";
        for cut in 0..whole.len() {
            assert_eq!(parse(&whole[..cut]).unwrap(), None);
        }
        assert_eq!(parse(whole).unwrap(), Some(Answer { status: 201, body: b"body" }));
    }

    #[test]
    fn what_is_no_answer_is_refused() {
        assert!(parse(b"nonsense\r\n\r\n").is_err());
        assert!(parse(b"HTTP/1.1 200 OK\r\n\r\n").is_err());
    }

    #[test]
    fn a_request_says_how_long_its_body_is() {
        let request = String::from_utf8(request("POST", "/v1", "key", "{}")).unwrap();
        assert!(request.starts_with("POST /v1 HTTP/1.1\r\n"));
        assert!(request.ends_with("Content-Length: 2\r\n\r\n{}"));
    }
}
