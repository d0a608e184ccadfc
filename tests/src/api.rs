//! A running `strongroom-api`.

use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use repository::testing::KEY;

/// By what webhooks of the WhatsApp bot are signed.
pub const TWILIO_TOKEN: &str = "12345";

/// The longest a test waits for the server to start.
const START: Duration = Duration::from_secs(60);

/// A process of one test, killed with the value.
#[derive(Debug)]
pub struct Api {
    child: Child,
    address: String,
    /// What starts the program, such as `ip netns exec NAME`; mostly nothing.
    launcher: Vec<String>,
    settings: Vec<(String, String)>,
    folder: tempfile::TempDir,
}

impl Api {
    /// Starts it on the database of this URL, with these settings besides, and waits until it listens.
    pub fn start(url: &str, settings: &[(&str, &str)]) -> Self {
        Self::start_by(&[], url, settings)
    }

    /// The same by way of another program, which takes it as the last of its arguments and becomes it.
    pub fn start_by(launcher: &[&str], url: &str, settings: &[(&str, &str)]) -> Self {
        let usual = [
            ("DATABASE_URL", url),
            ("ENCRYPTION_KEY", KEY),
            ("HOST", "127.0.0.1"),
            ("PORT", "0"),
            ("DEBUG", "true"),
            ("TWILIO_AUTH_TOKEN", TWILIO_TOKEN),
        ];
        let settings = usual.iter().chain(settings);
        let settings: Vec<_> =
            settings.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let folder = tempfile::tempdir().expect("a folder");
        File::create(folder.path().join("log")).expect("a log file");
        let launcher: Vec<_> = launcher.iter().map(|word| (*word).to_owned()).collect();
        let (child, address) = spawn(&launcher, &settings, &folder);
        Self { child, address, launcher, settings, folder }
    }

    /// Starts it again where it was, once it has ended.
    pub fn start_again(&mut self) {
        let port = self.address.rsplit(':').next().unwrap_or_default().to_owned();
        self.settings.push(("PORT".to_owned(), port));
        let (child, address) = spawn(&self.launcher, &self.settings, &self.folder);
        assert_eq!(address, self.address);
        self.child = child;
    }

    /// `http://127.0.0.1:…`
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Everything it has logged so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).expect("the log")
    }

    /// Its process id.
    pub fn process_id(&self) -> u32 {
        self.child.id()
    }

    /// Sends it a signal by name: `TERM`, `KILL`.
    pub fn signal(&self, name: &str) {
        let told = Command::new("kill").args([&format!("-{name}"), &self.process_id().to_string()]).status();
        assert!(told.is_ok_and(|status| status.success()), "SIG{name} could not be sent");
    }

    /// Waits for it to end and answers its exit code; none where a signal ended it.
    pub fn wait(&mut self) -> Option<i32> {
        self.child.wait().expect("the process to end").code()
    }
}

impl Drop for Api {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn spawn(launcher: &[String], settings: &[(String, String)], folder: &tempfile::TempDir) -> (Child, String) {
    let log = OpenOptions::new().append(true).open(folder.path().join("log")).expect("a log file");
    let program = super::binary("strongroom-api").into_os_string();
    let mut words = launcher.iter().map(OsString::from).chain([program]);
    let mut child = Command::new(words.next().expect("a program"))
        .args(words)
        .env_clear()
        .current_dir(folder.path())
        .envs(settings.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(log)
        .spawn()
        .expect("strongroom-api to start");
    let Some(address) = listening_at(&mut child) else {
        let _ = child.kill();
        let _ = child.wait();
        let log = std::fs::read_to_string(folder.path().join("log")).unwrap_or_default();
        panic!("strongroom-api did not start: {log}")
    };
    (child, address)
}

/// Reads standard output until the server says where it listens.
fn listening_at(child: &mut Child) -> Option<String> {
    let output = child.stdout.take()?;
    let (found, address) = mpsc::channel();
    // The thread reads on to the end, so that the server never blocks on a full pipe.
    thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            if let Some(address) = line.split("listening on ").nth(1) {
                let _ = found.send(address.trim().to_owned());
            }
        }
    });
    address.recv_timeout(START).ok()
}
