//! Everything that is kept of a household.

use std::sync::LazyLock;

use domain::pantry::User;
use domain::{Id, Page, PageRequest};

use super::SYSTEM;
use crate::own_data::OwnTables;
use crate::{Conn, OwnPosition, OwnRow, Result};

static TABLES: LazyLock<OwnTables> = LazyLock::new(|| OwnTables::of(&SYSTEM));

/// One page of a user's rows in all tables, in the order of the tables and the oldest first, in one statement. Deleted
/// conversations are among them, with their messages. A page ends at 8 MiB, unless its only row has more.
///
/// # Errors
/// [`Error::NotFound`](crate::Error::NotFound) when there is no such user, or it is deleted.
pub fn page(
    conn: &mut Conn<'_>,
    user: Id<User>,
    page: PageRequest<OwnPosition>,
) -> Result<Page<OwnRow, OwnPosition>> {
    TABLES.page(conn, user.uuid(), page)
}
