//! What an export costs before it pays: the agent's analysis of a report.

use chrono::{DateTime, Utc};

use super::{AnalysisData, Report, User};
use crate::Id;

/// The finances of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FinanceAnalysis {
    /// Its id.
    pub id: Id<FinanceAnalysis>,
    /// The exporter.
    pub user_id: Id<User>,
    /// The report, which has one such analysis at most.
    pub report_id: Id<Report>,
    /// What it says.
    pub figures: FinanceFigures,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

/// What an analysis of finances says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FinanceFigures {
    /// The money that is needed until the buyer pays.
    pub working_capital_data: AnalysisData,
    /// Credit before the goods are shipped.
    pub pre_shipment_credit_data: Option<AnalysisData>,
    /// What the RoDTEP scheme pays back.
    pub rodtep_benefit_data: Option<AnalysisData>,
    /// GST that is paid back, and when.
    pub gst_refund_data: Option<AnalysisData>,
    /// When money comes and goes.
    pub cash_flow_timeline: Option<AnalysisData>,
    /// Ways to pay for it all.
    pub financing_options: Option<AnalysisData>,
}
