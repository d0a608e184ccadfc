//! What of a pantry is there, expires soon or has expired, by the day where its household lives.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use diesel::sql_types::{self, Nullable};
use domain::pantry::{DaysAhead, ItemOnDay, PantryStatistics, Shelf, User};
use domain::{Day, DayPosition, Id, Page, PageRequest};
use uuid::Uuid;

use super::pantry_items::PantryItemRow;
use crate::database::statement::{BindNext, statement};
use crate::{Conn, Error, Result};

/// What a user has, of a part of the pantry: soonest expiry first, undated last. Without `on`, the day is today where the
/// user lives.
pub fn list(
    conn: &mut Conn<'_>,
    user: Id<User>,
    shelf: Shelf,
    on: Option<Day>,
    page: PageRequest<DayPosition>,
) -> Result<Page<ItemOnDay, DayPosition>> {
    let Part { only_what_is_there, first_day, last_day, undated } = Part::of(shelf);
    // Before the first of all days, where the list begins.
    let beginning = DayPosition { day: Some(Day::from_trusted(NaiveDate::default())), id: Uuid::nil() };
    let DayPosition { day: after, id: after_id } = page.after.unwrap_or(beginning);
    let rows = statement(
        "WITH owner AS (
             SELECT id, coalesce(?, pantry.local_date(preferences, now())) AS today
               FROM pantry.users WHERE id = ? AND deleted_at IS NULL),
         page (after, after_id) AS (VALUES (?, ?))
         SELECT i.*, p.name AS product_name, owner.today
           FROM owner
           JOIN pantry.pantry_items i ON i.user_id = owner.id
           JOIN pantry.products p ON p.id = i.product_id, page
          WHERE (NOT ? OR i.quantity > 0 OR i.quantity IS NULL)
            AND CASE WHEN i.expiry_date IS NULL THEN ?
                     ELSE i.expiry_date BETWEEN coalesce(owner.today + ?, '-infinity') AND coalesce(owner.today + ?, 'infinity')
                END
            AND CASE WHEN after IS NULL THEN i.expiry_date IS NULL AND i.id > after_id
                     ELSE i.expiry_date IS NULL OR (i.expiry_date, i.id) > (after, after_id) END
          ORDER BY i.expiry_date, i.id LIMIT ?",
    )
    .bind::<Nullable<sql_types::Date>, _>(on.map(Day::date))
    .bind::<sql_types::Uuid, _>(user.uuid())
    .bind::<Nullable<sql_types::Date>, _>(after.map(Day::date))
    .bind::<sql_types::Uuid, _>(after_id)
    .bind::<sql_types::Bool, _>(only_what_is_there)
    .bind::<sql_types::Bool, _>(undated)
    .bind::<Nullable<sql_types::Integer>, _>(first_day)
    .bind::<Nullable<sql_types::Integer>, _>(last_day)
    .bind::<sql_types::BigInt, _>(page.limit.rows_and_one())
    .load::<ItemOnDayRow>(conn.pg)?;
    let position = |seen: &ItemOnDay| DayPosition { day: seen.item.expiry_date, id: seen.item.id.uuid() };
    Ok(Page::of(rows.into_iter().map(ItemOnDay::from).collect(), page.limit, position))
}

/// Which rows a [`Shelf`] holds, as the statement is told.
struct Part {
    only_what_is_there: bool,
    /// Days from today on, of what has an expiry.
    first_day: Option<i32>,
    last_day: Option<i32>,
    undated: bool,
}

impl Part {
    fn of(shelf: Shelf) -> Self {
        let there = Self { only_what_is_there: true, first_day: None, last_day: None, undated: false };
        match shelf {
            Shelf::All => Self { only_what_is_there: false, undated: true, ..there },
            Shelf::Available => Self { first_day: Some(0), undated: true, ..there },
            Shelf::Expiring(days) => {
                Self { first_day: Some(0), last_day: Some(i32::from(days.get())), ..there }
            }
            Shelf::Expired => Self { last_day: Some(-1), ..there },
        }
    }
}

#[derive(QueryableByName)]
struct ItemOnDayRow {
    #[diesel(embed)]
    item: PantryItemRow,
    #[diesel(sql_type = sql_types::Date)]
    today: NaiveDate,
}

impl From<ItemOnDayRow> for ItemOnDay {
    fn from(row: ItemOnDayRow) -> Self {
        Self { item: row.item.into(), on: Day::from_trusted(row.today) }
    }
}

/// What a user has, in figures, of which those that expire within `soon` days are counted too.
///
/// # Errors
/// [`Error::NotFound`] when there is no such user.
pub fn statistics(
    conn: &mut Conn<'_>,
    user: Id<User>,
    on: Option<Day>,
    soon: DaysAhead,
) -> Result<PantryStatistics> {
    let row = statement(
        "WITH owner AS (
             SELECT id, coalesce(?, pantry.local_date(preferences, now())) AS today
               FROM pantry.users WHERE id = ? AND deleted_at IS NULL)
         SELECT owner.today, count(i.id) AS total_items,
                count(*) FILTER (WHERE i.expiry_date BETWEEN owner.today AND owner.today + ?) AS expiring_soon,
                count(*) FILTER (WHERE i.expiry_date < owner.today) AS expired,
                count(DISTINCT p.category_id) AS categories_count,
                max(i.updated_at) AS last_updated
           FROM owner
           LEFT JOIN pantry.pantry_items i ON i.user_id = owner.id AND (i.quantity > 0 OR i.quantity IS NULL)
           LEFT JOIN pantry.products p ON p.id = i.product_id
          GROUP BY owner.today",
    )
    .bind::<Nullable<sql_types::Date>, _>(on.map(Day::date))
    .bind::<sql_types::Uuid, _>(user.uuid())
    .bind::<sql_types::Integer, _>(i32::from(soon.get()))
    .get_result::<StatisticsRow>(conn.pg)
    .optional()?;
    row.map(PantryStatistics::from).ok_or(Error::NotFound("user"))
}

#[derive(QueryableByName)]
struct StatisticsRow {
    #[diesel(sql_type = sql_types::Date)]
    today: NaiveDate,
    #[diesel(sql_type = sql_types::BigInt)]
    total_items: i64,
    #[diesel(sql_type = sql_types::BigInt)]
    expiring_soon: i64,
    #[diesel(sql_type = sql_types::BigInt)]
    expired: i64,
    #[diesel(sql_type = sql_types::BigInt)]
    categories_count: i64,
    #[diesel(sql_type = Nullable<sql_types::Timestamptz>)]
    last_updated: Option<DateTime<Utc>>,
}

impl From<StatisticsRow> for PantryStatistics {
    fn from(row: StatisticsRow) -> Self {
        let StatisticsRow { today, total_items, expiring_soon, expired, categories_count, last_updated } =
            row;
        Self {
            on: Day::from_trusted(today),
            total_items,
            expiring_soon,
            expired,
            categories_count,
            last_updated,
        }
    }
}
