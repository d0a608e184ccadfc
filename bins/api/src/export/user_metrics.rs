//! `export.user_metrics`: what exporters have done so far.

use chrono::{DateTime, Utc};
use repository::domain::Id;
use repository::domain::export::{User, UserMetrics};
use serde::Serialize;
use service::export::user_metrics;
use utoipa::ToSchema;

use super::ExportRead;
use crate::http::{ApiResult, Caller, PathId, Routes, Shown, add_routes};

pub(super) fn routes(routes: &mut Routes) {
    add_routes!(routes, "export users": get_user_metrics);
}

/// What an exporter has done so far. No count ever falls.
#[derive(Serialize, ToSchema)]
struct UserMetricsBody {
    #[schema(value_type = Uuid)]
    id: Id<UserMetrics>,
    #[schema(value_type = Uuid)]
    user_id: Id<User>,
    /// Reports that were completed.
    reports_generated: i32,
    /// Certificates that were completed.
    certifications_completed: i32,
    /// Documents that were made.
    documents_generated: i32,
    /// Exports that were marked as done.
    exports_completed: i32,
    /// Days saved by all exports together.
    timeline_reduction_days: i32,
    /// Costs saved by all exports together.
    #[schema(example = "1251.00")]
    cost_savings: String,
    /// When the latest of the exports was.
    last_export_date: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl From<UserMetrics> for UserMetricsBody {
    fn from(metrics: UserMetrics) -> Self {
        let UserMetrics {
            id,
            user_id,
            reports_generated,
            certifications_completed,
            documents_generated,
            exports_completed,
            timeline_reduction_days,
            cost_savings,
            last_export_date,
            created_at,
            updated_at,
        } = metrics;
        Self {
            id,
            user_id,
            reports_generated,
            certifications_completed,
            documents_generated,
            exports_completed,
            timeline_reduction_days,
            cost_savings: cost_savings.to_string(),
            last_export_date,
            created_at,
            updated_at,
        }
    }
}

/// Shows what an exporter has done so far.
#[utoipa::path(get, path = "/v1/export/users/{id}/metrics")]
async fn get_user_metrics(
    caller: Caller<ExportRead>,
    PathId(id): PathId<User>,
) -> ApiResult<Shown<UserMetricsBody>> {
    caller.read("export.get_user_metrics", move |conn| user_metrics::get(conn, id)).await
}
