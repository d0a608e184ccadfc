//! What reports look like in answers.

use chrono::{DateTime, Utc};
use repository::domain::export::{
    Figures, HsCode, MonthlyVolume, Report, ReportSummary, RiskScore, TimelineDays, User,
};
use repository::domain::{Amount, Id, JsonObject, Percentage, Text, WebUrl};
use serde::Serialize;
use utoipa::ToSchema;

use crate::export::schema;
use crate::http::{Located, Versioned};

/// A report with everything that stands in it.
#[derive(Serialize, ToSchema)]
pub(super) struct ReportBody {
    #[serde(flatten)]
    #[schema(inline)]
    summary: ReportSummaryBody,
    /// What the product consists of.
    #[schema(value_type = Option<String>)]
    ingredients: Option<Text<2_000>>,
    /// Bill of materials.
    #[schema(value_type = Option<String>)]
    bom: Option<Text<2_000>>,
    /// The report as the agent wrote it; empty until it is completed.
    #[schema(value_type = Object)]
    report_data: JsonObject,
}

/// A report without what makes it long.
#[derive(Serialize, ToSchema)]
pub(super) struct ReportSummaryBody {
    #[schema(value_type = Uuid)]
    id: Id<Report>,
    #[schema(value_type = Uuid)]
    user_id: Id<User>,
    #[schema(value_type = String, example = "Turmeric powder")]
    product_name: Text<200>,
    #[schema(value_type = String, example = "Germany")]
    destination_country: Text<100>,
    /// Stored, and never fetched.
    product_image_url: Option<String>,
    #[schema(value_type = schema::BusinessType)]
    business_type: &'static str,
    #[schema(value_type = schema::CompanySize)]
    company_size: &'static str,
    monthly_volume: Option<i32>,
    #[schema(value_type = Option<String>)]
    price_range: Option<Text<100>>,
    #[schema(value_type = Option<String>)]
    payment_mode: Option<Text<100>>,
    /// 6, 8 or 10 digits.
    #[schema(example = "09103030")]
    hs_code: Option<String>,
    /// In percent.
    #[schema(example = "92.50")]
    hs_code_confidence: Option<String>,
    /// From 0 to 100, the riskiest.
    risk_score: Option<i32>,
    #[schema(example = "80000.00")]
    estimated_cost: Option<String>,
    estimated_timeline_days: Option<i32>,
    #[schema(value_type = schema::ReportStatus)]
    status: &'static str,
    /// Why it failed; while it is failed only.
    failure_reason: Option<String>,
    #[serde(skip)]
    row_version: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl Located for ReportBody {
    fn location(&self) -> String {
        format!("/v1/export/reports/{}", self.summary.id)
    }
}

impl Versioned for ReportBody {
    fn row_version(&self) -> i64 {
        self.summary.row_version
    }
}

impl From<Report> for ReportBody {
    fn from(report: Report) -> Self {
        let Report { summary, ingredients, bom, report_data } = report;
        Self { summary: summary.into(), ingredients, bom, report_data }
    }
}

impl From<ReportSummary> for ReportSummaryBody {
    fn from(summary: ReportSummary) -> Self {
        let ReportSummary {
            id,
            user_id,
            product_name,
            destination_country,
            product_image_url,
            business_type,
            company_size,
            monthly_volume,
            price_range,
            payment_mode,
            figures,
            status,
            failure_reason,
            row_version,
            created_at,
            updated_at,
        } = summary;
        let Figures { hs_code, hs_code_confidence, risk_score, estimated_cost, estimated_timeline_days } =
            figures;
        Self {
            id,
            user_id,
            product_name,
            destination_country,
            product_image_url: product_image_url.map(WebUrl::into_string),
            business_type: business_type.as_str(),
            company_size: company_size.as_str(),
            monthly_volume: monthly_volume.map(MonthlyVolume::get),
            price_range,
            payment_mode,
            hs_code: hs_code.as_ref().map(HsCode::to_string),
            hs_code_confidence: hs_code_confidence.as_ref().map(Percentage::to_string),
            risk_score: risk_score.map(RiskScore::get),
            estimated_cost: estimated_cost.as_ref().map(Amount::to_string),
            estimated_timeline_days: estimated_timeline_days.map(TimelineDays::get),
            status: status.as_str(),
            failure_reason: failure_reason.map(|reason| reason.expose().to_owned()),
            row_version,
            created_at,
            updated_at,
        }
    }
}
