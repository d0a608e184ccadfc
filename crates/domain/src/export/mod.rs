//! `export`: ExportSathi. Types of its tables and the rules that need no database.

pub mod action_plan_progress;
pub mod analysis_data;
pub mod certification_progress;
pub mod chat_messages;
pub mod chat_sessions;
pub mod dashboard;
pub mod finance_analysis;
pub mod generated_documents;
pub mod hs_code;
pub mod logistics_analysis;
pub mod report_data;
pub mod reports;
pub mod user_metrics;
pub mod users;

pub use action_plan_progress::{
    ActionPlan, DayNumber, NewPlan, NewTask, PlanDay, Progress, Task, TaskCategory, TaskId,
};
pub use analysis_data::AnalysisData;
pub use certification_progress::{
    Certification, CertificationChanges, CertificationError, CertificationStatus, CertificationSummary,
    CertificationType, DocumentChanges, NewCertification,
};
pub use chat_messages::{ChatMessage, ChatRole, Exchange, Source, Sources};
pub use chat_sessions::{ChatContext, ChatSession, NewChatSession};
pub use dashboard::{Dashboard, DocumentCounts, ReportCounts};
pub use finance_analysis::{FinanceAnalysis, FinanceFigures};
pub use generated_documents::{
    DocumentData, DocumentFilter, DocumentSummary, DocumentType, GeneratedDocument, GeneratedDocumentChanges,
    NewGeneratedDocument,
};
pub use hs_code::{HsCode, HsPrefix};
pub use logistics_analysis::{LogisticsAnalysis, LogisticsFigures};
pub use reports::{
    Figures, NewReport, Report, ReportChanges, ReportFilter, ReportStatus, ReportSummary, RiskScore,
    TimelineDays,
};
pub use user_metrics::{DaysSaved, NewExport, UserMetrics};
pub use users::{BusinessType, CompanySize, MonthlyVolume, NewUser, PASSWORD_RULES, User, UserChanges};
