//! Logging in with a name and a password.
//!
//! Somebody who guesses learns nothing but whether a pair is right. A name that nobody has, one without a password and a
//! wrong password get the same answer after the same work, and attempts are counted by name whether anybody has it or
//! not.

use std::time::Instant;

use chrono::TimeDelta;
use domain::identity::Password;
use repository::Tx;
use repository::codec::Signer;
use repository::platform::credentials::{self, Credential};
use repository::platform::login_failures::{self, Lockout};
use uuid::Uuid;

use super::{EndUser, Passwords};
use crate::{Error, Result};

/// Ten failures within a quarter of an hour lock a name for a quarter of an hour.
pub const LOCKOUT: Lockout =
    Lockout { attempts: 10, within: TimeDelta::minutes(15), locked_for: TimeDelta::minutes(15) };

/// An attempt to log in that was counted.
#[derive(Debug)]
pub struct Attempt {
    system: &'static str,
    name_digest: [u8; Signer::TAG],
    found: Option<(Uuid, Credential)>,
}

/// An attempt with the right password.
#[derive(Debug)]
pub struct Checked {
    system: &'static str,
    name_digest: [u8; Signer::TAG],
    user: EndUser,
    credential: Credential,
    rehashed: Option<String>,
}

impl Attempt {
    /// Counts an attempt and looks up what it must match. `name` is what was given, normalised as the system's names
    /// are, and `user` the living user who has it, if there is one.
    ///
    /// # Errors
    /// [`Error::TooManyAttempts`] when the name is locked; the password must not be looked at then.
    pub fn begin(tx: &mut Tx<'_>, system: &'static str, name: &str, user: Option<Uuid>) -> Result<Self> {
        let name_digest = digest(tx, system, name);
        count(tx, system, &name_digest)?;
        // The statement runs for nobody too: its time would tell.
        let credential = credentials::find(tx, system, user.unwrap_or(Uuid::nil()))?;
        Ok(Self { system, name_digest, found: user.zip(credential) })
    }

    /// Compares the password. It takes tens of milliseconds, so no transaction and no turn at the database may be held.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] unless it is the user's; a time-out when there was no turn before `deadline`.
    pub fn check(self, passwords: &Passwords, password: &Password, deadline: Instant) -> Result<Checked> {
        let hash = self.found.as_ref().map(|(_, credential)| credential.password_hash.as_str());
        let is_right = passwords.verify(password, hash, deadline)?;
        let Some((id, credential)) = self.found.filter(|_| is_right) else {
            return Err(wrong_credentials());
        };
        let outdated = passwords.is_outdated(&credential.password_hash);
        let rehashed = outdated.then(|| passwords.hash(password, deadline)).transpose()?;
        let Self { system, name_digest, .. } = self;
        Ok(Checked { system, name_digest, user: EndUser { system, id }, credential, rehashed })
    }
}

impl Checked {
    /// Whose password it is.
    pub fn user(&self) -> EndUser {
        self.user
    }

    /// Forgets the failures before, and answers who it is. The caller opens a session in the same transaction.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] when the password was changed since it was compared.
    pub fn finish(&self, tx: &mut Tx<'_>) -> Result<EndUser> {
        let Self { system, name_digest, user, credential, rehashed } = self;
        let old = &credential.password_hash;
        let unchanged = match rehashed {
            Some(new) => credentials::rehash(tx, credential.id, old, new)?,
            None => credentials::lock(tx, credential.id, old)?,
        };
        if !unchanged {
            return Err(wrong_credentials());
        }
        login_failures::forget(tx, system, name_digest)?;
        Ok(*user)
    }
}

/// Counts an attempt at something that a password guards.
pub(super) fn count(tx: &mut Tx<'_>, system: &str, name_digest: &[u8]) -> Result<()> {
    match login_failures::count(tx, system, name_digest, LOCKOUT)? {
        None => Ok(()),
        Some(until) => Err(Error::TooManyAttempts { retry_after: until - tx.now }),
    }
}

/// What attempts with a name are counted under: the database learns no name that somebody typed.
pub(super) fn digest(tx: &Tx<'_>, system: &str, name: &str) -> [u8; Signer::TAG] {
    tx.cipher().signer("log-in name").sign(&[system.as_bytes(), name.as_bytes()].join(&0))
}

/// What everybody hears who does not get in, whatever the reason.
pub fn wrong_credentials() -> Error {
    Error::Unauthenticated("the name or the password is wrong")
}
