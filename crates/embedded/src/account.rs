//! The Unix account that the server runs under.
//!
//! PostgreSQL refuses to run as root, so root hands it to `postgres` or else `nobody`. Everybody else runs it themselves.

use std::{
    fs::{self, DirBuilder, OpenOptions},
    io::{ErrorKind, Write as _},
    os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt, chown},
    os::unix::process::CommandExt,
    path::Path,
    process::{Command, Stdio},
};

use nix::unistd::{User, geteuid};

use crate::{Error, Result, process};

/// An account and whether privileges must be dropped to become it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Account {
    uid: u32,
    /// The group, where this process is root and becomes the account.
    drop_to_group: Option<u32>,
}

impl Account {
    /// The caller's own account, or for root the first of `postgres` and `nobody` that exists.
    pub(crate) fn for_server() -> Result<Self> {
        if !geteuid().is_root() {
            return Ok(Self { uid: geteuid().as_raw(), drop_to_group: None });
        }
        ["postgres", "nobody"]
            .into_iter()
            .find_map(|name| User::from_name(name).ok().flatten())
            .map(|user| Self { uid: user.uid.as_raw(), drop_to_group: Some(user.gid.as_raw()) })
            .ok_or(Error::NoAccount)
    }

    /// Whether the server runs under another account than the caller's.
    pub(crate) fn is_another(self) -> bool {
        self.drop_to_group.is_some()
    }

    /// A command that runs under the account, without the caller's input and environment.
    pub(crate) fn command(self, program: &Path) -> Command {
        let mut command = process::command(program);
        command.stdin(Stdio::null());
        if let Some(group) = self.drop_to_group {
            command.uid(self.uid).gid(group);
        }
        command
    }

    /// Whether the account may enter the directory. Asked by trying, because modes alone do not tell (ACLs, parents).
    pub(crate) fn can_enter(self, directory: &Path) -> bool {
        !self.is_another()
            || self
                .command(Path::new("/bin/sh"))
                .args(["-c", "cd \"$1\"", "sh"])
                .arg(directory)
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status()
                .is_ok_and(|status| status.success())
    }

    /// Makes a directory that only the account may enter. One that is there already must be such a directory: in a place
    /// where everybody may write, somebody else could have made it.
    pub(crate) fn make_private(self, directory: &Path) -> Result<()> {
        match DirBuilder::new().mode(0o700).create(directory) {
            Ok(()) if self.is_another() => chown(directory, Some(self.uid), self.drop_to_group)
                .map_err(Error::io("hand over", directory)),
            Ok(()) => Ok(()),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => self.check_private(directory),
            Err(error) => Err(Error::io("create the directory", directory)(error)),
        }
    }

    /// Writes a file that only the account may read.
    pub(crate) fn write_private(self, path: &Path, text: &str) -> Result<()> {
        // Whatever is there may have another mode, which opening it would keep.
        let _ = fs::remove_file(path);
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
        file.and_then(|mut file| file.write_all(text.as_bytes())).map_err(Error::io("write", path))?;
        match self.drop_to_group {
            Some(group) => chown(path, Some(self.uid), Some(group)).map_err(Error::io("hand over", path)),
            None => Ok(()),
        }
    }

    /// Whether a path belongs to the account, or to the caller.
    pub(crate) fn owns(self, path: &Path) -> bool {
        fs::symlink_metadata(path).is_ok_and(|found| self.is_own(found.uid()))
    }

    fn is_own(self, uid: u32) -> bool {
        uid == self.uid || uid == geteuid().as_raw()
    }

    /// Refuses a directory that is a link, is no directory or belongs to a stranger, and closes one that stands open.
    fn check_private(self, directory: &Path) -> Result<()> {
        let found = fs::symlink_metadata(directory).map_err(Error::io("look at", directory))?;
        if !found.is_dir() || !self.is_own(found.uid()) {
            return Err(Error::NotPrivate(directory.to_path_buf()));
        }
        if found.uid() != self.uid {
            // Left by a process that was killed between making the directory and handing it over.
            chown(directory, Some(self.uid), self.drop_to_group)
                .map_err(Error::io("hand over", directory))?;
        }
        if found.mode() & 0o077 != 0 {
            fs::set_permissions(directory, fs::Permissions::from_mode(0o700))
                .map_err(Error::io("close", directory))?;
        }
        Ok(())
    }
}
