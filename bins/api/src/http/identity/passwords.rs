//! Setting another password.

use repository::domain::identity::{NewPassword, Password};
use service::identity::{PasswordChange, PasswordReset, Passwords, Prepared};
use std::time::Instant;
use uuid::Uuid;

use super::{LogIn, end_user};
use crate::http::auth::Identity;
use crate::http::error::ApiError;
use crate::http::respond::{Reply, no_content};
use crate::state::State;

/// A password that is about to be set.
enum Begun {
    /// By somebody who knows the one that is good now.
    Change(PasswordChange, Password),
    /// By a program that may look after users.
    Reset(PasswordReset),
}

/// Sets a password of a user and ends all of the user's sessions. Without the current one it is a reset, which is for the
/// handler to allow.
pub(crate) async fn set_password<S: LogIn>(
    caller: &Identity,
    state: &State,
    user: Uuid,
    current: Option<Password>,
    new: NewPassword,
) -> Result<Reply, ApiError> {
    let user = end_user::<S>(user);
    let (actor, deadline) = (caller.actor_for(user)?, caller.deadline(state.request_timeout()));
    let begin = state.run(actor.clone(), deadline, move |database, actor| {
        database.write("platform.begin_password", actor, |tx| {
            S::lock_user(tx, user.id)?;
            Ok::<_, service::Error>(match &current {
                Some(current) => Begun::Change(PasswordChange::begin(tx, user)?, current.clone()),
                None => Begun::Reset(PasswordReset::begin(tx, user)?),
            })
        })
    });
    let begun = begin.await?;
    let prepared = state.hash(deadline, move |passwords| begun.prepare(passwords, &new, deadline)).await?;
    let store = state.run(actor, deadline, move |database, actor| {
        database.write("platform.set_password", actor, |tx| {
            S::lock_user(tx, user.id)?;
            prepared.finish(tx)
        })
    });
    store.await?;
    no_content()
}

impl Begun {
    fn prepare(
        self,
        passwords: &Passwords,
        new: &NewPassword,
        deadline: Instant,
    ) -> service::Result<Prepared> {
        match self {
            Self::Change(change, current) => change.prepare(passwords, &current, new, deadline),
            Self::Reset(reset) => reset.prepare(passwords, new, deadline),
        }
    }
}
