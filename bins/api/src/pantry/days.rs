//! Days that a request names.

use repository::domain::day::{DayRange, RangeError};
use repository::domain::{Day, Invalid};
use serde::Deserialize;
use utoipa::IntoParams;

/// The day by which something is judged.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct OnDay {
    /// The day by which it is judged; today where the household lives, when absent.
    #[param(value_type = Option<String>, format = Date, example = "2026-11-20")]
    on: Option<String>,
}

impl OnDay {
    pub(super) fn read(&self) -> Result<Option<Day>, Invalid> {
        let mut fields = Invalid::collect();
        let on = on(&mut fields, self.on.as_deref());
        fields.build(|| on)
    }
}

/// The day `on` which something is judged. The outer `None` means wrong.
pub(super) fn on(fields: &mut Invalid, on: Option<&str>) -> Option<Option<Day>> {
    fields.take_optional("/on", on.map(Day::parse))
}

/// The days from `start_date` to `end_date`, both included.
pub(super) fn range(
    fields: &mut Invalid,
    start: &str,
    end: &str,
    check: impl FnOnce(Day, Day) -> Result<DayRange, RangeError>,
) -> Option<DayRange> {
    let first = fields.take("/start_date", Day::parse(start));
    let last = fields.take("/end_date", Day::parse(end));
    fields.take("/end_date", check(first?, last?))
}
