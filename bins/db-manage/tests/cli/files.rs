//! Where answers go: files that are private and whole, and whatever else can be written to.

use std::fs;
use std::io::Read as _;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, symlink};
use std::path::PathBuf;
use std::process::Command;
use std::thread;

use repository::testing::TestDatabase;

use crate::{Place, Ran};

impl Place {
    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.directory.path()).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    /// Runs the command behind a line of shell, which becomes the command and keeps its process id.
    fn run_after(&self, shell: &str, arguments: &[&str]) -> Ran {
        let command = self.command(arguments);
        let mut shell_command = Command::new("/bin/sh");
        shell_command
            .args(["-c", &format!("{shell}; exec \"$0\" \"$@\"")])
            .arg(command.get_program())
            .args(command.get_args())
            .current_dir(&self.directory);
        for (name, value) in command.get_envs() {
            shell_command.env(name, value.unwrap_or_default());
        }
        Ran::new(shell_command.output().unwrap())
    }

    fn keys(&self) -> usize {
        self.run(&["api-key", "list", "--format", "json"]).json().as_array().unwrap().len()
    }
}

/// Nothing can be written to a file any more, as on a full disk.
const FULL_DISK: &str = "trap '' XFSZ; ulimit -f 0";

#[test]
fn a_link_that_waits_beside_the_answer_is_not_followed() {
    let place = Place::new(TestDatabase::empty());
    fs::write(place.path("victim"), "untouched").unwrap();
    let ran = place.run_after("ln -s victim answer.$$.new", &["keys", "generate", "-o", "answer"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(fs::read_to_string(place.path("victim")).unwrap(), "untouched");
    assert_eq!(fs::metadata(place.path("answer")).unwrap().mode() & 0o777, 0o600);
}

#[test]
fn a_link_to_a_file_is_refused() {
    let place = Place::new(TestDatabase::empty());
    fs::write(place.path("victim"), "untouched").unwrap();
    for target in ["victim", "nowhere"] {
        let link = place.path(&format!("to-{target}"));
        symlink(target, &link).unwrap();
        let ran = place.run(&["keys", "generate", "-o", link.to_str().unwrap()]);
        assert!(ran.code == 1 && ran.err.contains("link"), "{ran:?}");
        assert!(fs::symlink_metadata(link).unwrap().is_symlink());
    }
    assert_eq!(fs::read_to_string(place.path("victim")).unwrap(), "untouched");
    assert!(!place.path("nowhere").exists());
}

#[test]
fn a_file_of_ones_own_is_replaced_and_private() {
    let place = Place::new(TestDatabase::empty());
    fs::write(place.path("answer"), "old").unwrap();
    assert_eq!(place.run(&["keys", "generate", "-o", "answer"]).code, 0);
    assert_ne!(fs::read_to_string(place.path("answer")).unwrap(), "old");
    assert_eq!(fs::metadata(place.path("answer")).unwrap().mode() & 0o777, 0o600);
    assert_eq!(place.names(), ["answer"]);
    fs::create_dir(place.path("directory")).unwrap();
    assert_eq!(place.run(&["keys", "generate", "-o", "directory"]).code, 1);
    assert_eq!(place.run(&["keys", "generate", "-o", "nowhere/answer"]).code, 1);
}

#[test]
fn devices_and_pipes_are_written_to_as_they_are() {
    let place = Place::new(TestDatabase::empty());
    for (link, device) in [("full", "/dev/full"), ("null", "/dev/null"), ("stdout", "/dev/stdout")] {
        symlink(device, place.path(link)).unwrap();
    }
    let full = place.run(&["keys", "generate", "-o", "full"]);
    assert_eq!(full.code, 1, "{full:?}");
    assert_eq!(place.run(&["keys", "generate", "-o", "null"]).out, "");
    let printed = place.run(&["keys", "generate", "-o", "stdout"]);
    assert!(printed.code == 0 && printed.out.len() > 40, "{printed:?}");
    assert!(["full", "null", "stdout"].iter().all(|link| place.path(link).is_symlink()));

    let pipe = place.path("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let reader = thread::spawn({
        let pipe = pipe.clone();
        // Both ways, so that opening it does not wait for a writer that never comes.
        move || {
            let mut file = fs::File::options().read(true).write(true).open(pipe).unwrap();
            let mut bytes = [0; 40];
            file.read_exact(&mut bytes).unwrap();
        }
    });
    let ran = place.run(&["keys", "generate", "-o", "pipe"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(fs::symlink_metadata(&pipe).unwrap().file_type().is_fifo());
    reader.join().unwrap();
}

#[test]
fn standard_output_that_is_a_file_is_not_replaced() {
    let place = Place::new(TestDatabase::empty());
    // A link of the test's own, so that a mistake replaces that and nothing of the machine.
    symlink("/dev/stdout", place.path("link")).unwrap();
    let ran = place.run_after("exec >out", &["keys", "generate", "-o", "link"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(fs::read_to_string(place.path("out")).unwrap().len() > 40);
    assert!(place.path("link").is_symlink());
}

#[test]
fn a_full_disk_leaves_nothing_behind() {
    let place = Place::new(TestDatabase::empty());
    fs::write(place.path("answer"), "old").unwrap();
    let ran = place.run_after(FULL_DISK, &["keys", "generate", "-o", "answer"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert_eq!(
        (place.names(), fs::read_to_string(place.path("answer")).unwrap()),
        (vec!["answer".to_owned()], "old".to_owned())
    );
}

#[test]
fn a_key_that_could_not_be_handed_over_is_not_made() {
    let place = Place::new(TestDatabase::new());
    let create = ["api-key", "create", "--name", "agent", "--scope", "split:read"];
    let to_a_file = [&create[..], &["-o", "key"]].concat();
    assert_eq!(place.run_after(FULL_DISK, &to_a_file).code, 1);
    assert_eq!(place.run(&[&create[..], &["-o", "nowhere/key"]].concat()).code, 1);
    assert_eq!(place.run_after("exec >/dev/full", &create).code, 1);
    // Standard output is a pipe that nobody reads any more.
    let mut command = place.command(&create);
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    assert_eq!(command.stdout(writer).status().unwrap().code(), Some(1));
    assert_eq!(place.keys(), 0);
    assert_eq!(place.run(&to_a_file).code, 0);
    assert_eq!(place.keys(), 1);
}

#[test]
fn a_new_migration_follows_no_link() {
    let place = Place::new(TestDatabase::empty());
    fs::create_dir(place.path("migrations")).unwrap();
    let ran = place.run_after(FULL_DISK, &["migrate", "new", "add_tags"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert_eq!(fs::read_dir(place.path("migrations")).unwrap().count(), 0, "nothing is left behind");
}
