//! `export.finance_analysis`: what an export costs before it pays.

use chrono::{DateTime, Utc};
use repository::domain::Id;
use repository::domain::export::{AnalysisData, FinanceAnalysis, FinanceFigures, Report, User};
use serde::{Deserialize, Serialize};
use service::export::finance_analysis;
use utoipa::ToSchema;

use super::{ExportRead, ExportWrite};
use crate::http::{
    ApiResult, Caller, Change, Json, KeysOnly, Located, MadeOrShown, PathId, Routes, Shown, add_routes,
};

pub(super) fn routes(routes: &mut Routes) {
    add_routes!(routes, "export analyses": set_finance_analysis, get_finance_analysis);
}

/// The finances of a report.
#[derive(Serialize, ToSchema)]
struct FinanceAnalysisBody {
    #[schema(value_type = Uuid)]
    id: Id<FinanceAnalysis>,
    #[schema(value_type = Uuid)]
    user_id: Id<User>,
    #[schema(value_type = Uuid)]
    report_id: Id<Report>,
    #[serde(flatten)]
    figures: FinanceFiguresBody,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl Located for FinanceAnalysisBody {
    fn location(&self) -> String {
        format!("/v1/export/reports/{}/finance-analysis", self.report_id)
    }
}

impl From<FinanceAnalysis> for FinanceAnalysisBody {
    fn from(analysis: FinanceAnalysis) -> Self {
        let FinanceAnalysis { id, user_id, report_id, figures, created_at, updated_at } = analysis;
        Self { id, user_id, report_id, figures: figures.into(), created_at, updated_at }
    }
}

/// What an analysis of finances says: JSON objects or arrays, in whatever form the agent gives them.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "working_capital_data": {"total": "80000.00", "currency": "INR"},
    "cash_flow_timeline": [{"day": 1, "amount": "-45000.00"}, {"day": 60, "amount": "117500.00"}],
}))]
struct FinanceFiguresBody {
    /// The money that is needed until the buyer pays.
    #[schema(value_type = Value)]
    working_capital_data: AnalysisData,
    /// Credit before the goods are shipped.
    #[schema(value_type = Option<Value>)]
    pre_shipment_credit_data: Option<AnalysisData>,
    /// What the RoDTEP scheme pays back.
    #[schema(value_type = Option<Value>)]
    rodtep_benefit_data: Option<AnalysisData>,
    /// GST that is paid back, and when.
    #[schema(value_type = Option<Value>)]
    gst_refund_data: Option<AnalysisData>,
    /// When money comes and goes.
    #[schema(value_type = Option<Value>)]
    cash_flow_timeline: Option<AnalysisData>,
    /// Ways to pay for it all.
    #[schema(value_type = Option<Value>)]
    financing_options: Option<AnalysisData>,
}

impl From<FinanceFigures> for FinanceFiguresBody {
    fn from(figures: FinanceFigures) -> Self {
        let FinanceFigures {
            working_capital_data,
            pre_shipment_credit_data,
            rodtep_benefit_data,
            gst_refund_data,
            cash_flow_timeline,
            financing_options,
        } = figures;
        Self {
            working_capital_data,
            pre_shipment_credit_data,
            rodtep_benefit_data,
            gst_refund_data,
            cash_flow_timeline,
            financing_options,
        }
    }
}

impl From<FinanceFiguresBody> for FinanceFigures {
    fn from(figures: FinanceFiguresBody) -> Self {
        let FinanceFiguresBody {
            working_capital_data,
            pre_shipment_credit_data,
            rodtep_benefit_data,
            gst_refund_data,
            cash_flow_timeline,
            financing_options,
        } = figures;
        Self {
            working_capital_data,
            pre_shipment_credit_data,
            rodtep_benefit_data,
            gst_refund_data,
            cash_flow_timeline,
            financing_options,
        }
    }
}

/// Stores the analysis of a report's finances in place of the one that is there. What is absent is null.
#[utoipa::path(put, path = "/v1/export/reports/{id}/finance-analysis")]
async fn set_finance_analysis(
    change: Change<KeysOnly<ExportWrite>>,
    PathId(report): PathId<Report>,
    Json(body): Json<FinanceFiguresBody>,
) -> ApiResult<MadeOrShown<FinanceAnalysisBody>> {
    let figures = FinanceFigures::from(body);
    change.write("export.set_finance_analysis", move |tx| finance_analysis::put(tx, report, &figures)).await
}

/// Shows the analysis of a report's finances.
#[utoipa::path(get, path = "/v1/export/reports/{id}/finance-analysis")]
async fn get_finance_analysis(
    caller: Caller<ExportRead>,
    PathId(report): PathId<Report>,
) -> ApiResult<Shown<FinanceAnalysisBody>> {
    caller.read("export.get_finance_analysis", move |conn| finance_analysis::get(conn, report)).await
}
