//! Setting another password.

use std::time::Instant;

use repository::domain::Invalid;
use repository::domain::identity::{NewPassword, Password, PasswordRules};
use serde::Deserialize;
use service::identity::{PasswordChange, PasswordReset, Passwords, Prepared};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{LogIn, end_user};
use crate::http::auth::caller::Access;
use crate::http::respond::{ApiResult, NoContent, answer};

/// A password that takes the place of another, or the first.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"current_password": "Turmeric to Hamburg 7", "new_password": "Cardamom to Antwerp 8"}))]
pub(crate) struct SetPassword {
    /// The one that is good now. An API key with the system's scope `admin` may leave it out.
    #[schema(format = Password)]
    current_password: Option<String>,
    /// 8 to 128 characters, with an upper-case letter, a lower-case letter and a digit; none of the last five.
    #[schema(format = Password)]
    new_password: String,
}

impl SetPassword {
    /// The password that is good now, which may be left out in a reset, and the new one.
    pub(crate) fn read(
        self,
        rules: &PasswordRules,
        may_reset: bool,
    ) -> Result<(Option<Password>, NewPassword), Invalid> {
        let mut fields = Invalid::collect();
        let new = fields.take("/new_password", NewPassword::parse(&self.new_password, rules));
        if self.current_password.is_none() && !may_reset {
            fields.add("/current_password", "missing", "this field is required");
        }
        let current =
            fields.take_optional("/current_password", self.current_password.as_deref().map(Password::parse));
        fields.build(|| Some((current?, new?)))
    }
}

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
    caller: &Access,
    user: Uuid,
    current: Option<Password>,
    new: NewPassword,
) -> ApiResult<NoContent> {
    let user = end_user::<S>(user);
    let (state, actor, deadline) = (caller.state(), caller.actor_for(user)?, caller.deadline());
    let begin = state.database.run(actor.clone(), deadline, move |database, actor| {
        database.write("platform.begin_password", actor, |tx| {
            S::lock_user(tx, user.id)?;
            Ok::<_, service::Error>(match &current {
                Some(current) => Begun::Change(PasswordChange::begin(tx, user)?, current.clone()),
                None => Begun::Reset(PasswordReset::begin(tx, user)?),
            })
        })
    });
    let begun = begin.await?;
    let prepared =
        state.hasher.run(deadline, move |passwords| begun.prepare(passwords, &new, deadline)).await?;
    let store = state.database.run(actor, deadline, move |database, actor| {
        database.write("platform.set_password", actor, |tx| {
            S::lock_user(tx, user.id)?;
            prepared.finish(tx)
        })
    });
    store.await?;
    answer(NoContent)
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
