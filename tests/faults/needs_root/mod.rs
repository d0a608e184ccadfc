//! What only root can break or be harmed by: disks, links, and files of other accounts. `make test` leaves these tests out; `make test-faults` builds them in, by the
//! feature `needs-root`.

mod disk_full;
mod link_down;
mod namespace;
mod other_accounts;
mod small_disk;

use std::process::Command;

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
