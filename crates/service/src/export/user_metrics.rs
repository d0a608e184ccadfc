//! What exporters have done so far.

use domain::Id;
use domain::export::{User, UserMetrics};
use repository::Conn;
use repository::export::user_metrics;

use crate::Result;

/// The counts of a user.
pub fn get(conn: &mut Conn<'_>, user: Id<User>) -> Result<UserMetrics> {
    Ok(user_metrics::get_for_user(conn, user)?)
}
