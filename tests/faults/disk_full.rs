//! T6: PostgreSQL's disk is full.

use std::fs::{self, File};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use crate::figures::{Figures, is_full};
use crate::load::{Ledger, for_a_while, make_until_acknowledged, while_clients};
use crate::oracle::Oracle;
use crate::postgres::Postgres;
use crate::service::Service;

/// A small file system in memory, unmounted with the value.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn mount(at: &Path) -> Self {
        let mounted =
            Command::new("mount").args(["-t", "tmpfs", "-o", "size=160m,mode=755", "tmpfs"]).arg(at).status();
        assert!(
            mounted.is_ok_and(|status| status.success()),
            "T6 mounts a small file system, which needs root on Linux: sudo make test-faults. \
             To leave it out: scripts/test-faults --skip disk_full"
        );
        Self(at.to_owned())
    }

    /// Fills it to the last byte; removing the file makes room again.
    fn fill(&self) -> PathBuf {
        let path = self.0.join("ballast");
        let mut file = File::create(&path).unwrap();
        for size in [1 << 20, 1 << 12, 1] {
            let block = vec![0; size];
            while match file.write(&block) {
                Ok(written) => written > 0,
                Err(error) => {
                    assert_eq!(error.kind(), ErrorKind::StorageFull, "{error}");
                    false
                }
            } {}
        }
        path
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).status();
    }
}

#[test]
fn a_full_disk_refuses_writes_and_loses_none() {
    if !is_full() {
        let note = "note: T6, the full disk, needs root and is part of make test-faults only";
        return writeln!(std::io::stderr(), "{note}").unwrap();
    }
    let figures = Figures::of("T6");
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let mount_point = folder.path().join("disk");
    fs::create_dir(&mount_point).unwrap();
    let disk = SmallDisk::mount(&mount_point);
    let mut postgres = Postgres::start(&mount_point);
    let service = Service::start(postgres.url(), postgres.url(), &[]);
    let ledger = Ledger::new("full");
    let (mut read, mut filled, mut emptied) = (0, Instant::now(), Instant::now());
    while_clients(
        4,
        || {
            for_a_while(Duration::from_secs(2));
            let ballast = disk.fill();
            filled = Instant::now();
            // Reads go on until the write-ahead log needs a new file, too: then PostgreSQL stops by itself.
            while filled.elapsed() < Duration::from_secs(10) {
                read += usize::from(service.get_user().is_success());
                for_a_while(Duration::from_millis(50));
            }
            fs::remove_file(ballast).unwrap();
            postgres.start_again();
            emptied = Instant::now();
            ledger.next_success(emptied);
            for_a_while(Duration::from_secs(2));
        },
        |_| make_until_acknowledged(&service, &ledger, Duration::from_secs(5)),
    );
    let refused = ledger.since(filled).iter().filter(|seen| !seen.outcome.is_success()).count();
    figures.check("writes refused while it was full", refused, ">= 1", refused >= 1);
    figures.check("reads done while it was full", read, ">= 1", read >= 1);
    let made = ledger.since(emptied).iter().filter(|seen| seen.outcome.is_success()).count();
    figures.check("bills made afterwards", made, ">= 1", made >= 1);
    let strange = ledger.out_of_order();
    figures.exactly("answers that are neither done nor 503", strange.len(), 0);
    println!("{:?}", strange.first());
    Oracle::of(postgres.admin_url()).acknowledges(&figures, &ledger);
    drop((service, postgres));
}
