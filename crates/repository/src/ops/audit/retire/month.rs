//! Months, in UTC, as the log is partitioned.

use chrono::{DateTime, Datelike as _, Months, NaiveDate, NaiveTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::Timestamptz;

use crate::{Actor, Database, Error, Result};

/// A month, written as `2026-01`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Month(NaiveDate);

impl Month {
    /// The month of a time.
    pub fn of(time: DateTime<Utc>) -> Self {
        let date = time.date_naive();
        Self(date.with_day(1).unwrap_or(date))
    }

    /// So many months earlier.
    pub fn earlier(self, months: u32) -> Self {
        Self(self.0.checked_sub_months(Months::new(months)).unwrap_or(self.0))
    }

    /// Its first moment.
    pub fn begin(self) -> DateTime<Utc> {
        self.0.and_time(NaiveTime::MIN).and_utc()
    }
}

impl std::fmt::Display for Month {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0.format("%Y-%m"))
    }
}

impl std::str::FromStr for Month {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let month = NaiveDate::parse_from_str(&format!("{text}-01"), "%Y-%m-%d").map(Self).ok();
        // There is one way to write a month.
        month
            .filter(|month| month.to_string() == text)
            .ok_or_else(|| Error::NotReady("it must be a month, like 2026-01".to_owned()))
    }
}

impl serde::Serialize for Month {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The month that the database's clock is in.
///
/// # Errors
/// What the database says.
pub fn this_month(database: &Database, actor: &Actor) -> Result<Month> {
    let now = database.read("platform.read_month", actor, |conn| {
        Ok::<DateTime<Utc>, Error>(
            diesel::select(diesel::dsl::now.into_sql::<Timestamptz>()).get_result(conn.pg)?,
        )
    })?;
    Ok(Month::of(now))
}

#[cfg(test)]
mod tests {
    use super::Month;

    #[test]
    fn a_month_is_read_as_it_is_written() {
        let month: Month = "2026-01".parse().unwrap();
        assert_eq!(
            (month.to_string(), month.begin().to_rfc3339()),
            ("2026-01".into(), "2026-01-01T00:00:00+00:00".into())
        );
        assert_eq!(Month::of("2026-01-31T23:59:59Z".parse().unwrap()), month);
        assert_eq!(month.earlier(13).to_string(), "2024-12");
        for wrong in
            ["", "2026", "2026-1", "2026-13", "2026-01-01", "+2026-01", "26-01", " 2026-01", "2026-01 "]
        {
            assert!(wrong.parse::<Month>().is_err(), "{wrong}");
        }
    }
}
