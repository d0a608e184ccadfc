//! Root in a directory of another account: nothing that this account has prepared is obeyed, followed or written to.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, chown, lchown, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use repository::testing::{KEY, TestDatabase};
use strongroom_tests::{Outcome, db_manage_in};

/// An account that is not root's. It need not exist.
const STRANGER: Option<u32> = Some(65_534);

/// A directory of the stranger's.
struct Strange {
    folder: tempfile::TempDir,
    database: TestDatabase,
}

impl Strange {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::set_permissions(folder.path(), Permissions::from_mode(0o777)).unwrap();
        chown(folder.path(), STRANGER, STRANGER).unwrap();
        Self { folder, database: TestDatabase::new() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file as the stranger would.
    fn plant(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
        chown(self.path(name), STRANGER, STRANGER).unwrap();
    }

    /// Settings that run a command as soon as anything logs in.
    fn bait(&self) -> String {
        format!("DATABASE_PASSWORD_COMMAND='touch {}; echo x'\n", self.path("ran").display())
    }

    fn run(&self, arguments: &[&str]) -> Outcome {
        let url = self.database.url("strongroom_app");
        db_manage_in(self.folder.path(), &[("DATABASE_URL", &url)], arguments)
    }

    fn refuses(&self, file: &str, reason: &str) {
        let ran = self.run(&["test"]);
        assert!(ran.code == 1 && ran.stderr.contains(file) && ran.stderr.contains(reason), "{ran:?}");
        assert!(!self.path("ran").exists(), "the command of the stranger was run");
    }
}

#[test]
fn settings_of_another_account_are_not_read() {
    let strange = Strange::new();
    strange.plant(".env", &strange.bait());
    strange.refuses(".env", "belongs to another account");
    // Root's own, which the stranger may still change.
    chown(strange.path(".env"), Some(0), Some(0)).unwrap();
    fs::set_permissions(strange.path(".env"), Permissions::from_mode(0o666)).unwrap();
    strange.refuses(".env", "others may write to it");
    fs::set_permissions(strange.path(".env"), Permissions::from_mode(0o600)).unwrap();
    assert_eq!(strange.run(&["test"]).code, 0);
    assert!(strange.path("ran").exists(), "root's own file is read, so the refusals mean something");
}

#[test]
fn a_directory_of_settings_of_another_account_is_not_read() {
    let strange = Strange::new();
    fs::create_dir(strange.path("config")).unwrap();
    fs::write(strange.path("config/config.yaml"), "port: 8081\n").unwrap();
    assert_eq!(strange.run(&["test"]).code, 0);
    chown(strange.path("config"), STRANGER, STRANGER).unwrap();
    strange.refuses("config", "belongs to another account");
    // A link of the stranger's to a file of root's.
    fs::remove_dir_all(strange.path("config")).unwrap();
    fs::write(strange.path("roots"), strange.bait()).unwrap();
    symlink("roots", strange.path(".env")).unwrap();
    lchown(strange.path(".env"), STRANGER, STRANGER).unwrap();
    strange.refuses(".env", "belongs to another account");
}

#[test]
fn what_another_account_has_put_in_the_way_of_an_answer_is_refused() {
    let strange = Strange::new();
    fs::write(strange.path("roots"), "untouched").unwrap();
    strange.plant("file", "planted");
    for (name, target) in [("link", "roots"), ("link-to-device", "/dev/null")] {
        symlink(target, strange.path(name)).unwrap();
        lchown(strange.path(name), STRANGER, STRANGER).unwrap();
    }
    assert!(Command::new("mkfifo").arg(strange.path("pipe")).status().unwrap().success());
    chown(strange.path("pipe"), STRANGER, STRANGER).unwrap();
    for name in ["file", "link", "link-to-device", "pipe"] {
        let ran = strange.run(&["keys", "generate", "-o", name]);
        assert!(ran.code == 1 && ran.stderr.contains("belongs to another account"), "{name}: {ran:?}");
    }
    assert_eq!(read(&strange.path("roots")), "untouched");
    assert_eq!(read(&strange.path("file")), "planted");
    assert_eq!(
        strange.run(&["keys", "generate", "-o", "answer"]).code,
        0,
        "a new name is as good here as anywhere"
    );
}

#[test]
fn a_data_directory_of_another_account_is_refused() {
    let strange = Strange::new();
    fs::create_dir(strange.path("data")).unwrap();
    strange.plant("data/encryption-key", KEY);
    fs::set_permissions(strange.path("data/encryption-key"), Permissions::from_mode(0o600)).unwrap();
    chown(strange.path("data"), STRANGER, STRANGER).unwrap();
    let health = || db_manage_in(strange.folder.path(), &[("DATA_DIR", "data")], &["health"]);
    for _ in 0..2 {
        let ran = health();
        assert!(ran.code == 1 && ran.stderr.contains("belongs to another account"), "{ran:?}");
        // The second time the directory is root's, and the key in it still is the stranger's.
        chown(strange.path("data"), Some(0), Some(0)).unwrap();
    }
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap()
}
