//! What becomes of a report. Each change is one statement that names the state it begins in, so that of two at once one wins.

use bigdecimal::BigDecimal;
use diesel::prelude::*;
use domain::export::{Figures, HsCode, Report, ReportStatus, RiskScore, TimelineDays};
use domain::pii::NoteKind;
use domain::{Amount, Id, JsonObject, Note, Percentage};
use uuid::Uuid;

use super::FAILURE_REASON;
use super::row::ReportRow;
use crate::database::column_types::StoredJson;
use crate::database::sealed::{Sealed, seal};
use crate::schema::export::reports;
use crate::{Result, Tx};

/// Completes a report that is being processed; none where there is no such report.
pub fn complete(
    tx: &mut Tx<'_>,
    id: Id<Report>,
    figures: Figures,
    report_data: JsonObject,
) -> Result<Option<Report>> {
    let Figures { hs_code, hs_code_confidence, risk_score, estimated_cost, estimated_timeline_days } =
        figures;
    let row = diesel::update(living(id, ReportStatus::Processing))
        .set((
            reports::status.eq(ReportStatus::Completed.as_str()),
            reports::hs_code.eq(hs_code.as_ref().map(HsCode::as_str)),
            reports::hs_code_confidence.eq(hs_code_confidence.map(Percentage::to_bigdecimal)),
            reports::risk_score.eq(risk_score.map(RiskScore::get)),
            reports::estimated_cost.eq(estimated_cost.map(Amount::to_bigdecimal)),
            reports::estimated_timeline_days.eq(estimated_timeline_days.map(TimelineDays::get)),
            reports::report_data.eq(StoredJson(report_data)),
        ))
        .returning(ReportRow::as_returning())
        .get_result(tx.pg)
        .optional()?;
    row.map(|row| row.open(tx)).transpose()
}

/// Notes that the agent could not write a report that is being processed; none where there is no such report.
pub fn fail(tx: &mut Tx<'_>, id: Id<Report>, reason: Option<&Note>) -> Result<Option<Report>> {
    let reason = reason.map(|reason| seal(tx, &FAILURE_REASON, id.uuid(), reason)).transpose()?;
    let row = diesel::update(living(id, ReportStatus::Processing))
        .set((reports::status.eq(ReportStatus::Failed.as_str()), reports::failure_reason.eq(reason)))
        .returning(ReportRow::as_returning())
        .get_result(tx.pg)
        .optional()?;
    row.map(|row| row.open(tx)).transpose()
}

/// Lets the agent try again a report that failed; none where there is no such report.
pub fn retry(tx: &mut Tx<'_>, id: Id<Report>) -> Result<Option<Report>> {
    let row = diesel::update(living(id, ReportStatus::Failed))
        .set((
            reports::status.eq(ReportStatus::Processing.as_str()),
            reports::failure_reason.eq(None::<Sealed<NoteKind>>),
        ))
        .returning(ReportRow::as_returning())
        .get_result(tx.pg)
        .optional()?;
    row.map(|row| row.open(tx)).transpose()
}

/// Sets the HS code of a report that [`lock`](super::lock) holds, as a certain one, and the report that says so.
pub fn set_hs_code(
    tx: &mut Tx<'_>,
    id: Id<Report>,
    code: &HsCode,
    report_data: JsonObject,
) -> Result<Report> {
    diesel::update(reports::table.find(id.uuid()))
        .set((
            reports::hs_code.eq(code.as_str()),
            reports::hs_code_confidence.eq(BigDecimal::from(100)),
            reports::report_data.eq(StoredJson(report_data)),
        ))
        .returning(ReportRow::as_returning())
        .get_result(tx.pg)?
        .open(tx)
}

#[diesel::dsl::auto_type]
fn living(id: Id<Report>, status: ReportStatus) -> _ {
    let id: Uuid = id.uuid();
    let status: &'static str = status.as_str();
    reports::table
        .filter(reports::id.eq(id))
        .filter(reports::status.eq(status))
        .filter(reports::deleted_at.is_null())
}
