//! `export.reports`: what it takes to export a product to a country.

mod bodies;
mod requests;

use repository::domain::export::{Report, User};
use service::export::reports;

use super::{ExportRead, ExportWrite};
use crate::http::{
    ApiResult, Caller, Change, Created, Found, IfMatch, Json, KeysOnly, List, NoContent, OptionalJson,
    Paging, PathId, Query, Routes, add_routes,
};

use bodies::{ReportBody, ReportSummaryBody};
use requests::{CompleteReport, CreateReport, FailReport, ListReports, SetHsCode, UpdateReport};

pub(super) fn routes(routes: &mut Routes) {
    add_routes!(
        routes,
        "export reports": create_report, list_reports, list_user_reports, get_report, update_report,
        delete_report, restore_report, complete_report, fail_report, retry_report, set_hs_code
    );
}

/// Asks for a report, which begins as `processing`.
///
/// Where the request has no business type, size or volume, the user's are taken.
#[utoipa::path(post, path = "/v1/export/reports")]
async fn create_report(
    change: Change<ExportWrite>,
    Json(body): Json<CreateReport>,
) -> ApiResult<Created<ReportBody>> {
    let new = body.read()?;
    change.write("export.create_report", move |tx| reports::create(tx, new.clone())).await
}

/// Lists reports of all users, newest first, without what makes a report long.
#[utoipa::path(get, path = "/v1/export/reports")]
async fn list_reports(
    caller: Caller<KeysOnly<ExportRead>>,
    Query(query): Query<ListReports>,
    paging: Paging,
) -> ApiResult<List<ReportSummaryBody>> {
    let filter = query.filter()?;
    caller
        .list("export.list_reports", "", &paging, move |conn, page| reports::list(conn, &filter, page))
        .await
}

/// Lists a user's reports, newest first, without what makes a report long.
#[utoipa::path(get, path = "/v1/export/users/{id}/reports")]
async fn list_user_reports(
    caller: Caller<ExportRead>,
    PathId(user): PathId<User>,
    Query(query): Query<ListReports>,
    paging: Paging,
) -> ApiResult<List<ReportSummaryBody>> {
    let filter = query.filter()?;
    caller
        .list("export.list_user_reports", user, &paging, move |conn, page| {
            reports::list_for_user(conn, user, &filter, page)
        })
        .await
}

/// Shows a report with everything that stands in it.
#[utoipa::path(get, path = "/v1/export/reports/{id}")]
async fn get_report(caller: Caller<ExportRead>, PathId(id): PathId<Report>) -> ApiResult<Found<ReportBody>> {
    caller.read("export.get_report", move |conn| reports::get(conn, id)).await
}

/// Changes the input of a report that is not completed.
#[utoipa::path(patch, path = "/v1/export/reports/{id}", responses((
    status = 409, description = "`report_is_final`: the report is completed",
)))]
async fn update_report(
    change: Change<ExportWrite>,
    PathId(id): PathId<Report>,
    IfMatch(version): IfMatch,
    Json(body): Json<UpdateReport>,
) -> ApiResult<Found<ReportBody>> {
    let changes = body.read()?;
    change.write("export.update_report", move |tx| reports::update(tx, id, version, changes.clone())).await
}

/// Deletes a report with what hangs on it. Restoring brings it back, until it is purged.
#[utoipa::path(delete, path = "/v1/export/reports/{id}")]
async fn delete_report(
    change: Change<ExportWrite>,
    PathId(id): PathId<Report>,
    IfMatch(version): IfMatch,
) -> ApiResult<NoContent> {
    change.write("export.delete_report", move |tx| reports::delete(tx, id, version)).await
}

/// Brings back a deleted report.
#[utoipa::path(post, path = "/v1/export/reports/{id}/restore")]
async fn restore_report(
    change: Change<ExportWrite>,
    PathId(id): PathId<Report>,
) -> ApiResult<Found<ReportBody>> {
    change.write("export.restore_report", move |tx| reports::restore(tx, id)).await
}

/// Completes a report that is being processed.
///
/// The report is kept as it is written. A figure that is absent is taken from it: `hs_code.code`, `hs_code.confidence`,
/// `risk_score`, `costs.total` and `timeline.estimated_days`.
#[utoipa::path(post, path = "/v1/export/reports/{id}/complete", responses((
    status = 409, description = "`illegal_transition`: the report is not being processed",
)))]
async fn complete_report(
    change: Change<KeysOnly<ExportWrite>>,
    PathId(id): PathId<Report>,
    Json(body): Json<CompleteReport>,
) -> ApiResult<Found<ReportBody>> {
    let (figures, data) = body.read()?;
    change
        .write("export.complete_report", move |tx| reports::complete(tx, id, figures.clone(), data.clone()))
        .await
}

/// Notes that a report that is being processed could not be written.
#[utoipa::path(post, path = "/v1/export/reports/{id}/fail", responses((
    status = 409, description = "`illegal_transition`: the report is not being processed",
)))]
async fn fail_report(
    change: Change<KeysOnly<ExportWrite>>,
    PathId(id): PathId<Report>,
    OptionalJson(body): OptionalJson<FailReport>,
) -> ApiResult<Found<ReportBody>> {
    let reason = body.read()?;
    change.write("export.fail_report", move |tx| reports::fail(tx, id, reason.as_ref())).await
}

/// Lets the agent try again a report that failed.
#[utoipa::path(post, path = "/v1/export/reports/{id}/retry", responses((
    status = 409, description = "`illegal_transition`: the report has not failed",
)))]
async fn retry_report(
    change: Change<KeysOnly<ExportWrite>>,
    PathId(id): PathId<Report>,
) -> ApiResult<Found<ReportBody>> {
    change.write("export.retry_report", move |tx| reports::retry(tx, id)).await
}

/// Replaces the HS code of a completed report, in its figures and in what the agent wrote. It counts as certain.
#[utoipa::path(put, path = "/v1/export/reports/{id}/hs-code", responses((
    status = 409, description = "`report_not_completed`: the report has no HS code yet",
)))]
async fn set_hs_code(
    change: Change<ExportWrite>,
    PathId(id): PathId<Report>,
    Json(body): Json<SetHsCode>,
) -> ApiResult<Found<ReportBody>> {
    let code = body.read()?;
    change.write("export.set_hs_code", move |tx| reports::set_hs_code(tx, id, &code)).await
}
