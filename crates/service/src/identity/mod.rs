//! End users: passwords, sessions, and the tokens by which a request proves whose it is.
//!
//! A system whose users log in writes handlers and nothing else. Hashing takes tens of milliseconds, so that it happens
//! between two transactions and never inside one; the types see to the order:
//!
//! | to | in a transaction | outside of one | in a transaction |
//! |---|---|---|---|
//! | log in | [`Attempt::begin`] | [`Attempt::check`] | [`Checked::finish`] |
//! | change a password | [`PasswordChange::begin`] | [`PasswordChange::prepare`] | [`Prepared::finish`] |
//! | register | | [`FirstPassword::prepare`] | [`FirstPassword::store`] |
//! | set another, after a proof of another kind | [`PasswordReset::begin`] | [`PasswordReset::prepare`] | [`Prepared::finish`] |
//! | hand out tokens | [`Tokens::open`] | | |
//! | renew and revoke them | [`Tokens::renew`], [`Tokens::revoke`] | | |
//!
//! Each system calls `platform.has_end_users` for its table of users in a migration, so that whoever goes takes sessions
//! and passwords along. `docs/identity.md` shows a handler.

pub mod conflicts;
mod log_in;
mod password_change;
mod passwords;
mod registration;
mod tokens;
mod turns;

use uuid::Uuid;

pub use log_in::{Attempt, Checked, LOCKOUT, wrong_credentials};
pub use password_change::{PasswordChange, PasswordReset, Prepared};
pub use passwords::{Cost, Passwords};
pub use registration::FirstPassword;
pub use repository::platform::login_failures::Lockout;
pub use repository::platform::sessions::Session;
pub use tokens::{Claims, Lifetimes, REUSE, Renewal, TokenPair, Tokens};

/// A row of a system's users, as `platform` knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EndUser {
    /// The system, which is the schema of its tables: `split`.
    pub system: &'static str,
    /// The row of its `users`.
    pub id: Uuid,
}
