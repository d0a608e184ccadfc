//! `export.user_metrics`: what exporters have done so far.

use chrono::{DateTime, Utc};
use repository::domain::export::{DaysSaved, NewExport, User, UserMetrics};
use repository::domain::{Amount, Id, Invalid};
use serde::{Deserialize, Serialize};
use service::export::user_metrics;
use utoipa::ToSchema;

use super::{ExportRead, ExportWrite};
use crate::http::input::{DecimalText, time};
use crate::http::{ApiResult, Caller, Change, Json, PathId, Routes, Shown, add_routes};

pub(super) fn routes(routes: &mut Routes) {
    add_routes!(routes, "export users": get_user_metrics, add_export);
}

/// What an exporter has done so far. No count ever falls.
#[derive(Serialize, ToSchema)]
pub(super) struct UserMetricsBody {
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

/// An export that was done.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"cost_savings": "1250.50", "timeline_reduction_days": 12}))]
struct AddExport {
    /// Now when absent; not later.
    #[schema(value_type = Option<DateTime<Utc>>)]
    exported_at: Option<String>,
    /// Nothing when absent.
    cost_savings: Option<DecimalText>,
    /// None when absent.
    #[schema(minimum = 0, maximum = 3650)]
    timeline_reduction_days: Option<i64>,
}

impl AddExport {
    fn read(self) -> Result<NewExport, Invalid> {
        let mut fields = Invalid::collect();
        let exported_at = fields.take_optional("/exported_at", self.exported_at.as_deref().map(time));
        let savings = self.cost_savings.as_ref().map_or("0", DecimalText::as_str);
        let cost_savings = fields.take("/cost_savings", Amount::parse(savings));
        let days = DaysSaved::new(self.timeline_reduction_days.unwrap_or_default());
        let timeline_reduction_days = fields.take("/timeline_reduction_days", days);
        fields.build(|| {
            Some(NewExport {
                exported_at: exported_at?,
                cost_savings: cost_savings?,
                timeline_reduction_days: timeline_reduction_days?,
            })
        })
    }
}

/// Marks an export as done, and answers the counts with it.
///
/// There is no row of a mark: each request is another export, unless it is repeated with its `Idempotency-Key`.
#[utoipa::path(post, path = "/v1/export/users/{id}/exports")]
async fn add_export(
    change: Change<ExportWrite>,
    PathId(id): PathId<User>,
    Json(body): Json<AddExport>,
) -> ApiResult<Shown<UserMetricsBody>> {
    let new = body.read()?;
    change.write("export.add_export", move |tx| user_metrics::add_export(tx, id, &new)).await
}

/// Shows what an exporter has done so far.
#[utoipa::path(get, path = "/v1/export/users/{id}/metrics")]
async fn get_user_metrics(
    caller: Caller<ExportRead>,
    PathId(id): PathId<User>,
) -> ApiResult<Shown<UserMetricsBody>> {
    caller.read("export.get_user_metrics", move |conn| user_metrics::get(conn, id)).await
}
