//! The encryption keys: the user's, or one made for the embedded PostgreSQL.

use repository::codec::{EncryptionKey, KeyRing};

use crate::settings::Secret;
use crate::{Error, Result, Settings, private_file};

/// File in the data directory that keeps the key of the embedded PostgreSQL.
pub const KEY_FILE: &str = "encryption-key";

/// Whether the keys that are given will do, and whether there is one where there must be.
///
/// # Errors
/// As for [`Target::find`](crate::Target::find).
pub fn check_keys(settings: &Settings) -> Result<()> {
    match (&settings.encryption_key, &settings.database.url) {
        (None, None) => Ok(()),
        _ => given(settings).map(drop),
    }
}

/// The keys for a database of the user's, which has to be given one.
pub(crate) fn given(settings: &Settings) -> Result<KeyRing> {
    let key = settings.encryption_key.as_ref().ok_or(Error::NoKey)?;
    ring(settings, parse("ENCRYPTION_KEY", key)?)
}

/// The keys of the embedded PostgreSQL: the one that is given, else the one in the data directory, else a new one.
pub(crate) fn given_or_kept(settings: &Settings) -> Result<KeyRing> {
    if settings.encryption_key.is_some() {
        return given(settings);
    }
    let path = settings.data_dir.join(KEY_FILE);
    let kept = match private_file::read(&path)? {
        Some(kept) => kept,
        None => private_file::create_once(&path, &EncryptionKey::generate()?.to_base64())?,
    };
    ring(settings, parse(&path.display().to_string(), &kept)?)
}

fn ring(settings: &Settings, active: EncryptionKey) -> Result<KeyRing> {
    let parse_old = |key: &Secret| parse("ENCRYPTION_KEYS_OLD", key);
    let retired = settings.encryption_keys_old.iter().map(parse_old).collect::<Result<_>>()?;
    Ok(KeyRing::new(active, retired)?)
}

fn parse(name: &str, key: &Secret) -> Result<EncryptionKey> {
    EncryptionKey::parse(key.expose()).map_err(|source| Error::Key { name: name.to_owned(), source })
}
