//! Reports on what it takes to export a product to a country.

mod lists;
mod outcome;
mod row;

use std::sync::LazyLock;

use codec::Column;
use diesel::prelude::*;
use diesel::sql_types::{self, Nullable};
use domain::export::{
    BusinessType, CompanySize, Figures, MonthlyVolume, NewReport, Report, ReportChanges, ReportStatus,
    ReportSummary, User,
};
use domain::{Id, JsonObject, Text, WebUrl};
use uuid::Uuid;

use self::row::{OfUser, ReportChangesRow, ReportRow, SummaryRow};
use crate::database::column_types::TextColumn;
use crate::database::statement::{BindNext, statement};
use crate::root::{Root, check_version};
use crate::schema::export::reports;
use crate::{Access, Breakdown, Conn, Deletion, Error, Keep, Result, Rule, SealedColumn, Table, Tx, Verb};

pub use lists::{list, list_for_user};
pub use outcome::{complete, fail, retry, set_hs_code};

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
    breakdowns: &[Breakdown::new("status", "t.status")],
    ..Table::root("export", "reports", "report")
};

static ROOT: LazyLock<Root> = LazyLock::new(|| Root::of(&TABLE));

const FAILURE_REASON: Column = TABLE.column("failure_reason");

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

/// Refuses what is asked about a report that is absent or deleted.
///
/// # Errors
/// [`Error::NotFound`].
pub fn must_exist(conn: &mut Conn<'_>, id: Id<Report>) -> Result<()> {
    ROOT.must_exist(conn, id.uuid())
}

/// What became of the report with this id.
///
/// # Errors
/// [`Error::NotFound`] when there is none, or it is deleted.
pub fn status(conn: &mut Conn<'_>, id: Id<Report>) -> Result<ReportStatus> {
    let living = reports::table.filter(reports::id.eq(id.uuid())).filter(reports::deleted_at.is_null());
    let status: Option<TextColumn<ReportStatus>> =
        living.select(reports::status).first(conn.pg).optional()?;
    Ok(status.ok_or(Error::NotFound("report"))?.0)
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

/// The user of a report, which is kept from everything that [`lock`] keeps it from: what is decided by all rows that belong to
/// it begins with this, so that of two at once the later one sees what the earlier one stored.
///
/// # Errors
/// [`Error::NotFound`] when there is none, or it is deleted.
pub fn lock_owner(tx: &mut Tx<'_>, id: Id<Report>) -> Result<Id<User>> {
    let living = reports::table.filter(reports::id.eq(id.uuid())).filter(reports::deleted_at.is_null());
    let user: Option<Uuid> = living.select(reports::user_id).for_no_key_update().first(tx.pg).optional()?;
    user.map(Id::from_uuid).ok_or(Error::NotFound("report"))
}

/// The user of a report, as a value within a query: null where there is no such report, or it is deleted. What belongs to a
/// report is listed by both, because its index begins with both.
#[diesel::dsl::auto_type]
pub(super) fn owner_of_living(id: Uuid) -> _ {
    reports::table
        .filter(reports::id.eq(id))
        .filter(reports::deleted_at.is_null())
        .select(reports::user_id)
        .single_value()
}

/// The report, locked until the end of the transaction: nobody changes or deletes it meanwhile, or stores a row that belongs
/// to it. With `version`, only if the row still has it.
///
/// # Errors
/// [`Error::NotFound`] when there is none, or it is deleted; [`Error::StaleVersion`].
pub fn lock(tx: &mut Tx<'_>, id: Id<Report>, version: Option<i64>) -> Result<Report> {
    let row =
        ReportRow::query().filter(reports::id.eq(id.uuid())).for_no_key_update().first(tx.pg).optional()?;
    let row = row.ok_or(Error::NotFound("report"))?;
    check_version(version, row.summary.row_version)?;
    row.open(tx)
}

/// Changes the given fields of a report that [`lock`] holds. Whether its input may still change is for the caller to say.
pub fn update(tx: &mut Tx<'_>, locked: Report, changes: ReportChanges) -> Result<Report> {
    if changes.is_empty() {
        return Ok(locked);
    }
    diesel::update(reports::table.find(locked.summary.id.uuid()))
        .set(ReportChangesRow::from(changes))
        .returning(ReportRow::as_returning())
        .get_result(tx.pg)?
        .open(tx)
}

/// Deletes a report; [`restore`] brings it back until it is purged. What belongs to it is absent like the report.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::StaleVersion`] when `version` is given and is not the row's.
pub fn soft_delete(tx: &mut Tx<'_>, id: Id<Report>, version: Option<i64>) -> Result<Deletion> {
    ROOT.soft_delete(tx, id.uuid(), version)
}

/// Brings back a deleted report. One that is not deleted stays as it is.
///
/// # Errors
/// [`Error::NotFound`], also when its user is deleted.
pub fn restore(tx: &mut Tx<'_>, id: Id<Report>) -> Result<Report> {
    ROOT.restore_of_owner(tx, id.uuid())?;
    get(tx, id)
}
