//! What happened on each day, as it was when it was stored.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{Date, Integer, Jsonb, Nullable};
use domain::market::{DailyReport, Figures};
use domain::{Day, Page, PageRequest};

use crate::database::column_types::StoredJson;
use crate::database::statement::{BindNext, statement};
use crate::schema::market::daily_reports;
use crate::{Conn, Result, Table, Tx};

/// What the shared machinery knows of this table.
pub const TABLE: Table = Table {
    key: "report_date",
    clear: &[("figures", "how much happened on a day")],
    ..Table::new("market", "daily_reports", "daily report")
};

#[derive(HasQuery)]
#[diesel(table_name = daily_reports, check_for_backend(Pg))]
struct ReportRow {
    report_date: NaiveDate,
    figures: StoredJson<Figures>,
    created_at: DateTime<Utc>,
}

#[derive(QueryableByName)]
struct FiguresRow {
    #[diesel(sql_type = Jsonb)]
    figures: StoredJson<Figures>,
}

/// The figures of a day of UTC, today where none is named, as they are now. What was deleted counts, and what was erased does not.
pub fn figures(conn: &mut Conn<'_>, day: Option<Day>) -> Result<Figures> {
    let row =
        statement("SELECT market.daily_figures(coalesce(?, (now() AT TIME ZONE 'UTC')::date)) AS figures")
            .bind::<Nullable<Date>, _>(day.map(Day::date))
            .get_result::<FiguresRow>(conn.pg)?;
    Ok(row.figures.0)
}

/// The stored reports from a day on, and before another where one is given, newest first.
pub fn list(
    conn: &mut Conn<'_>,
    from: Option<Day>,
    to: Option<Day>,
    page: PageRequest<Day>,
) -> Result<Page<DailyReport, Day>> {
    let mut query = ReportRow::query()
        .order(daily_reports::report_date.desc())
        .limit(page.limit.rows_and_one())
        .into_boxed();
    if let Some(last) = page.after {
        query = query.filter(daily_reports::report_date.lt(last.date()));
    }
    if let Some(from) = from {
        query = query.filter(daily_reports::report_date.ge(from.date()));
    }
    if let Some(to) = to {
        query = query.filter(daily_reports::report_date.lt(to.date()));
    }
    let rows: Vec<ReportRow> = query.load(conn.pg)?;
    let report = |ReportRow { report_date, figures, created_at }| DailyReport {
        report_date: Day::from_trusted(report_date),
        figures: figures.0,
        created_at,
    };
    Ok(Page::of(rows, page.limit, |row| Day::from_trusted(row.report_date)).map(report))
}

/// Stores the reports that are missing of the last so many days, today not among them; answers how many. Those that are there
/// stay as they are.
pub fn store_missing(tx: &mut Tx<'_>, days: u16) -> Result<usize> {
    Ok(statement(
        "INSERT INTO market.daily_reports (report_date, figures)
         SELECT day, market.daily_figures(day)
           FROM (SELECT (now() AT TIME ZONE 'UTC')::date - ago AS day FROM generate_series(1, ?) AS ago) AS days
          WHERE NOT EXISTS (SELECT FROM market.daily_reports r WHERE r.report_date = days.day)
         ON CONFLICT (report_date) DO NOTHING",
    )
    .bind::<Integer, _>(i32::from(days))
    .execute(tx.pg)?)
}
