//! The dates of an export, which every phone writes in the order of its region.

use chrono::{NaiveDate, NaiveDateTime};

use super::ImportError;
use super::header::Header;

closed_set! {
    /// In which order an export writes dates.
    DateOrder, "date order" {
        /// 31/12/2025.
        DayFirst = "day_first",
        /// 12/31/2025.
        MonthFirst = "month_first",
        /// 2025/12/31.
        YearFirst = "year_first",
    }
}

impl DateOrder {
    /// The order in which these lines, and no others, have dates that exist.
    ///
    /// Four digits first are a year. Dots and hyphens stand in dates that begin with the day. Then a number above 12 tells;
    /// and if there is none, that messages follow one another in time.
    pub(super) fn of(headers: &[Header<'_>]) -> Result<Self, ImportError> {
        let Some(first) = headers.first() else { return Ok(Self::DayFirst) };
        if first.date.starts_with_year() {
            return Ok(Self::YearFirst);
        }
        if first.date.separator != '/' {
            return Ok(Self::DayFirst);
        }
        let both = headers.iter().map(|header| (header.time(Self::DayFirst), header.time(Self::MonthFirst)));
        let (by_day, by_month): (Vec<_>, Vec<_>) =
            both.filter(|(day, month)| day.is_some() || month.is_some()).unzip();
        match (by_month.contains(&None), by_day.contains(&None)) {
            (true, true) => Err(ImportError::MixedDates),
            (true, false) => Ok(Self::DayFirst),
            (false, true) => Ok(Self::MonthFirst),
            (false, false) => match (by_day.is_sorted(), by_month.is_sorted()) {
                (true, false) => Ok(Self::DayFirst),
                (false, true) => Ok(Self::MonthFirst),
                _ if by_day == by_month => Ok(Self::DayFirst),
                _ => Err(ImportError::AmbiguousDates),
            },
        }
    }
}

/// Three numbers with a separator between them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct WrittenDate {
    pub(super) numbers: [Written; 3],
    pub(super) separator: char,
}

/// A number with as many digits as it is written with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Written {
    pub(super) value: u32,
    pub(super) digits: usize,
}

impl WrittenDate {
    fn starts_with_year(&self) -> bool {
        let [first, ..] = self.numbers;
        first.digits == 4
    }

    /// The day, if it exists.
    pub(super) fn day(&self, order: DateOrder) -> Option<NaiveDate> {
        let [a, b, c] = self.numbers;
        let (year, month, day) = match order {
            DateOrder::DayFirst => (c, b, a),
            DateOrder::MonthFirst => (c, a, b),
            DateOrder::YearFirst => (a, b, c),
        };
        let year_value = match year.digits {
            4 => year.value,
            2 => 2_000 + year.value,
            _ => return None,
        };
        let are_short = month.digits <= 2 && day.digits <= 2;
        NaiveDate::from_ymd_opt(i32::try_from(year_value).ok()?, month.value, day.value).filter(|_| are_short)
    }
}

impl Header<'_> {
    /// The local time, if it exists.
    pub(super) fn time(&self, order: DateOrder) -> Option<NaiveDateTime> {
        self.date.day(order).map(|day| day.and_time(self.clock))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(dates: &[&str]) -> Result<DateOrder, ImportError> {
        let lines: Vec<String> = dates.iter().map(|date| format!("{date}, 10:00 - Asha: hi")).collect();
        let headers: Vec<_> = lines.iter().map(|line| Header::parse(line).unwrap()).collect();
        DateOrder::of(&headers)
    }

    #[test]
    fn the_order_is_what_the_dates_allow() {
        use DateOrder::{DayFirst, MonthFirst, YearFirst};
        for (dates, expected) in [
            (&["2024/12/02"][..], Ok(YearFirst)),
            (&["2024-12-02"], Ok(YearFirst)),
            (&["07.03.26"], Ok(DayFirst)),
            (&["07-03-26"], Ok(DayFirst)),
            (&["19/10/2025"], Ok(DayFirst)),
            (&["1/2/25", "10/19/25"], Ok(MonthFirst)),
            (&["19/10/25", "10/19/25"], Err(ImportError::MixedDates)),
            (&["1/12/25", "2/1/25"], Ok(MonthFirst)),
            (&["12/1/25", "1/2/25"], Ok(DayFirst)),
            (&["01/02/25", "02/02/25"], Err(ImportError::AmbiguousDates)),
            (&["5/5/25", "6/6/25"], Ok(DayFirst)),
            // What is no date in either order is part of a message and tells nothing.
            (&["13/13/25", "10/19/25"], Ok(MonthFirst)),
            (&[], Ok(DayFirst)),
        ] {
            assert_eq!(order(dates), expected, "{dates:?}");
        }
    }

    #[test]
    fn a_year_has_two_or_four_digits_and_stands_where_it_belongs() {
        let day = |date: &str, order| {
            let line = format!("{date}, 10:00 - x");
            Header::parse(&line).unwrap().date.day(order).map(|day| day.to_string())
        };
        assert_eq!(day("1/4/23", DateOrder::MonthFirst).as_deref(), Some("2023-01-04"));
        assert_eq!(day("23/1/4", DateOrder::YearFirst).as_deref(), Some("2023-01-04"));
        assert_eq!(day("2023/1/4", DateOrder::DayFirst), None);
        assert_eq!(day("1/4/3", DateOrder::DayFirst), None);
        assert_eq!(day("30/02/2025", DateOrder::DayFirst), None);
        assert_eq!(day("29/02/2024", DateOrder::DayFirst).as_deref(), Some("2024-02-29"));
    }
}
