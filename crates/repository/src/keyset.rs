//! Pages of lists that go by a time and a key, newest first.

use chrono::{DateTime, Utc};
use diesel::dsl::{And, Lt, LtEq, Or};
use diesel::expression::{AsExpression, ValidGrouping};
use diesel::prelude::*;
use diesel::sql_types::is_nullable::NotNull;
use diesel::sql_types::{self, SingleValue, SqlType};
use domain::Position;

/// The condition that [`after`] makes.
pub(crate) type After<T, I, K> = And<LtEq<T, DateTime<Utc>>, Or<Lt<T, DateTime<Utc>>, Lt<I, K>>>;

/// The rows of a list that come after the last row of a page. The list is ordered by `time` and `id`, both downwards.
///
/// The first condition alone decides where the index is entered; the second breaks ties.
pub(crate) fn after<T, I, K>(time: T, id: I, last: Position<K>) -> After<T, I, K>
where
    T: Copy + Expression<SqlType = sql_types::Timestamptz> + ValidGrouping<()>,
    I: Expression<SqlType: SqlType<IsNull = NotNull> + SingleValue>,
    K: AsExpression<I::SqlType>,
{
    time.le(last.at).and(time.lt(last.at).or(id.lt(last.id)))
}
