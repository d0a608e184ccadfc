//! How much there is, and how today compares with yesterday.

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Date, Jsonb};
use domain::Day;
use domain::market::Figures;

use crate::database::column_types::StoredJson;
use crate::database::statement::statement;
use crate::{Conn, Result};

/// The figures of today and yesterday, days of UTC, and how many rows there are that are neither deleted nor hidden.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Statistics {
    /// Today, by the database's clock.
    pub date: Day,
    /// Its figures so far.
    pub today: Figures,
    /// The figures of the day before.
    pub yesterday: Figures,
    /// Rows in all.
    pub totals: Totals,
}

/// How many rows there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Totals {
    /// Products.
    pub products: i64,
    /// Buyers.
    pub buyers: i64,
    /// Conversations.
    pub conversations: i64,
    /// Messages.
    pub messages: i64,
}

#[derive(QueryableByName)]
struct StatisticsRow {
    #[diesel(sql_type = Date)]
    date: NaiveDate,
    #[diesel(sql_type = Jsonb)]
    today: StoredJson<Figures>,
    #[diesel(sql_type = Jsonb)]
    yesterday: StoredJson<Figures>,
    #[diesel(sql_type = BigInt)]
    products: i64,
    #[diesel(sql_type = BigInt)]
    buyers: i64,
    #[diesel(sql_type = BigInt)]
    conversations: i64,
    #[diesel(sql_type = BigInt)]
    messages: i64,
}

/// Looks at everything, in one statement.
pub fn get(conn: &mut Conn<'_>) -> Result<Statistics> {
    let row = statement(
        "WITH calendar AS (SELECT (now() AT TIME ZONE 'UTC')::date AS date),
         shown AS (SELECT count(*) AS conversations, coalesce(sum(c.message_count), 0)::bigint AS messages
                     FROM market.conversations c
                     JOIN market.products p ON p.id = c.product_id AND p.deleted_at IS NULL
                     JOIN market.buyers b ON b.id = c.buyer_id AND b.deleted_at IS NULL)
         SELECT date, market.daily_figures(date) AS today, market.daily_figures(date - 1) AS yesterday,
                (SELECT count(*) FROM market.products WHERE deleted_at IS NULL) AS products,
                (SELECT count(*) FROM market.buyers WHERE deleted_at IS NULL) AS buyers, conversations, messages
           FROM calendar, shown",
    );
    let StatisticsRow { date, today, yesterday, products, buyers, conversations, messages } =
        row.get_result(conn.pg)?;
    Ok(Statistics {
        date: Day::from_trusted(date),
        today: today.0,
        yesterday: yesterday.0,
        totals: Totals { products, buyers, conversations, messages },
    })
}
