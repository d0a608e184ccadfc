//! Reports: what it takes to export a product to a country. An agent writes them; their states, what is known of them in
//! figures, and the input they are made from are kept here.

use chrono::{DateTime, Utc};

use super::{BusinessType, CompanySize, HsCode, HsPrefix, MonthlyVolume, User};
use crate::whole::Whole;
use crate::{Amount, Id, JsonObject, Note, Percentage, Text, WebUrl};

/// From 0 to 100, the riskiest.
pub type RiskScore = Whole<0, 100>;

/// Days until ready to export.
pub type TimelineDays = Whole<0, { i32::MAX }>;

closed_set! {
    /// What became of a report.
    ReportStatus, "report status" {
        /// The agent is at work.
        Processing = "processing",
        /// It is written, and final.
        Completed = "completed",
        /// The agent could not write it. It may try again.
        Failed = "failed",
    }
}

/// A report as lists show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportSummary {
    /// Its id.
    pub id: Id<Report>,
    /// Who asked for it.
    pub user_id: Id<User>,
    /// The product.
    pub product_name: Text<200>,
    /// Where it is exported to.
    pub destination_country: Text<100>,
    /// A picture of the product.
    pub product_image_url: Option<WebUrl>,
    /// What the company does.
    pub business_type: BusinessType,
    /// How large it is.
    pub company_size: CompanySize,
    /// What it ships in a month.
    pub monthly_volume: Option<MonthlyVolume>,
    /// What the product costs.
    pub price_range: Option<Text<100>>,
    /// How buyers pay.
    pub payment_mode: Option<Text<100>>,
    /// What the report found out.
    pub figures: Figures,
    /// What became of it.
    pub status: ReportStatus,
    /// Why it failed; while it is failed only.
    pub failure_reason: Option<Note>,
    /// Raised by every change; the ETag.
    pub row_version: i64,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

/// What a report found out, in figures.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Figures {
    /// Code of the product.
    pub hs_code: Option<HsCode>,
    /// How certain the code is.
    pub hs_code_confidence: Option<Percentage<2>>,
    /// How risky the export is.
    pub risk_score: Option<RiskScore>,
    /// What becoming ready costs.
    pub estimated_cost: Option<Amount>,
    /// How long it takes.
    pub estimated_timeline_days: Option<TimelineDays>,
}

/// A report with everything that stands in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// What lists show of it.
    pub summary: ReportSummary,
    /// What the product consists of.
    pub ingredients: Option<Text<2_000>>,
    /// Bill of materials.
    pub bom: Option<Text<2_000>>,
    /// The report as the agent wrote it; empty until it is completed.
    pub report_data: JsonObject,
}

/// A report to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewReport {
    /// Who asks for it.
    pub user_id: Id<User>,
    /// The product.
    pub product_name: Text<200>,
    /// Where it is to be exported to.
    pub destination_country: Text<100>,
    /// A picture of the product.
    pub product_image_url: Option<WebUrl>,
    /// What the product consists of.
    pub ingredients: Option<Text<2_000>>,
    /// Bill of materials.
    pub bom: Option<Text<2_000>>,
    /// What the company does; the user's where absent.
    pub business_type: Option<BusinessType>,
    /// How large it is; the user's where absent.
    pub company_size: Option<CompanySize>,
    /// What it ships in a month; the user's where absent.
    pub monthly_volume: Option<MonthlyVolume>,
    /// What the product costs.
    pub price_range: Option<Text<100>>,
    /// How buyers pay.
    pub payment_mode: Option<Text<100>>,
}

/// What to change of the input of a report: `None` keeps, `Some(None)` clears.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReportChanges {
    /// Another product.
    pub product_name: Option<Text<200>>,
    /// Another country.
    pub destination_country: Option<Text<100>>,
    /// Another picture, or none.
    pub product_image_url: Option<Option<WebUrl>>,
    /// Other ingredients, or none.
    pub ingredients: Option<Option<Text<2_000>>>,
    /// Another bill of materials, or none.
    pub bom: Option<Option<Text<2_000>>>,
    /// Another business.
    pub business_type: Option<BusinessType>,
    /// Another size.
    pub company_size: Option<CompanySize>,
    /// Another volume, or none.
    pub monthly_volume: Option<Option<MonthlyVolume>>,
    /// Another price, or none.
    pub price_range: Option<Option<Text<100>>>,
    /// Another way to pay, or none.
    pub payment_mode: Option<Option<Text<100>>>,
}

impl ReportChanges {
    /// Whether nothing is to change.
    pub fn is_empty(&self) -> bool {
        self == &Self::default()
    }
}

/// Which reports a list shows: those to which all of it applies.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReportFilter {
    /// What became of them.
    pub status: Option<ReportStatus>,
    /// What their HS code begins with.
    pub hs_code: Option<HsPrefix>,
    /// Their destination, to the letter.
    pub destination: Option<Text<100>>,
    /// Made then or later.
    pub from: Option<DateTime<Utc>>,
    /// Made earlier.
    pub to: Option<DateTime<Utc>>,
    /// At least so risky. A report without a score is none of them.
    pub min_risk: Option<RiskScore>,
    /// At most so risky. A report without a score is none of them.
    pub max_risk: Option<RiskScore>,
}
