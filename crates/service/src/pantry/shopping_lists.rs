//! What a household has to buy for planned meals.

use domain::day::DayRange;
use domain::pantry::{ShoppingLine, User};
use domain::{Day, Id};
use repository::Conn;
use repository::pantry::shopping_lists;

use super::users;
use crate::Result;

/// What a user has to buy for the meals planned on the days of a range. What is expired `on` a day, or today where the user
/// lives, is not available.
pub fn for_user(
    conn: &mut Conn<'_>,
    user: Id<User>,
    range: DayRange,
    on: Option<Day>,
) -> Result<Vec<ShoppingLine>> {
    let found = shopping_lists::for_user(conn, user, range, on)?;
    if found.is_empty() {
        users::must_exist(conn, user)?;
    }
    Ok(found)
}
