//! `export`: ExportSathi. Types of its tables and the rules that need no database.

pub mod user_metrics;
pub mod users;

pub use user_metrics::UserMetrics;
pub use users::{BusinessType, CompanySize, MonthlyVolume, NewUser, PASSWORD_RULES, User, UserChanges};
