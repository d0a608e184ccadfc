//! Small files that hold a secret: readable by their owner only, and never half written.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::Path;

use crate::settings::Secret;
use crate::{Error, Result};

/// What the file holds, without the end of its last line; none when it is not there.
///
/// # Errors
/// [`Error::NotPrivate`] when others may read it: its secret may be one no longer.
pub fn read(path: &Path) -> Result<Option<Secret>> {
    let found = match fs::metadata(path) {
        Ok(found) => found,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed("look at", path)(error)),
    };
    if found.mode() & 0o077 != 0 {
        return Err(Error::NotPrivate(path.to_path_buf()));
    }
    let text = fs::read_to_string(path).map(Secret::new).map_err(failed("read", path))?;
    Ok(Some(Secret::new(text.expose().trim_end_matches(['\r', '\n']))))
}

/// Writes the file in one step: whoever looks, even after a crash, finds the old text or the new, whole.
///
/// # Errors
/// [`Error::File`].
pub fn replace(path: &Path, secret: &str) -> Result<()> {
    let temporary = write_beside(path, secret)?;
    fs::rename(&temporary, path).map_err(failed("write", path))?;
    sync_directory(path)
}

/// The same, unless the file is there: of several processes that start at once, one makes it. Answers what it holds.
///
/// # Errors
/// As for [`read`] and [`replace`].
pub fn create_once(path: &Path, secret: &str) -> Result<Secret> {
    let temporary = write_beside(path, secret)?;
    // A link, other than a rename, fails where there is a file already.
    let linked = fs::hard_link(&temporary, path);
    fs::remove_file(&temporary).map_err(failed("remove", &temporary))?;
    match linked {
        Ok(()) => sync_directory(path)?,
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
        Err(error) => return Err(failed("write", path)(error)),
    }
    read(path)?.ok_or_else(|| failed("read", path)(ErrorKind::NotFound.into()))
}

/// Makes a directory that only its owner may look into, unless it is there.
///
/// # Errors
/// [`Error::File`].
pub fn make_private_directory(path: &Path) -> Result<()> {
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent).map_err(failed("make the directory", parent))?;
    }
    DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(failed("make the directory", path))
}

fn write_beside(path: &Path, secret: &str) -> Result<std::path::PathBuf> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.new", std::process::id()));
    let temporary = path.with_file_name(name);
    let write = || -> std::io::Result<()> {
        // One that is left over from a process of the same number is of no use to anyone.
        let mut file =
            OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&temporary)?;
        file.write_all(secret.as_bytes())?;
        file.write_all(b"\n")?;
        file.sync_all()
    };
    write().map_err(failed("write", &temporary))?;
    Ok(temporary)
}

/// The name survives a crash of the machine only when the directory is on disk too.
fn sync_directory(path: &Path) -> Result<()> {
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(directory).and_then(|directory| directory.sync_all()).map_err(failed("write", directory))
}

fn failed(doing: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Error {
    let path = path.to_path_buf();
    move |source| Error::File { doing, path, source }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

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
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
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
