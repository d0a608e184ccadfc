//! Erasing a person for good: rows that are the person's go.

use diesel::prelude::*;
use domain::Id;
use domain::export::User;

use crate::platform::idempotency_keys;
use crate::schema::export::{user_metrics, users};
use crate::{Error, Result, Tx};

/// Rows that went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Erased {
    /// Users removed.
    pub users: usize,
    /// Rows of counts removed.
    pub user_metrics: usize,
    /// Answers removed that were kept for idempotency keys.
    pub idempotency_keys: usize,
}

/// Erases a user, deleted or not, with everything that belongs to it.
///
/// # Errors
/// [`Error::NotFound`] when there is no such user.
pub fn erase_user(tx: &mut Tx<'_>, id: Id<User>) -> Result<Erased> {
    let user_metrics =
        diesel::delete(user_metrics::table.filter(user_metrics::user_id.eq(id.uuid()))).execute(tx.pg)?;
    let users = diesel::delete(users::table.find(id.uuid())).execute(tx.pg)?;
    if users == 0 {
        return Err(Error::NotFound("user"));
    }
    let idempotency_keys = idempotency_keys::forget_about(tx, &[id.uuid()])?;
    Ok(Erased { users, user_metrics, idempotency_keys })
}
