//! `export`: ExportSathi. Types of its tables and the rules that need no database.

pub mod action_plan_progress;
pub mod certification_progress;
pub mod dashboard;
pub mod hs_code;
pub mod report_data;
pub mod reports;
pub mod user_metrics;
pub mod users;

pub use action_plan_progress::{
    ActionPlan, DayNumber, NewPlan, NewTask, PlanDay, Progress, Task, TaskCategory, TaskId,
};
pub use certification_progress::{
    Certification, CertificationChanges, CertificationError, CertificationStatus, CertificationSummary,
    CertificationType, DocumentChanges, NewCertification,
};
pub use dashboard::{Dashboard, ReportCounts};
pub use hs_code::{HsCode, HsPrefix};
pub use reports::{
    Figures, NewReport, Report, ReportChanges, ReportFilter, ReportStatus, ReportSummary, RiskScore,
    TimelineDays,
};
pub use user_metrics::{DaysSaved, NewExport, UserMetrics};
pub use users::{BusinessType, CompanySize, MonthlyVolume, NewUser, PASSWORD_RULES, User, UserChanges};
