//! Rows of reports.

use bigdecimal::BigDecimal;
use chrono::{DateTime, Utc};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{self, Nullable};
use domain::export::{
    BusinessType, CompanySize, Figures, HsCode, MonthlyVolume, Report, ReportChanges, ReportStatus,
    ReportSummary,
};
use domain::pii::NoteKind;
use domain::{Id, JsonObject, Percentage, Text, WebUrl};
use uuid::Uuid;

use super::FAILURE_REASON;
use crate::database::column_types::{Money, StoredJson, TextColumn, WholeColumn};
use crate::database::sealed::Sealed;
use crate::schema::export::reports;
use crate::{Conn, Error, Result};

/// The columns that lists show.
#[derive(Queryable, Selectable)]
#[diesel(table_name = reports, check_for_backend(Pg))]
pub(super) struct SummaryRow {
    pub(super) id: Uuid,
    user_id: Uuid,
    product_name: String,
    destination_country: String,
    product_image_url: Option<String>,
    business_type: TextColumn<BusinessType>,
    company_size: TextColumn<CompanySize>,
    monthly_volume: Option<WholeColumn<1, { i32::MAX }>>,
    price_range: Option<String>,
    payment_mode: Option<String>,
    hs_code: Option<String>,
    hs_code_confidence: Option<BigDecimal>,
    risk_score: Option<WholeColumn<0, 100>>,
    estimated_cost: Option<Money>,
    estimated_timeline_days: Option<WholeColumn<0, { i32::MAX }>>,
    status: TextColumn<ReportStatus>,
    failure_reason: Option<Sealed<NoteKind>>,
    pub(super) row_version: i64,
    pub(super) created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

#[derive(HasQuery)]
#[diesel(table_name = reports, check_for_backend(Pg), base_query = reports::table.filter(reports::deleted_at.is_null()))]
pub(super) struct ReportRow {
    #[diesel(embed)]
    pub(super) summary: SummaryRow,
    ingredients: Option<String>,
    bom: Option<String>,
    report_data: StoredJson<JsonObject>,
}

#[derive(AsChangeset)]
#[diesel(table_name = reports)]
pub(super) struct ReportChangesRow {
    product_name: Option<String>,
    destination_country: Option<String>,
    product_image_url: Option<Option<String>>,
    ingredients: Option<Option<String>>,
    bom: Option<Option<String>>,
    business_type: Option<&'static str>,
    company_size: Option<&'static str>,
    monthly_volume: Option<Option<i32>>,
    price_range: Option<Option<String>>,
    payment_mode: Option<Option<String>>,
}

/// What a new report has of its user where it was not given.
#[derive(QueryableByName)]
pub(super) struct OfUser {
    #[diesel(sql_type = sql_types::Text)]
    pub(super) business_type: TextColumn<BusinessType>,
    #[diesel(sql_type = sql_types::Text)]
    pub(super) company_size: TextColumn<CompanySize>,
    #[diesel(sql_type = Nullable<sql_types::Integer>)]
    pub(super) monthly_volume: Option<WholeColumn<1, { i32::MAX }>>,
}

impl SummaryRow {
    pub(super) fn open(self, conn: &Conn<'_>) -> Result<ReportSummary> {
        let Self {
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
            hs_code,
            hs_code_confidence,
            risk_score,
            estimated_cost,
            estimated_timeline_days,
            status,
            failure_reason,
            row_version,
            created_at,
            updated_at,
        } = self;
        let percentage = |number: &BigDecimal| {
            Percentage::from_bigdecimal(number).map_err(|error| Error::Invalid(error.to_string()))
        };
        Ok(ReportSummary {
            id: Id::from_uuid(id),
            user_id: Id::from_uuid(user_id),
            product_name: Text::from_trusted(product_name),
            destination_country: Text::from_trusted(destination_country),
            product_image_url: product_image_url.map(WebUrl::from_trusted),
            business_type: business_type.0,
            company_size: company_size.0,
            monthly_volume: monthly_volume.map(|volume| volume.0),
            price_range: price_range.map(Text::from_trusted),
            payment_mode: payment_mode.map(Text::from_trusted),
            figures: Figures {
                hs_code: hs_code.map(HsCode::from_trusted),
                hs_code_confidence: hs_code_confidence.as_ref().map(percentage).transpose()?,
                risk_score: risk_score.map(|score| score.0),
                estimated_cost: estimated_cost.map(|cost| cost.0),
                estimated_timeline_days: estimated_timeline_days.map(|days| days.0),
            },
            status: status.0,
            failure_reason: failure_reason
                .map(|reason| reason.open(conn, &FAILURE_REASON, id))
                .transpose()?,
            row_version,
            created_at,
            updated_at,
        })
    }
}

impl ReportRow {
    pub(super) fn open(self, conn: &Conn<'_>) -> Result<Report> {
        let Self { summary, ingredients, bom, report_data } = self;
        Ok(Report {
            summary: summary.open(conn)?,
            ingredients: ingredients.map(Text::from_trusted),
            bom: bom.map(Text::from_trusted),
            report_data: report_data.0,
        })
    }
}

impl From<ReportChanges> for ReportChangesRow {
    fn from(changes: ReportChanges) -> Self {
        let ReportChanges {
            product_name,
            destination_country,
            product_image_url,
            ingredients,
            bom,
            business_type,
            company_size,
            monthly_volume,
            price_range,
            payment_mode,
        } = changes;
        Self {
            product_name: product_name.map(Text::into_string),
            destination_country: destination_country.map(Text::into_string),
            product_image_url: product_image_url.map(|url| url.map(WebUrl::into_string)),
            ingredients: ingredients.map(|text| text.map(Text::into_string)),
            bom: bom.map(|text| text.map(Text::into_string)),
            business_type: business_type.map(BusinessType::as_str),
            company_size: company_size.map(CompanySize::as_str),
            monthly_volume: monthly_volume.map(|volume| volume.map(MonthlyVolume::get)),
            price_range: price_range.map(|text| text.map(Text::into_string)),
            payment_mode: payment_mode.map(|text| text.map(Text::into_string)),
        }
    }
}
