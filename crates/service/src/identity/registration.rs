//! The password of somebody who is about to become a user.

use std::time::Instant;

use domain::identity::NewPassword;
use repository::Tx;
use repository::platform::{credentials, password_history};

use super::{EndUser, Passwords, conflicts};
use crate::{Error, Result};

/// A first password that is hashed. It is made before the user is, so that a name that somebody has costs what another
/// costs.
pub struct FirstPassword {
    hash: String,
}

impl FirstPassword {
    /// Hashes the password, outside of every transaction.
    ///
    /// # Errors
    /// A time-out when there was no turn before `deadline`.
    pub fn prepare(passwords: &Passwords, new: &NewPassword, deadline: Instant) -> Result<Self> {
        Ok(Self { hash: passwords.hash(new.as_password(), deadline)? })
    }

    /// Stores it for a user who was made in this transaction, and so has none yet.
    ///
    /// # Errors
    /// [`conflicts::PASSWORD_CHANGED`] when there is one.
    pub fn store(&self, tx: &mut Tx<'_>, user: EndUser) -> Result<()> {
        let stored = credentials::insert(tx, user.system, user.id, &self.hash)?;
        let detail = "this user has a password already: change it";
        let id = stored.ok_or_else(|| Error::conflict(&conflicts::PASSWORD_CHANGED, detail))?;
        Ok(password_history::begin(tx, id, &self.hash)?)
    }
}

impl std::fmt::Debug for FirstPassword {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FirstPassword").finish_non_exhaustive()
    }
}
