//! What households spent. Each function is one statement.

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::sql_types::{self, Array, BigInt, Nullable, Numeric};
use domain::day::DayRange;
use domain::pantry::spending::{CategorySpending, MonthSpending, StoreSpending};
use domain::pantry::{Spending, User};
use domain::{Id, SignedAmount};
use uuid::Uuid;

use crate::database::column_types::Sum;
use crate::database::statement::{BindNext, statement};
use crate::{Conn, Result};

#[derive(QueryableByName)]
struct FiguresRow {
    #[diesel(sql_type = Numeric)]
    total_spent: Sum,
    #[diesel(sql_type = BigInt)]
    receipt_count: i64,
    #[diesel(sql_type = BigInt)]
    with_total: i64,
}

impl FiguresRow {
    fn spending(self) -> Spending {
        let Self { total_spent, receipt_count, with_total } = self;
        Spending::of(total_spent.0, receipt_count, with_total)
    }
}

/// Receipts that have something in common, by its name.
#[derive(QueryableByName)]
struct GroupRow {
    #[diesel(sql_type = Nullable<sql_types::Text>)]
    name: Option<String>,
    #[diesel(embed)]
    figures: FiguresRow,
}

/// What a user spent on the days of a range.
pub fn get_user_spending_stats(conn: &mut Conn<'_>, user: Id<User>, range: DayRange) -> Result<Spending> {
    let row = statement(
        "SELECT coalesce(sum(total_amount), 0) AS total_spent, count(*) AS receipt_count, count(total_amount) AS with_total
           FROM pantry.receipts
          WHERE user_id = ? AND deleted_at IS NULL AND purchase_date BETWEEN ? AND ?",
    )
    .bind::<sql_types::Uuid, _>(user.uuid())
    .bind::<sql_types::Date, _>(range.first().date())
    .bind::<sql_types::Date, _>(range.last().date())
    .get_result::<FiguresRow>(conn.pg)?;
    Ok(row.spending())
}

/// The same by shop: the most spent first, then by name.
pub fn by_store(
    conn: &mut Conn<'_>,
    user: Id<User>,
    range: DayRange,
) -> Result<(Spending, Vec<StoreSpending>)> {
    let groups = statement(
        "SELECT (array_agg(store_name ORDER BY purchase_date DESC, id DESC))[1]::text AS name,
                coalesce(sum(total_amount), 0) AS total_spent, count(*) AS receipt_count, count(total_amount) AS with_total
           FROM pantry.receipts
          WHERE user_id = ? AND deleted_at IS NULL AND purchase_date BETWEEN ? AND ?
          GROUP BY store_key
          ORDER BY total_spent DESC, store_key",
    )
    .bind::<sql_types::Uuid, _>(user.uuid())
    .bind::<sql_types::Date, _>(range.first().date())
    .bind::<sql_types::Date, _>(range.last().date())
    .load::<GroupRow>(conn.pg)?;
    let all = together(&groups);
    let store = |GroupRow { name, figures }: GroupRow| StoreSpending {
        store_name: name,
        total_spent: figures.total_spent.0,
        receipt_count: figures.receipt_count,
    };
    Ok((all, groups.into_iter().map(store).collect()))
}

/// The same by month, for months with receipts: the earliest first.
pub fn by_month(
    conn: &mut Conn<'_>,
    user: Id<User>,
    range: DayRange,
) -> Result<(Spending, Vec<MonthSpending>)> {
    let groups = statement(
        "SELECT to_char(purchase_date, 'YYYY-MM') AS name,
                coalesce(sum(total_amount), 0) AS total_spent, count(*) AS receipt_count, count(total_amount) AS with_total
           FROM pantry.receipts
          WHERE user_id = ? AND deleted_at IS NULL AND purchase_date BETWEEN ? AND ?
          GROUP BY 1
          ORDER BY 1",
    )
    .bind::<sql_types::Uuid, _>(user.uuid())
    .bind::<sql_types::Date, _>(range.first().date())
    .bind::<sql_types::Date, _>(range.last().date())
    .load::<GroupRow>(conn.pg)?;
    let all = together(&groups);
    let month = |GroupRow { name, figures }: GroupRow| MonthSpending {
        month: name.unwrap_or_default(),
        total_spent: figures.total_spent.0,
        receipt_count: figures.receipt_count,
    };
    Ok((all, groups.into_iter().map(month).collect()))
}

fn together(groups: &[GroupRow]) -> Spending {
    let sum = groups.iter().map(|group| group.figures.total_spent.0).sum::<SignedAmount>();
    let count = |of: fn(&FiguresRow) -> i64| groups.iter().map(|group| of(&group.figures)).sum();
    Spending::of(sum, count(|figures| figures.receipt_count), count(|figures| figures.with_total))
}

type CategoryRecordType =
    sql_types::Record<(Nullable<sql_types::Uuid>, Nullable<sql_types::Text>, Numeric, BigInt)>;

/// What a group consists of: category, its name, what its items cost, how many there are.
type CategoryRecord = (Option<Uuid>, Option<String>, Sum, i64);

#[derive(QueryableByName)]
struct CategoriesRow {
    #[diesel(embed)]
    figures: FiguresRow,
    #[diesel(sql_type = Array<CategoryRecordType>)]
    categories: Vec<CategoryRecord>,
}

/// The same by category of the items, or of their products where an item has none of its own: the most spent first, then by
/// name, items without a category last.
pub fn by_category(
    conn: &mut Conn<'_>,
    user: Id<User>,
    range: DayRange,
) -> Result<(Spending, Vec<CategorySpending>)> {
    let (first, last): (NaiveDate, NaiveDate) = (range.first().date(), range.last().date());
    let row = statement(
        "WITH bought AS MATERIALIZED (
             SELECT id, total_amount FROM pantry.receipts
              WHERE user_id = ? AND deleted_at IS NULL AND purchase_date BETWEEN ? AND ?),
         spent AS (
             SELECT coalesce(i.category_id, p.category_id) AS category_id,
                    coalesce(sum(i.total_price), 0) AS total_spent, count(*) AS item_count
               FROM bought b JOIN pantry.receipt_items i ON i.receipt_id = b.id
               LEFT JOIN pantry.products p ON p.id = i.product_id
              GROUP BY 1)
         SELECT coalesce(sum(total_amount), 0) AS total_spent, count(*) AS receipt_count, count(total_amount) AS with_total,
                ARRAY(SELECT ROW(s.category_id, c.name::text, s.total_spent, s.item_count)
                        FROM spent s LEFT JOIN pantry.categories c ON c.id = s.category_id
                       ORDER BY s.total_spent DESC, c.name COLLATE \"C\", s.category_id) AS categories
           FROM bought",
    )
    .bind::<sql_types::Uuid, _>(user.uuid())
    .bind::<sql_types::Date, _>(first)
    .bind::<sql_types::Date, _>(last)
    .get_result::<CategoriesRow>(conn.pg)?;
    let CategoriesRow { figures, categories } = row;
    let category = |(category_id, name, total_spent, item_count): CategoryRecord| CategorySpending {
        category_id: category_id.map(Id::from_uuid),
        name,
        total_spent: total_spent.0,
        item_count,
    };
    Ok((figures.spending(), categories.into_iter().map(category).collect()))
}
