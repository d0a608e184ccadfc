//! Setting another password, also in the place of one that was forgotten.

use std::time::Instant;

use domain::identity::{NewPassword, Password};
use repository::codec::Signer;
use repository::platform::credentials::{self, Credential};
use repository::platform::{login_failures, password_history, sessions};
use repository::{Conn, Tx};

use super::log_in::{count, digest};
use super::{EndUser, Passwords, conflicts};
use crate::{Error, Result};

/// A change by somebody who knows the password that is good now.
#[derive(Debug)]
pub struct PasswordChange {
    attempt: [u8; Signer::TAG],
    reset: PasswordReset,
}

/// A password for somebody who has proved in another way who it is: by a code, by a program's word.
#[derive(Debug)]
pub struct PasswordReset {
    user: EndUser,
    current: Option<Credential>,
    history: Vec<String>,
}

/// A password that is hashed and ready to be stored.
#[derive(Debug)]
pub struct Prepared {
    user: EndUser,
    attempt: Option<[u8; Signer::TAG]>,
    current: Option<Credential>,
    hash: String,
}

impl PasswordChange {
    /// Looks up the passwords of a user, and counts the attempt: a token that was stolen must not serve to find out the
    /// password.
    ///
    /// # Errors
    /// [`Error::TooManyAttempts`] after too many wrong passwords.
    pub fn begin(tx: &mut Tx<'_>, user: EndUser) -> Result<Self> {
        // No name begins with NUL, so this is nobody's.
        let attempt = digest(tx, user.system, &format!("\0{}", user.id));
        count(tx, user.system, &attempt)?;
        Ok(Self { attempt, reset: PasswordReset::begin(tx, user)? })
    }

    /// Compares the password that is good now and hashes the new one, outside of every transaction.
    ///
    /// # Errors
    /// [`Error::Invalid`] at `/current_password` or `/new_password`; a time-out when there was no turn before `deadline`.
    pub fn prepare(
        self,
        passwords: &Passwords,
        current: &Password,
        new: &NewPassword,
        deadline: Instant,
    ) -> Result<Prepared> {
        let hash = self.reset.current.as_ref().map(|credential| credential.password_hash.as_str());
        if !passwords.verify(current, hash, deadline)? {
            return Err(Error::invalid("/current_password", "wrong_password", "this is not the password"));
        }
        let prepared = self.reset.prepare(passwords, new, deadline)?;
        Ok(Prepared { attempt: Some(self.attempt), ..prepared })
    }
}

impl PasswordReset {
    /// Looks up the last passwords of a user, if there are any.
    pub fn begin(conn: &mut Conn<'_>, user: EndUser) -> Result<Self> {
        let current = credentials::find(conn, user.system, user.id)?;
        let history = match &current {
            Some(credential) => password_history::list(conn, credential.id)?,
            None => Vec::new(),
        };
        Ok(Self { user, current, history })
    }

    /// Hashes the new password, outside of every transaction.
    ///
    /// # Errors
    /// [`Error::Invalid`] at `/new_password` when it is one of the last five; a time-out when there was no turn before
    /// `deadline`.
    pub fn prepare(self, passwords: &Passwords, new: &NewPassword, deadline: Instant) -> Result<Prepared> {
        for hash in &self.history {
            if passwords.verify(new.as_password(), Some(hash), deadline)? {
                let detail =
                    format!("this is one of the last {} passwords: choose another", password_history::KEPT);
                return Err(Error::invalid("/new_password", "password_used_before", detail));
            }
        }
        let hash = passwords.hash(new.as_password(), deadline)?;
        let Self { user, current, .. } = self;
        Ok(Prepared { user, attempt: None, current, hash })
    }
}

impl Prepared {
    /// Stores the password and revokes every session of the user. The caller may open a new one in the same transaction.
    ///
    /// # Errors
    /// [`conflicts::PASSWORD_CHANGED`] when another was set since the look-up.
    pub fn finish(&self, tx: &mut Tx<'_>) -> Result<()> {
        let Self { user, attempt, current, hash } = self;
        let stored = match current {
            Some(old) => credentials::change(tx, old.id, &old.password_hash, hash)?.then_some(old.id),
            None => credentials::insert(tx, user.system, user.id, hash)?,
        };
        let detail = "another password was set at the same time: try again";
        let id = stored.ok_or_else(|| Error::conflict(&conflicts::PASSWORD_CHANGED, detail))?;
        password_history::remember(tx, id, hash)?;
        if let Some(attempt) = attempt {
            login_failures::forget(tx, user.system, attempt)?;
        }
        sessions::revoke_all(tx, user.system, user.id)?;
        Ok(())
    }
}
