//! What households spent.

use domain::Id;
use domain::day::DayRange;
use domain::pantry::{Spending, SpendingBy, SpendingGroups, User};
use repository::Conn;
use repository::pantry::spending;

use super::users;
use crate::Result;

/// What a user spent on the days of a range and, where that is asked for, broken down.
pub fn of_user(
    conn: &mut Conn<'_>,
    user: Id<User>,
    range: DayRange,
    by: Option<SpendingBy>,
) -> Result<(Spending, Option<SpendingGroups>)> {
    let (spending, groups) = match by {
        None => (spending::get_user_spending_stats(conn, user, range)?, None),
        Some(SpendingBy::Store) => {
            let (spending, stores) = spending::by_store(conn, user, range)?;
            (spending, Some(SpendingGroups::Stores(stores)))
        }
        Some(SpendingBy::Month) => {
            let (spending, months) = spending::by_month(conn, user, range)?;
            (spending, Some(SpendingGroups::Months(months)))
        }
        Some(SpendingBy::Category) => {
            let (spending, categories) = spending::by_category(conn, user, range)?;
            (spending, Some(SpendingGroups::Categories(categories)))
        }
    };
    if spending.receipt_count == 0 {
        users::must_exist(conn, user)?;
    }
    Ok((spending, groups))
}
