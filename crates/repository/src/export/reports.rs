//! Reports on what it takes to export a product to a country.

use bigdecimal::BigDecimal;
use chrono::{DateTime, Utc};
use codec::Column;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{self, Nullable};
use domain::export::{
    BusinessType, CompanySize, Figures, HsCode, MonthlyVolume, NewReport, Report, ReportStatus, ReportSummary,
};
use domain::pii::NoteKind;
use domain::{Id, JsonObject, Percentage, Text, WebUrl};
use uuid::Uuid;

use crate::database::column_types::{Money, StoredJson, TextColumn, WholeColumn};
use crate::database::sealed::Sealed;
use crate::database::statement::{BindNext, statement};
use crate::schema::export::reports;
use crate::{Access, Conn, Error, Keep, Result, Rule, SealedColumn, Table, Tx, Verb};

/// What the shared machinery knows of this table.
pub const TABLE: Table = Table {
    access: Access::Owner("user_id"),
    end_users_may: &[Verb::Select, Verb::Insert, Verb::Update],
    sealed: &[SealedColumn::new("failure_reason")],
    clear: &[
        ("product_name", "what is exported"),
        ("destination_country", "where to"),
        ("product_image_url", "where a picture of the product is"),
        ("ingredients", "what the product consists of"),
        ("bom", "what it is made of"),
        ("price_range", "what it costs"),
        ("payment_mode", "how buyers pay"),
        ("hs_code", "what kind of goods it is"),
        ("report_data", "the report, which may hold anything that the agent writes"),
    ],
    enums: &["business_type", "company_size", "status"],
    retention: &[
        Rule {
            name: "failed-reports",
            about: "failed reports, with everything that belongs to them",
            condition: "t.status = 'failed' AND t.updated_at < $1",
            keep: Keep::Setting("FAILED_REPORT_RETENTION_DAYS", 30),
        },
        Rule {
            name: "deleted-reports",
            about: "deleted reports, with everything that belongs to them",
            condition: "t.deleted_at < $1",
            keep: Keep::DELETED,
        },
    ],
    ..Table::root("export", "reports", "report")
};

const FAILURE_REASON: Column = Column::new("export", "reports", "failure_reason");

/// The columns that lists show.
#[derive(Queryable, Selectable)]
#[diesel(table_name = reports, check_for_backend(Pg))]
struct SummaryRow {
    id: Uuid,
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
    row_version: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

#[derive(HasQuery)]
#[diesel(table_name = reports, check_for_backend(Pg), base_query = reports::table.filter(reports::deleted_at.is_null()))]
struct ReportRow {
    #[diesel(embed)]
    summary: SummaryRow,
    ingredients: Option<String>,
    bom: Option<String>,
    report_data: StoredJson<JsonObject>,
}

/// What a new report has of its user where it was not given.
#[derive(QueryableByName)]
struct OfUser {
    #[diesel(sql_type = sql_types::Text)]
    business_type: TextColumn<BusinessType>,
    #[diesel(sql_type = sql_types::Text)]
    company_size: TextColumn<CompanySize>,
    #[diesel(sql_type = Nullable<sql_types::Integer>)]
    monthly_volume: Option<WholeColumn<1, { i32::MAX }>>,
}

impl SummaryRow {
    fn open(self, conn: &Conn<'_>) -> Result<ReportSummary> {
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
    fn open(self, conn: &Conn<'_>) -> Result<Report> {
        let Self { summary, ingredients, bom, report_data } = self;
        Ok(Report {
            summary: summary.open(conn)?,
            ingredients: ingredients.map(Text::from_trusted),
            bom: bom.map(Text::from_trusted),
            report_data: report_data.0,
        })
    }
}

/// Stores a new report in one statement. What it lacks of the company is taken from the user.
///
/// # Errors
/// [`Error::NotFound`] when there is no such user.
pub fn insert(tx: &mut Tx<'_>, new: NewReport) -> Result<Report> {
    let id = Id::generate();
    // The user's row is locked against deletion, so that no living report is left behind one.
    let stored = statement(
        "INSERT INTO export.reports (id, user_id, product_name, destination_country, product_image_url, ingredients, bom,
                                     business_type, company_size, monthly_volume, price_range, payment_mode)
         SELECT ?, u.id, ?, ?, ?, ?, ?, coalesce(?, u.business_type), coalesce(?, u.company_size),
                coalesce(?, u.monthly_volume), ?, ?
           FROM export.users u WHERE u.id = ? AND u.deleted_at IS NULL FOR SHARE
         RETURNING business_type, company_size, monthly_volume",
    )
    .bind::<sql_types::Uuid, _>(id.uuid())
    .bind::<sql_types::Text, _>(new.product_name.as_str())
    .bind::<sql_types::Text, _>(new.destination_country.as_str())
    .bind::<Nullable<sql_types::Text>, _>(new.product_image_url.as_ref().map(WebUrl::as_str))
    .bind::<Nullable<sql_types::Text>, _>(new.ingredients.as_ref().map(Text::as_str))
    .bind::<Nullable<sql_types::Text>, _>(new.bom.as_ref().map(Text::as_str))
    .bind::<Nullable<sql_types::Text>, _>(new.business_type.map(BusinessType::as_str))
    .bind::<Nullable<sql_types::Text>, _>(new.company_size.map(CompanySize::as_str))
    .bind::<Nullable<sql_types::Integer>, _>(new.monthly_volume.map(MonthlyVolume::get))
    .bind::<Nullable<sql_types::Text>, _>(new.price_range.as_ref().map(Text::as_str))
    .bind::<Nullable<sql_types::Text>, _>(new.payment_mode.as_ref().map(Text::as_str))
    .bind::<sql_types::Uuid, _>(new.user_id.uuid())
    .get_result::<OfUser>(tx.pg)
    .optional()?;
    let OfUser { business_type, company_size, monthly_volume } = stored.ok_or(Error::NotFound("user"))?;
    let NewReport {
        user_id,
        product_name,
        destination_country,
        product_image_url,
        ingredients,
        bom,
        business_type: _,
        company_size: _,
        monthly_volume: _,
        price_range,
        payment_mode,
    } = new;
    let summary = ReportSummary {
        id,
        user_id,
        product_name,
        destination_country,
        product_image_url,
        business_type: business_type.0,
        company_size: company_size.0,
        monthly_volume: monthly_volume.map(|volume| volume.0),
        price_range,
        payment_mode,
        figures: Figures::default(),
        status: ReportStatus::Processing,
        failure_reason: None,
        row_version: 1,
        created_at: tx.now,
        updated_at: tx.now,
    };
    Ok(Report { summary, ingredients, bom, report_data: JsonObject::default() })
}

/// The report with this id.
///
/// # Errors
/// [`Error::NotFound`] when there is none, or it is deleted.
pub fn get(conn: &mut Conn<'_>, id: Id<Report>) -> Result<Report> {
    let row = ReportRow::query().filter(reports::id.eq(id.uuid())).first(conn.pg).optional()?;
    row.ok_or(Error::NotFound("report"))?.open(conn)
}

/// The report, kept from being changed or deleted until the end of the transaction: whatever stores a row that belongs to a
/// report begins with this, unless its statement takes the same lock itself.
///
/// # Errors
/// [`Error::NotFound`] when there is none, or it is deleted.
pub fn lock_shared(tx: &mut Tx<'_>, id: Id<Report>) -> Result<ReportSummary> {
    let living = reports::table.filter(reports::id.eq(id.uuid())).filter(reports::deleted_at.is_null());
    let row = living.select(SummaryRow::as_select()).for_share().first(tx.pg).optional()?;
    row.ok_or(Error::NotFound("report"))?.open(tx)
}
