//! What only root can break: disks and links. These tests are part of the full form alone.

mod disk_full;
mod link_down;
mod namespace;
mod small_disk;

use std::io::Write as _;
use std::process::Command;

use crate::figures::is_full;

/// Whether the test is to be run; says so when it is not.
fn is_wanted(what: &str) -> bool {
    if !is_full() {
        // What is printed in the usual way is shown of tests that fail alone.
        let mut terminal = std::io::stderr();
        writeln!(terminal, "note: {what} needs root and is part of make test-faults only").unwrap();
    }
    is_full()
}

/// Runs a command of the system's administrator.
fn administer(command: &str) {
    let mut words = command.split_whitespace();
    let ran = Command::new(words.next().unwrap()).args(words).status();
    assert!(
        ran.is_ok_and(|status| status.success()),
        "`{command}` failed. It needs root on Linux, with mount and, for ip, the package iproute2: sudo make test-faults. \
         To leave out what needs root: scripts/test-faults --skip needs_root"
    );
}
