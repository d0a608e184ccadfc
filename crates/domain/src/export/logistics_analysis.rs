//! How the goods of an export travel: the agent's analysis of a report.

use chrono::{DateTime, Utc};

use super::{AnalysisData, Report, User};
use crate::{Id, Invalid};

/// The logistics of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogisticsAnalysis {
    /// Its id.
    pub id: Id<LogisticsAnalysis>,
    /// The exporter.
    pub user_id: Id<User>,
    /// The report, which has one such analysis at most.
    pub report_id: Id<Report>,
    /// What it says.
    pub figures: LogisticsFigures,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

/// What an analysis of logistics says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LogisticsFigures {
    /// A part of a container against a whole one.
    pub lcl_fcl_comparison: Option<AnalysisData>,
    /// How likely customs is to look into the goods.
    pub rms_probability_data: Option<AnalysisData>,
    /// The ways they may take.
    pub route_analysis: Option<AnalysisData>,
    /// What the way costs.
    pub freight_estimate: Option<AnalysisData>,
    /// Which insurance to take.
    pub insurance_recommendation: Option<AnalysisData>,
}

impl LogisticsFigures {
    /// The same, unless nothing is said.
    ///
    /// # Errors
    /// `empty`, of the whole.
    pub fn not_empty(self) -> Result<Self, Invalid> {
        if self == Self::default() {
            return Err(Invalid::one("", "empty", "give one of the parts of the analysis at least"));
        }
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Json;

    #[test]
    fn an_analysis_has_one_part_at_least() {
        let nothing = LogisticsFigures::default().not_empty().unwrap_err();
        assert_eq!(nothing.violations()[0].code, "empty");
        let part = AnalysisData::of(Json::parse("[]").unwrap()).ok();
        assert!(
            LogisticsFigures { insurance_recommendation: part, ..Default::default() }.not_empty().is_ok()
        );
    }
}
