//! Files that may hold a secret: readable by their owner only, and never half written.
//!
//! A secret is written into a file with a name that nobody can guess, in the directory where it shall stay, and then given
//! its name. What somebody else has put in the way is refused and never followed, written to or replaced.

use std::ffi::OsStr;
use std::fs::{self, DirBuilder, File, Metadata, OpenOptions, Permissions};
use std::io::{ErrorKind, Read as _, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

use nix::fcntl::OFlag;
use tempfile::NamedTempFile;

use crate::owner::{is_safe_directory, is_trusted};
use crate::settings::Secret;
use crate::{Error, Result};

/// What the file holds, without the end of its last line; none when it is not there.
///
/// # Errors
/// [`Error::NotPrivate`] when others may read it: its secret may be one no longer. [`Error::NotOurs`] when somebody else
/// wrote it, who then knows the secret.
pub fn read(path: &Path) -> Result<Option<Secret>> {
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed("read", path)(error)),
    };
    let found = file.metadata().map_err(failed("look at", path))?;
    if !is_trusted(&found) {
        return Err(Error::NotOurs(path.to_path_buf()));
    }
    if found.mode() & 0o077 != 0 {
        return Err(Error::NotPrivate(path.to_path_buf()));
    }
    let mut text = String::new();
    file.read_to_string(&mut text).map_err(failed("read", path))?;
    Ok(Some(Secret::new(Secret::new(text).expose().trim_end_matches(['\r', '\n']))))
}

/// Writes a text to what a user has named: in one step to a file, which then is private, and as it comes to a device or a
/// pipe.
///
/// # Errors
/// [`Error::NotOurs`] for a file, a link or a pipe of somebody else; [`Error::Link`] for a link to a file; else
/// [`Error::File`]. A file that was there is as it was.
pub fn write(path: &Path, text: &str) -> Result<()> {
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => put(path, text, ""),
        Err(error) => Err(failed("look at", path)(error)),
        Ok(found) if !is_trusted(&found) => Err(Error::NotOurs(path.to_path_buf())),
        Ok(found) if found.is_symlink() => write_behind_link(path, text),
        Ok(found) if found.is_file() || found.is_dir() => put(path, text, ""),
        Ok(_) => write_to_device(path, text),
    }
}

/// Writes a secret, and the end of its line, in one step: whoever looks, even after a crash, finds the old text or the new,
/// whole.
///
/// # Errors
/// [`Error::File`]. A file that was there is as it was.
pub fn replace(path: &Path, secret: &str) -> Result<()> {
    put(path, secret, "\n")
}

fn put(path: &Path, text: &str, end: &str) -> Result<()> {
    let written = write_beside(path, text, end)?;
    let written = written.persist(path).map_err(|error| failed("write", path)(error.error))?;
    // Who may change the directory may have put another file under the name that ours had for a moment.
    let placed = fs::symlink_metadata(path).map_err(failed("look at", path))?;
    if !is_same(&placed, &written.metadata().map_err(failed("look at", path))?) {
        return Err(Error::NotOurs(path.to_path_buf()));
    }
    sync_directory(path)
}

/// Writes a secret, unless the file is there: of several processes that start at once, one makes it. Answers what it holds.
///
/// # Errors
/// As for [`read`] and [`replace`].
pub fn create_once(path: &Path, secret: &str) -> Result<Secret> {
    match write_beside(path, secret, "\n")?.persist_noclobber(path) {
        Ok(_) => sync_directory(path)?,
        Err(error) if error.error.kind() == ErrorKind::AlreadyExists => {}
        Err(error) => return Err(failed("write", path)(error.error)),
    }
    read(path)?.ok_or_else(|| failed("read", path)(ErrorKind::NotFound.into()))
}

/// Makes a directory that only its owner may look into, unless it is there.
///
/// # Errors
/// [`Error::NotOurs`] when somebody else made it, who could change what is in it; else [`Error::File`].
pub fn make_private_directory(path: &Path) -> Result<()> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(failed("make the directory", parent))?;
    }
    DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(failed("make the directory", path))?;
    let found = fs::metadata(path).map_err(failed("look at", path))?;
    if is_safe_directory(&found) { Ok(()) } else { Err(Error::NotOurs(path.to_path_buf())) }
}

/// The file is gone again with the value, unless it is given its name.
fn write_beside(path: &Path, text: &str, end: &str) -> Result<NamedTempFile> {
    let name = path.file_name().unwrap_or(OsStr::new("new"));
    let mut prefix = OsStr::new(".").to_owned();
    prefix.push(name);
    prefix.push(".");
    let directory = directory_of(path);
    let mut file = tempfile::Builder::new()
        .prefix(&prefix)
        .permissions(Permissions::from_mode(0o600))
        .tempfile_in(directory)
        .map_err(failed("make a file in", directory))?;
    file.write_all(text.as_bytes())
        .and_then(|()| file.write_all(end.as_bytes()))
        .and_then(|()| file.as_file().sync_all())
        .map_err(failed("write", path))?;
    Ok(file)
}

/// The link is ours, so what it leads to is meant; but a secret belongs into a file of its own name.
fn write_behind_link(path: &Path, text: &str) -> Result<()> {
    match fs::metadata(path) {
        Ok(found) if is_standard_output(&found) => {
            let mut out = std::io::stdout().lock();
            out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(failed("write to", path))
        }
        Ok(found) if !found.is_file() && !found.is_dir() => write_to_device(path, text),
        _ => Err(Error::Link(path.to_path_buf())),
    }
}

fn write_to_device(path: &Path, text: &str) -> Result<()> {
    let mut device = OpenOptions::new()
        .write(true)
        .custom_flags(OFlag::O_NOCTTY.bits())
        .open(path)
        .map_err(failed("write to", path))?;
    let found = device.metadata().map_err(failed("look at", path))?;
    // What was looked at before may have been changed for this.
    if !is_trusted(&found) {
        return Err(Error::NotOurs(path.to_path_buf()));
    }
    if found.is_file() {
        return Err(Error::Link(path.to_path_buf()));
    }
    device.write_all(text.as_bytes()).and_then(|()| device.flush()).map_err(failed("write to", path))
}

/// Whether this is what standard output leads to already, be it a file or the pipe of another account.
fn is_standard_output(found: &Metadata) -> bool {
    use std::os::fd::AsFd as _;
    let output = std::io::stdout().as_fd().try_clone_to_owned().map(File::from);
    output.and_then(|output| output.metadata()).is_ok_and(|output| is_same(found, &output))
}

fn is_same(one: &Metadata, other: &Metadata) -> bool {
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

/// The name survives a crash of the machine only when the directory is on disk too.
fn sync_directory(path: &Path) -> Result<()> {
    let directory = directory_of(path);
    File::open(directory).and_then(|directory| directory.sync_all()).map_err(failed("write", directory))
}

fn directory_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn failed(doing: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Error {
    let path = path.to_path_buf();
    move |source| Error::File { doing, path, source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_private_whole_and_made_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        assert!(read(&path).unwrap().is_none());
        assert_eq!(create_once(&path, "first").unwrap().expose(), "first");
        assert_eq!(create_once(&path, "second").unwrap().expose(), "first");
        replace(&path, "third").unwrap();
        assert_eq!(read(&path).unwrap().unwrap().expose(), "third");
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
    }

    #[test]
    fn a_file_that_others_may_read_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        create_once(&path, "first").unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(read(&path), Err(Error::NotPrivate(_))));
    }

    #[test]
    fn a_directory_is_private() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/b");
        make_private_directory(&path).unwrap();
        make_private_directory(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o700);
    }
}
