//! ExportSathi: what exporters ask for, from registration on.

pub mod user_metrics;
pub mod users;
