//! What is asked about many bills at once.

use domain::Id;
use domain::split::statistics::Statistics;
use domain::split::{Balance, User};
use repository::Conn;
use repository::split::{balances, statistics};

use super::users;
use crate::{Error, Result};

pub use repository::split::pending_payments::list_by_phone as pending_payments;

/// What each contact of a user owes over all active bills.
pub fn balances(conn: &mut Conn<'_>, user: Id<User>) -> Result<Vec<Balance>> {
    let found = balances::list_for_user(conn, user)?;
    if found.is_empty() {
        users::must_exist(conn, user)?;
    }
    Ok(found)
}

/// Figures of a user's payment requests over the last `days`, which are at most as many as requests are kept.
pub fn statistics(conn: &mut Conn<'_>, user: Id<User>, days: u32, kept_for: u32) -> Result<Statistics> {
    if days == 0 || days > kept_for {
        let detail = format!("must be from 1 to {kept_for}: older requests are not kept");
        return Err(Error::invalid("/days", "days_out_of_range", detail));
    }
    users::must_exist(conn, user)?;
    Ok(statistics::for_user(conn, user, days)?)
}
