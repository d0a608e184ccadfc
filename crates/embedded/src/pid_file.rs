//! `postmaster.pid`, in which a server says who it is and how far it has come.

use std::{
    fs,
    io::{Read, Write},
    os::unix::net::UnixStream,
    path::{Path, PathBuf},
    time::Duration,
};

use crate::{process, url};

/// The name of the file in the cluster's directory.
const NAME: &str = "postmaster.pid";

/// "Do you speak TLS?", the one message that any server answers (with one byte) before it knows who is there.
const TLS_REQUEST: [u8; 8] = [0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f];

/// How long the answer may take on a busy machine.
const ANSWER_LIMIT: Duration = Duration::from_secs(5);

/// What the file says: line 1 the process, line 4 the port, line 5 the socket's directory, line 8 the state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PidFile {
    pub(crate) pid: i32,
    pub(crate) port: String,
    pub(crate) socket_directory: Option<PathBuf>,
    pub(crate) ready: bool,
}

impl PidFile {
    /// Reads the file; `None` where there is none, or nothing in it yet.
    pub(crate) fn read(data: &Path) -> Option<Self> {
        Self::parse(&fs::read_to_string(data.join(NAME)).ok()?)
    }

    /// The file of a server of this cluster that is alive. After a crash the file stays behind, and its process id may by
    /// now be some other program's.
    pub(crate) fn read_alive(data: &Path) -> Option<Self> {
        let found = Self::read(data)?;
        let names_the_cluster =
            || process::command_line(found.pid).is_some_and(|line| line.contains(&*data.to_string_lossy()));
        (process::is_alive(found.pid) && (names_the_cluster() || found.answers())).then_some(found)
    }

    /// The process id in the file of a server that crashed, where that now stands for something that is no PostgreSQL:
    /// some other program, or a zombie that nobody collects.
    pub(crate) fn stale_pid(data: &Path) -> Option<i32> {
        let pid = Self::read(data)?.pid;
        process::command_line(pid).is_none_or(|line| !line.contains("postgres")).then_some(pid)
    }

    /// Whether a server behind the socket that the file names answers. Connecting would not show it: the kernel connects
    /// on behalf of a server that was stopped or is just being killed.
    pub(crate) fn answers(&self) -> bool {
        let ask = |directory: &PathBuf| {
            let mut stream = UnixStream::connect(url::socket(directory, &self.port))?;
            stream.set_read_timeout(Some(ANSWER_LIMIT))?;
            stream.write_all(&TLS_REQUEST)?;
            stream.read_exact(&mut [0])
        };
        self.socket_directory.as_ref().is_some_and(|directory| ask(directory).is_ok())
    }

    fn parse(text: &str) -> Option<Self> {
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        Some(Self {
            pid: lines.first()?.parse().ok().filter(|pid| *pid > 1)?,
            port: lines.get(3).copied().unwrap_or(url::PORT).to_owned(),
            socket_directory: lines.get(4).filter(|line| !line.is_empty()).map(PathBuf::from),
            ready: lines.get(7) == Some(&"ready"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_is_ready_says_so_on_line_eight() {
        let text = "4711\n/d/data\n1795200000\n5432\n/d\n\n  1234567    32768\nready   \n";
        let file = PidFile::parse(text).unwrap();
        assert_eq!(
            file,
            PidFile { pid: 4711, port: "5432".into(), socket_directory: Some("/d".into()), ready: true }
        );
        assert!(!PidFile::parse(&text.replace("ready   ", "starting")).unwrap().ready);
    }

    #[test]
    fn a_file_that_is_being_written_is_not_ready() {
        assert_eq!(PidFile::parse(""), None);
        assert_eq!(
            PidFile::parse("4711\n"),
            Some(PidFile { pid: 4711, port: url::PORT.into(), socket_directory: None, ready: false })
        );
        assert_eq!(PidFile::parse("-1\n"), None, "a negative id would signal every process");
    }
}
