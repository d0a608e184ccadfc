//! What an export costs before it pays.

pub use repository::export::finance_analysis::{get_for_report as get, put};
