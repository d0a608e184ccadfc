//! Log-in, for every system whose users log in.
//!
//! A system says by [`LogIn`] how its users are found, and its handlers, each with the route and the body of its own, call
//! the functions of this folder. Passwords are hashed between two transactions, while no connection is held.

pub(crate) mod hasher;
mod log_in;
mod passwords;
mod tokens;

use repository::domain::pii::{Pii, PiiKind};
use repository::{Conn, Tx};
use service::identity::EndUser;
use uuid::Uuid;

pub(crate) use log_in::{log_in, register};
pub(crate) use passwords::{SetPassword, set_password};
pub(crate) use tokens::{OpenSession, TokensBody, end_sessions, open_session, routes};

use crate::http::auth::scope::System;

/// A system whose users log in with a name and a password.
pub(crate) trait LogIn: System {
    /// What a user logs in with beside the password: an e-mail address, a phone number.
    type Name: LogInName;

    /// The living user who has this name.
    fn find_user(conn: &mut Conn<'_>, name: &Self::Name) -> service::Result<Option<Uuid>>;

    /// Keeps a living user from being deleted until the end of the transaction; not found, where there is none.
    fn lock_user(tx: &mut Tx<'_>, user: Uuid) -> repository::Result<()>;

    /// The same for a user who may have sessions.
    fn lock_for_session(tx: &mut Tx<'_>, user: Uuid) -> repository::Result<()> {
        Self::lock_user(tx, user)
    }

    /// Notes that a living user logs in; not found, where there is none.
    fn record_log_in(tx: &mut Tx<'_>, user: Uuid) -> repository::Result<()>;
}

/// What a user logs in with beside the password.
pub(crate) trait LogInName: Send + 'static {
    /// Its one form, under which attempts are counted.
    fn index_form(&self) -> String;
}

impl<K: PiiKind> LogInName for Pii<K> {
    fn index_form(&self) -> String {
        Pii::index_form(self)
    }
}

/// A user of the system `S`, as the platform knows it.
fn end_user<S: System>(id: Uuid) -> EndUser {
    EndUser { system: S::NAME, id }
}
