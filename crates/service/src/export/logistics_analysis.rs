//! How the goods of an export travel.

pub use repository::export::logistics_analysis::{get_for_report as get, put};
