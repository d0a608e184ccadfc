//! A Redis of one test, which the test can break.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The longest a test waits for it.
const LIMIT: Duration = Duration::from_secs(30);

/// Runs the server until this end of the pipe is closed, which happens however the test ends, and cleans up after it.
const WATCHER: &str = r#"
"$@" >"$0/log" 2>&1 &
echo $!
cat >/dev/null
kill -9 $! 2>/dev/null
wait $! 2>/dev/null
rm -rf "$0"
"#;

/// A private server on a Unix socket, without persistence. Gone with the value, and also when the test was killed.
#[derive(Debug)]
pub struct Redis {
    watcher: Child,
    server: String,
    folder: PathBuf,
}

impl Redis {
    /// Starts a server and waits until it answers.
    pub fn start() -> Self {
        let folder = tempfile::Builder::new().prefix("strongroom-redis-").tempdir().expect("a folder").keep();
        let (watcher, server) = launch(&folder);
        let redis = Self { watcher, server, folder };
        redis.wait_until_it_answers();
        redis
    }

    /// For `REDIS_URL`.
    pub fn url(&self) -> String {
        format!("unix://{}", self.socket().display())
    }

    /// Kills it as by `kill -9`. [`restart`](Self::restart) brings it back.
    pub fn kill(&self) {
        self.signal("KILL");
    }

    /// Starts it anew, empty, at the same place.
    pub fn restart(&mut self) {
        // The old watcher would delete the folder.
        let _ = self.watcher.kill();
        let _ = self.watcher.wait();
        self.signal("KILL");
        let _ = std::fs::remove_file(self.socket());
        (self.watcher, self.server) = launch(&self.folder);
        self.wait_until_it_answers();
    }

    /// Lets it hang: it takes connections and answers nothing.
    pub fn stop(&self) {
        self.signal("STOP");
    }

    /// Lets it go on after [`stop`](Self::stop).
    pub fn resume(&self) {
        self.signal("CONT");
    }

    /// Empties it.
    pub fn flush(&self) {
        assert_eq!(self.ask("FLUSHALL").expect("an answer"), "+OK");
    }

    /// Every key in it, with its value: those of a list, or a text.
    pub fn dump(&self) -> String {
        let script = "local all = '' for _, key in ipairs(redis.call('KEYS', '*')) do \
                      local is_list = redis.call('TYPE', key).ok == 'list' \
                      local value = is_list and table.concat(redis.call('LRANGE', key, 0, -1), ',') or redis.call('GET', key) \
                      all = all .. key .. '=' .. value .. ';' end return all";
        let mut stream = self.connect().expect("a connection");
        write!(stream, "*3\r\n$4\r\nEVAL\r\n${}\r\n{script}\r\n$1\r\n0\r\n", script.len()).expect("to send");
        let mut reader = BufReader::new(stream);
        let mut head = String::new();
        reader.read_line(&mut head).expect("an answer");
        let length = head.trim().strip_prefix('$').and_then(|digits| digits.parse().ok());
        let mut all = vec![0; length.unwrap_or_else(|| panic!("no dump: {head}"))];
        reader.read_exact(&mut all).expect("a dump");
        String::from_utf8_lossy(&all).into_owned()
    }

    /// What a script answers, all of it whole numbers that are not below zero.
    pub fn eval(&self, script: &str, keys: &[&str], arguments: &[&str]) -> Vec<u64> {
        let count = keys.len().to_string();
        let words = [&["EVAL", script, &*count], keys, arguments].concat();
        let mut request = format!("*{}\r\n", words.len());
        words.iter().for_each(|word| request += &format!("${}\r\n{word}\r\n", word.len()));
        let mut stream = self.connect().expect("a connection");
        stream.write_all(request.as_bytes()).expect("to send");
        let mut lines = BufReader::new(stream).lines().map(|line| line.expect("an answer"));
        let mut number = |sign| {
            let line = lines.next().expect("an answer");
            line.strip_prefix(sign).and_then(|digits| digits.parse().ok()).unwrap_or_else(|| panic!("{line}"))
        };
        let length = number('*');
        (0..length).map(|_| number(':')).collect()
    }

    fn ask(&self, command: &str) -> std::io::Result<String> {
        let mut stream = self.connect()?;
        write!(stream, "{command}\r\n")?;
        let mut line = String::new();
        BufReader::new(stream).read_line(&mut line)?;
        Ok(line.trim().to_owned())
    }

    fn connect(&self) -> std::io::Result<UnixStream> {
        let stream = UnixStream::connect(self.socket())?;
        stream.set_read_timeout(Some(LIMIT))?;
        Ok(stream)
    }

    fn wait_until_it_answers(&self) {
        let end = Instant::now() + LIMIT;
        while !self.ask("PING").is_ok_and(|answer| answer == "+PONG") {
            let log = || std::fs::read_to_string(self.folder.join("log")).unwrap_or_default();
            assert!(Instant::now() < end, "Redis does not start: {}", log());
            std::thread::yield_now();
        }
    }

    fn signal(&self, signal: &str) {
        // A server that is gone already needs none.
        let _ = Command::new("kill")
            .args([&format!("-{signal}"), &self.server])
            .stderr(Stdio::null())
            .status()
            .expect("kill");
    }

    /// Where it listens.
    pub fn socket(&self) -> PathBuf {
        self.folder.join("socket")
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        // The end of the pipe is what the watcher waits for.
        drop(self.watcher.stdin.take());
        let _ = self.watcher.wait();
    }
}

/// The watcher, and the process id of the server that it runs.
fn launch(folder: &std::path::Path) -> (Child, String) {
    let mut watcher = Command::new("sh")
        .args(["-c", WATCHER])
        .arg(folder)
        .arg(program())
        .args(["--port", "0", "--save", "", "--appendonly", "no", "--daemonize", "no"])
        .args(["--unixsocket".as_ref(), folder.join("socket").as_os_str()])
        .args(["--dir".as_ref(), folder.as_os_str()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        // A process group of its own keeps Ctrl-C in the terminal from it, which would end it before it has cleaned up.
        .process_group(0)
        .spawn()
        .expect("sh to start");
    let mut server = String::new();
    let output = watcher.stdout.take().expect("its output");
    BufReader::new(output).read_line(&mut server).expect("a process id");
    (watcher, server.trim().to_owned())
}

/// Where `scripts/redis` looks for it.
fn program() -> PathBuf {
    let test = std::env::current_exe().expect("the test's own path");
    let by_make = test.ancestors().nth(3).map(|target| target.join("redis/bin/redis-server"));
    let on_path = |name: &'static str| {
        let found = Command::new("sh").args(["-c", &format!("command -v {name}")]).output().ok()?;
        let path = PathBuf::from(String::from_utf8(found.stdout).ok()?.trim());
        path.is_file().then_some(path)
    };
    let found = on_path("redis-server").or_else(|| on_path("valkey-server")).or(by_make);
    found
        .filter(|program| program.is_file())
        .expect("a Redis server: run `scripts/redis --install`, or `make test`, which does")
}
