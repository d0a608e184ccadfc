//! What happened on a day, and how much there is.

pub use repository::market::daily_reports::{figures as daily, list as reports};
pub use repository::market::statistics::{Statistics, Totals, get as all};
