//! Reports, from the first input to the last word of the agent.

use domain::export::{
    Figures, HsCode, NewReport, Report, ReportChanges, ReportFilter, ReportStatus, ReportSummary, User,
    report_data,
};
use domain::{Id, JsonObject, Note, Page, PageRequest};
use repository::export::{reports, user_metrics};
use repository::{Conn, Tx};

use super::{conflicts, users};
use crate::{Error, Result};

pub(super) use repository::export::reports::must_exist;
pub use repository::export::reports::{get, list, restore, soft_delete as delete};

/// Makes a report that is being processed.
pub fn create(tx: &mut Tx<'_>, new: NewReport) -> Result<Report> {
    reports::insert(tx, new).map_err(|error| users::unknown(error.into()))
}

/// A user's reports that pass the filter, newest first.
pub fn list_for_user(
    conn: &mut Conn<'_>,
    user: Id<User>,
    filter: &ReportFilter,
    page: PageRequest,
) -> Result<Page<ReportSummary>> {
    let found = reports::list_for_user(conn, user, filter, page)?;
    if found.items.is_empty() {
        users::must_exist(conn, user)?;
    }
    Ok(found)
}

/// Changes the input of a report that is not completed, if it still has the given version.
pub fn update(
    tx: &mut Tx<'_>,
    id: Id<Report>,
    version: Option<i64>,
    changes: ReportChanges,
) -> Result<Report> {
    let report = reports::lock(tx, id, version)?;
    if !changes.is_empty() && report.summary.status == ReportStatus::Completed {
        let detail = "the report is completed: what it was made from cannot change any more";
        return Err(Error::conflict(&conflicts::REPORT_IS_FINAL, detail));
    }
    Ok(reports::update(tx, report, changes)?)
}

/// Completes a report that is being processed. A figure that is not given is taken from `report_data`.
pub fn complete(tx: &mut Tx<'_>, id: Id<Report>, given: Figures, data: JsonObject) -> Result<Report> {
    let figures = report_data::figures(given, &data)?;
    let completed = reports::complete(tx, id, figures, data)?;
    let report = stepped(tx, id, completed, ReportStatus::Completed)?;
    user_metrics::count_report(tx, report.summary.user_id)?;
    Ok(report)
}

/// Notes that the agent could not write a report that is being processed.
pub fn fail(tx: &mut Tx<'_>, id: Id<Report>, reason: Option<&Note>) -> Result<Report> {
    let failed = reports::fail(tx, id, reason)?;
    stepped(tx, id, failed, ReportStatus::Failed)
}

/// Lets the agent try again a report that failed.
pub fn retry(tx: &mut Tx<'_>, id: Id<Report>) -> Result<Report> {
    let retried = reports::retry(tx, id)?;
    stepped(tx, id, retried, ReportStatus::Processing)
}

/// Sets the HS code of a completed report, as a certain one, in its figures and in what the agent wrote.
pub fn set_hs_code(tx: &mut Tx<'_>, id: Id<Report>, code: &HsCode) -> Result<Report> {
    let report = reports::lock(tx, id, None)?;
    if report.summary.status != ReportStatus::Completed {
        let detail = format!(
            "the report is {}: only a completed one has an HS code to replace",
            report.summary.status
        );
        return Err(Error::conflict(&conflicts::REPORT_NOT_COMPLETED, detail));
    }
    let data = report_data::with_hs_code(report.report_data.clone(), code);
    if data == report.report_data && report.summary.figures.hs_code.as_ref() == Some(code) {
        return Ok(report);
    }
    Ok(reports::set_hs_code(tx, id, code, data)?)
}

/// The report after a step, or why the step was not made.
fn stepped(tx: &mut Tx<'_>, id: Id<Report>, report: Option<Report>, to: ReportStatus) -> Result<Report> {
    if let Some(report) = report {
        return Ok(report);
    }
    let detail = format!("a report that is {} cannot become {to}", reports::status(tx, id)?);
    Err(Error::conflict(&conflicts::ILLEGAL_TRANSITION, detail))
}
