//! What reports are made, changed, completed and looked for by.

use repository::domain::export::{
    Figures, HsCode, HsPrefix, MonthlyVolume, NewReport, ReportChanges, ReportFilter, RiskScore, TimelineDays,
};
use repository::domain::{Amount, Invalid, JsonObject, Note, Percentage, Text, WebUrl};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::export::schema;
use crate::http::input::fields::{changed, replaced};
use crate::http::input::{DecimalText, Patch, present, time};

/// A report to be written.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "user_id": "00000000-0000-7000-8000-000000000001", "product_name": "Turmeric powder",
    "destination_country": "Germany", "ingredients": "Curcuma longa", "price_range": "200 to 250 INR a kg",
}))]
pub(super) struct CreateReport {
    user_id: String,
    #[schema(max_length = 200)]
    product_name: String,
    #[schema(max_length = 100)]
    destination_country: String,
    /// Absolute, http or https. It is stored, and never fetched.
    product_image_url: Option<String>,
    ingredients: Option<String>,
    /// Bill of materials.
    bom: Option<String>,
    /// The user's when absent.
    #[schema(value_type = Option<schema::BusinessType>)]
    business_type: Option<String>,
    /// The user's when absent.
    #[schema(value_type = Option<schema::CompanySize>)]
    company_size: Option<String>,
    /// The user's when absent.
    #[schema(minimum = 1, maximum = 2_147_483_647)]
    monthly_volume: Option<i64>,
    price_range: Option<String>,
    payment_mode: Option<String>,
}

impl CreateReport {
    pub(super) fn read(self) -> Result<NewReport, Invalid> {
        let mut fields = Invalid::collect();
        let user_id = fields.take("/user_id", self.user_id.parse());
        let product_name = fields.take("/product_name", Text::parse(&self.product_name));
        let destination_country = fields.take("/destination_country", Text::parse(&self.destination_country));
        let image = self.product_image_url.as_deref().map(WebUrl::parse);
        let product_image_url = fields.take_optional("/product_image_url", image);
        let ingredients = fields.take_optional("/ingredients", self.ingredients.as_deref().map(Text::parse));
        let bom = fields.take_optional("/bom", self.bom.as_deref().map(Text::parse));
        let business = self.business_type.as_deref().map(str::parse);
        let business_type = fields.take_optional("/business_type", business);
        let company_size =
            fields.take_optional("/company_size", self.company_size.as_deref().map(str::parse));
        let monthly_volume =
            fields.take_optional("/monthly_volume", self.monthly_volume.map(MonthlyVolume::new));
        let price_range = fields.take_optional("/price_range", self.price_range.as_deref().map(Text::parse));
        let payment_mode =
            fields.take_optional("/payment_mode", self.payment_mode.as_deref().map(Text::parse));
        fields.build(|| {
            Some(NewReport {
                user_id: user_id?,
                product_name: product_name?,
                destination_country: destination_country?,
                product_image_url: product_image_url?,
                ingredients: ingredients?,
                bom: bom?,
                business_type: business_type?,
                company_size: company_size?,
                monthly_volume: monthly_volume?,
                price_range: price_range?,
                payment_mode: payment_mode?,
            })
        })
    }
}

/// What to change of the input of a report. What is absent stays; null clears.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"destination_country": "Netherlands", "bom": null}))]
pub(super) struct UpdateReport {
    /// Cannot be cleared.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 200)]
    product_name: Patch<String>,
    /// Cannot be cleared.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 100)]
    destination_country: Patch<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    product_image_url: Patch<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    ingredients: Patch<String>,
    /// Bill of materials.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    bom: Patch<String>,
    /// Cannot be cleared.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<schema::BusinessType>)]
    business_type: Patch<String>,
    /// Cannot be cleared.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<schema::CompanySize>)]
    company_size: Patch<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<i64>, minimum = 1, maximum = 2_147_483_647)]
    monthly_volume: Patch<i64>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    price_range: Patch<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    payment_mode: Patch<String>,
}

impl UpdateReport {
    pub(super) fn read(self) -> Result<ReportChanges, Invalid> {
        let mut fields = Invalid::collect();
        let (product, country) = (self.product_name, self.destination_country);
        let image = self.product_image_url;
        let changes = ReportChanges {
            product_name: replaced(&mut fields, "/product_name", product, |text| Text::parse(&text)),
            destination_country: replaced(&mut fields, "/destination_country", country, |text| {
                Text::parse(&text)
            }),
            product_image_url: changed(&mut fields, "/product_image_url", image, |url| WebUrl::parse(&url)),
            ingredients: changed(&mut fields, "/ingredients", self.ingredients, |text| Text::parse(&text)),
            bom: changed(&mut fields, "/bom", self.bom, |text| Text::parse(&text)),
            business_type: replaced(&mut fields, "/business_type", self.business_type, |text| text.parse()),
            company_size: replaced(&mut fields, "/company_size", self.company_size, |text| text.parse()),
            monthly_volume: changed(&mut fields, "/monthly_volume", self.monthly_volume, MonthlyVolume::new),
            price_range: changed(&mut fields, "/price_range", self.price_range, |text| Text::parse(&text)),
            payment_mode: changed(&mut fields, "/payment_mode", self.payment_mode, |text| Text::parse(&text)),
        };
        fields.finish()?;
        Ok(changes)
    }
}

/// A report as the agent wrote it. A figure that is absent is taken from `report_data`; where both have it, they agree.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"report_data": {
    "hs_code": {"code": "0910.30.30", "confidence": 92.5, "description": "Turmeric"},
    "risk_score": 34,
    "costs": {"certifications": "45000", "documentation": "5000", "logistics": "30000", "total": "80000"},
    "timeline": {"estimated_days": 45, "breakdown": [{"duration_days": 20}, {"duration_days": 25}]},
}}))]
pub(super) struct CompleteReport {
    /// Any object. It is kept as it is.
    #[schema(value_type = Object)]
    report_data: JsonObject,
    /// 6, 8 or 10 digits, with or without dots.
    hs_code: Option<String>,
    /// In percent, at most two decimals.
    hs_code_confidence: Option<DecimalText>,
    #[schema(minimum = 0, maximum = 100)]
    risk_score: Option<i64>,
    estimated_cost: Option<DecimalText>,
    #[schema(minimum = 0, maximum = 2_147_483_647)]
    estimated_timeline_days: Option<i64>,
}

impl CompleteReport {
    pub(super) fn read(self) -> Result<(Figures, JsonObject), Invalid> {
        let mut fields = Invalid::collect();
        let hs_code = fields.take_optional("/hs_code", self.hs_code.as_deref().map(HsCode::parse));
        let confidence = self.hs_code_confidence.as_ref().map(|text| Percentage::parse(text.as_str()));
        let hs_code_confidence = fields.take_optional("/hs_code_confidence", confidence);
        let risk_score = fields.take_optional("/risk_score", self.risk_score.map(RiskScore::new));
        let cost = self.estimated_cost.as_ref().map(|text| Amount::parse(text.as_str()));
        let estimated_cost = fields.take_optional("/estimated_cost", cost);
        let days = self.estimated_timeline_days.map(TimelineDays::new);
        let estimated_timeline_days = fields.take_optional("/estimated_timeline_days", days);
        fields.build(|| {
            let figures = Figures {
                hs_code: hs_code?,
                hs_code_confidence: hs_code_confidence?,
                risk_score: risk_score?,
                estimated_cost: estimated_cost?,
                estimated_timeline_days: estimated_timeline_days?,
            };
            Some((figures, self.report_data))
        })
    }
}

/// Why a report could not be written.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "the customs database did not answer"}))]
pub(super) struct FailReport {
    /// At most 2,000 characters.
    #[schema(max_length = 2000)]
    reason: Option<String>,
}

impl FailReport {
    pub(super) fn read(self) -> Result<Option<Note>, Invalid> {
        let mut fields = Invalid::collect();
        let reason = fields.take_optional("/reason", self.reason.as_deref().map(Note::parse));
        fields.build(|| reason)
    }
}

/// Another HS code.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"hs_code": "0910.30.30"}))]
pub(super) struct SetHsCode {
    /// 6, 8 or 10 digits, with or without dots and spaces.
    hs_code: String,
}

impl SetHsCode {
    pub(super) fn read(self) -> Result<HsCode, Invalid> {
        let mut fields = Invalid::collect();
        let code = fields.take("/hs_code", HsCode::parse(&self.hs_code));
        fields.build(|| code)
    }
}

/// Which reports.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct ListReports {
    /// Of this status.
    #[param(value_type = Option<schema::ReportStatus>)]
    status: Option<String>,
    /// Whose HS code begins so: 2 to 10 digits, with or without dots.
    #[param(example = "0910")]
    hs_code: Option<String>,
    /// Of this destination, to the letter.
    destination: Option<String>,
    /// Made then or later.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<String>,
    /// Made earlier.
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<String>,
    /// At least so risky. A report without a score is none of them.
    #[param(minimum = 0, maximum = 100)]
    min_risk: Option<i64>,
    /// At most so risky. A report without a score is none of them.
    #[param(minimum = 0, maximum = 100)]
    max_risk: Option<i64>,
}

impl ListReports {
    pub(super) fn filter(&self) -> Result<ReportFilter, Invalid> {
        let mut fields = Invalid::collect();
        let status = fields.take_optional("/status", self.status.as_deref().map(str::parse));
        let hs_code = fields.take_optional("/hs_code", self.hs_code.as_deref().map(HsPrefix::parse));
        let destination = fields.take_optional("/destination", self.destination.as_deref().map(Text::parse));
        let from = fields.take_optional("/from", self.from.as_deref().map(time));
        let to = fields.take_optional("/to", self.to.as_deref().map(time));
        let min_risk = fields.take_optional("/min_risk", self.min_risk.map(RiskScore::new));
        let max_risk = fields.take_optional("/max_risk", self.max_risk.map(RiskScore::new));
        fields.build(|| {
            Some(ReportFilter {
                status: status?,
                hs_code: hs_code?,
                destination: destination?,
                from: from?,
                to: to?,
                min_risk: min_risk?,
                max_risk: max_risk?,
            })
        })
    }
}
