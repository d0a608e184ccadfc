//! Where an exporter stands, over all tables.

use repository::domain::export::{Dashboard, DocumentCounts, ReportCounts, User};
use serde::Serialize;
use service::export::user_metrics;
use utoipa::ToSchema;

use super::ExportRead;
use super::action_plan_progress::ProgressBody;
use super::certification_progress::CertificationSummaryBody;
use super::user_metrics::UserMetricsBody;
use crate::http::{ApiResult, Caller, PathId, Routes, Shown, add_routes};

pub(super) fn routes(routes: &mut Routes) {
    add_routes!(routes, "export users": get_dashboard);
}

/// Where an exporter stands, over all reports that are not deleted.
#[derive(Serialize, ToSchema)]
struct DashboardBody {
    metrics: UserMetricsBody,
    reports: ReportCountsBody,
    certifications: CertificationSummaryBody,
    action_plan: ProgressBody,
    documents: DocumentCountsBody,
}

/// How many documents there are.
#[derive(Serialize, ToSchema)]
struct DocumentCountsBody {
    total: u32,
    /// In which the checks find no error.
    valid: u32,
}

/// How many reports are in which state.
#[derive(Serialize, ToSchema)]
struct ReportCountsBody {
    processing: u32,
    completed: u32,
    failed: u32,
}

impl From<Dashboard> for DashboardBody {
    fn from(dashboard: Dashboard) -> Self {
        let Dashboard { metrics, reports, certifications, action_plan, documents } = dashboard;
        let DocumentCounts { total, valid } = documents;
        let ReportCounts { processing, completed, failed } = reports;
        Self {
            metrics: metrics.into(),
            reports: ReportCountsBody { processing, completed, failed },
            certifications: certifications.into(),
            action_plan: action_plan.into(),
            documents: DocumentCountsBody { total, valid },
        }
    }
}

/// Shows where an exporter stands.
#[utoipa::path(get, path = "/v1/export/users/{id}/dashboard")]
async fn get_dashboard(
    caller: Caller<ExportRead>,
    PathId(id): PathId<User>,
) -> ApiResult<Shown<DashboardBody>> {
    caller.read("export.get_dashboard", move |conn| user_metrics::dashboard(conn, id)).await
}
