//! As much of PostgreSQL's protocol as it takes to run a statement without libpq.

use std::{
    io::{Read, Write},
    os::unix::net::UnixStream,
    path::Path,
};

use crate::Outcome;

/// Runs statements as the superuser of the server with this socket and returns the first value of the last row.
pub(crate) fn query(socket: &Path, sql: &str) -> Outcome<String> {
    let mut stream = UnixStream::connect(socket)?;
    // Version 3.0, then names and values.
    stream.write_all(&framed(None, b"\0\x03\0\0user\0postgres\0database\0postgres\0\0")?)?;
    until_ready(&mut stream)?;
    stream.write_all(&framed(Some(b'Q'), &[sql.as_bytes(), b"\0"].concat())?)?;
    until_ready(&mut stream)
}

/// Whether the server with this socket runs statements.
pub(crate) fn answers(socket: &Path) -> bool {
    query(socket, "SELECT 'yes'").is_ok_and(|answer| answer == "yes")
}

fn framed(kind: Option<u8>, body: &[u8]) -> Outcome<Vec<u8>> {
    let length = i32::try_from(body.len() + 4)?.to_be_bytes();
    Ok(kind.into_iter().chain(length).chain(body.iter().copied()).collect())
}

/// Reads messages up to `ReadyForQuery`; keeps the value of the last `DataRow`, fails on `ErrorResponse`.
fn until_ready(stream: &mut UnixStream) -> Outcome<String> {
    let mut value = String::new();
    loop {
        let (mut kind, mut length) = ([0], [0; 4]);
        stream.read_exact(&mut kind)?;
        stream.read_exact(&mut length)?;
        let mut body = vec![0; usize::try_from(i32::from_be_bytes(length))?.saturating_sub(4)];
        stream.read_exact(&mut body)?;
        match &kind {
            b"Z" => return Ok(value),
            b"E" => return Err(String::from_utf8_lossy(&body).replace('\0', " ").into()),
            // Two bytes of column count and four of length stand before the first value.
            b"D" => value = String::from_utf8(body.split_off(6))?,
            _ => {}
        }
    }
}
