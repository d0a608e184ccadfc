//! Pages of lists that go by a time and an id, newest first.

use chrono::{DateTime, Utc};
use diesel::dsl::{And, Lt, LtEq, Or};
use diesel::expression::ValidGrouping;
use diesel::prelude::*;
use diesel::sql_types;
use domain::Position;
use uuid::Uuid;

/// The condition that [`after`] makes.
pub(crate) type After<T, I> = And<LtEq<T, DateTime<Utc>>, Or<Lt<T, DateTime<Utc>>, Lt<I, Uuid>>>;

/// The rows of a list that come after the last row of a page. The list is ordered by `time` and `id`, both downwards.
///
/// The first condition alone decides where the index is entered; the second breaks ties.
pub(crate) fn after<T, I>(time: T, id: I, last: Position) -> After<T, I>
where
    T: Copy + Expression<SqlType = sql_types::Timestamptz> + ValidGrouping<()>,
    I: Expression<SqlType = sql_types::Uuid>,
{
    time.le(last.at).and(time.lt(last.at).or(id.lt(last.id)))
}
