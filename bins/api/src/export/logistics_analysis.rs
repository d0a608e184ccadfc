//! `export.logistics_analysis`: how the goods of an export travel.

use chrono::{DateTime, Utc};
use repository::domain::Id;
use repository::domain::export::{AnalysisData, LogisticsAnalysis, LogisticsFigures, Report, User};
use serde::{Deserialize, Serialize};
use service::export::logistics_analysis;
use utoipa::ToSchema;

use super::{ExportRead, ExportWrite};
use crate::http::{
    ApiResult, Caller, Change, Json, KeysOnly, Located, MadeOrShown, PathId, Routes, Shown, add_routes,
};

pub(super) fn routes(routes: &mut Routes) {
    add_routes!(routes, "export analyses": set_logistics_analysis, get_logistics_analysis);
}

/// The logistics of a report.
#[derive(Serialize, ToSchema)]
struct LogisticsAnalysisBody {
    #[schema(value_type = Uuid)]
    id: Id<LogisticsAnalysis>,
    #[schema(value_type = Uuid)]
    user_id: Id<User>,
    #[schema(value_type = Uuid)]
    report_id: Id<Report>,
    #[serde(flatten)]
    figures: LogisticsFiguresBody,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl Located for LogisticsAnalysisBody {
    fn location(&self) -> String {
        format!("/v1/export/reports/{}/logistics-analysis", self.report_id)
    }
}

impl From<LogisticsAnalysis> for LogisticsAnalysisBody {
    fn from(analysis: LogisticsAnalysis) -> Self {
        let LogisticsAnalysis { id, user_id, report_id, figures, created_at, updated_at } = analysis;
        Self { id, user_id, report_id, figures: figures.into(), created_at, updated_at }
    }
}

/// What an analysis of logistics says, at least one part: JSON objects or arrays, in whatever form the agent gives them.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "lcl_fcl_comparison": {"recommended": "LCL", "volume_cbm": "6.5"},
    "route_analysis": [{"from": "Kochi", "to": "Hamburg", "days": 28}],
}))]
struct LogisticsFiguresBody {
    /// A part of a container compared with a whole one.
    #[schema(value_type = Option<Value>)]
    lcl_fcl_comparison: Option<AnalysisData>,
    /// How likely customs is to examine the goods.
    #[schema(value_type = Option<Value>)]
    rms_probability_data: Option<AnalysisData>,
    /// The routes that they may take.
    #[schema(value_type = Option<Value>)]
    route_analysis: Option<AnalysisData>,
    /// What the carriage costs.
    #[schema(value_type = Option<Value>)]
    freight_estimate: Option<AnalysisData>,
    /// Which insurance to take.
    #[schema(value_type = Option<Value>)]
    insurance_recommendation: Option<AnalysisData>,
}

impl From<LogisticsFigures> for LogisticsFiguresBody {
    fn from(figures: LogisticsFigures) -> Self {
        let LogisticsFigures {
            lcl_fcl_comparison,
            rms_probability_data,
            route_analysis,
            freight_estimate,
            insurance_recommendation,
        } = figures;
        Self {
            lcl_fcl_comparison,
            rms_probability_data,
            route_analysis,
            freight_estimate,
            insurance_recommendation,
        }
    }
}

impl From<LogisticsFiguresBody> for LogisticsFigures {
    fn from(figures: LogisticsFiguresBody) -> Self {
        let LogisticsFiguresBody {
            lcl_fcl_comparison,
            rms_probability_data,
            route_analysis,
            freight_estimate,
            insurance_recommendation,
        } = figures;
        Self {
            lcl_fcl_comparison,
            rms_probability_data,
            route_analysis,
            freight_estimate,
            insurance_recommendation,
        }
    }
}

/// Stores the analysis of a report's logistics in place of the one that is there. What is absent is null.
#[utoipa::path(put, path = "/v1/export/reports/{id}/logistics-analysis")]
async fn set_logistics_analysis(
    change: Change<KeysOnly<ExportWrite>>,
    PathId(report): PathId<Report>,
    Json(body): Json<LogisticsFiguresBody>,
) -> ApiResult<MadeOrShown<LogisticsAnalysisBody>> {
    let figures = LogisticsFigures::from(body).not_empty()?;
    change
        .write("export.set_logistics_analysis", move |tx| logistics_analysis::put(tx, report, &figures))
        .await
}

/// Shows the analysis of a report's logistics.
#[utoipa::path(get, path = "/v1/export/reports/{id}/logistics-analysis")]
async fn get_logistics_analysis(
    caller: Caller<ExportRead>,
    PathId(report): PathId<Report>,
) -> ApiResult<Shown<LogisticsAnalysisBody>> {
    caller.read("export.get_logistics_analysis", move |conn| logistics_analysis::get(conn, report)).await
}
