//! `export`: ExportSathi. Types of its tables and the rules that need no database.

pub mod hs_code;
pub mod reports;
pub mod user_metrics;
pub mod users;

pub use hs_code::{HsCode, HsPrefix};
pub use reports::{
    Figures, NewReport, Report, ReportChanges, ReportFilter, ReportStatus, ReportSummary, RiskScore,
    TimelineDays,
};
pub use user_metrics::UserMetrics;
pub use users::{BusinessType, CompanySize, MonthlyVolume, NewUser, PASSWORD_RULES, User, UserChanges};
