//! A small file system in memory.

use std::fs::{self, File};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use super::administer;

/// Unmounted with the value.
pub(super) struct SmallDisk(PathBuf);

impl SmallDisk {
    /// Mounts one of so many megabytes in a new folder, which other accounts may enter.
    pub(super) fn mount(at: &Path, megabytes: u32) -> Self {
        fs::create_dir(at).unwrap();
        administer(&format!("mount -t tmpfs -o size={megabytes}m,mode=755 tmpfs {}", at.display()));
        Self(at.to_owned())
    }

    /// Makes it larger.
    pub(super) fn grow(&self, megabytes: u32) {
        administer(&format!("mount -o remount,size={megabytes}m {}", self.0.display()));
    }

    /// Fills it to the last byte.
    pub(super) fn fill(&self) {
        let mut file = File::create(self.ballast()).unwrap();
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
    }

    /// Takes away what [`fill`](Self::fill) has put there.
    pub(super) fn make_room(&self) {
        fs::remove_file(self.ballast()).unwrap();
    }

    fn ballast(&self) -> PathBuf {
        self.0.join("ballast")
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).status();
    }
}
