//! What exporters have done so far.

use domain::Id;
use domain::export::{User, UserMetrics};
use repository::Cx;
use repository::export::user_metrics;

use crate::Result;

/// The counts of a user.
pub fn get(cx: &mut Cx<'_>, user: Id<User>) -> Result<UserMetrics> {
    Ok(user_metrics::get_for_user(cx, user)?)
}
