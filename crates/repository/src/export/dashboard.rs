//! Where an exporter stands, over all tables.

use diesel::prelude::*;
use diesel::sql_types::{self, BigInt};
use domain::Id;
use domain::export::{
    CertificationSummary, Dashboard, DocumentCounts, Progress, ReportCounts, User, UserMetrics,
};

use super::user_metrics::UserMetricsRow;
use crate::database::statement::{BindNext, statement};
use crate::{Conn, Error, Result};

#[derive(QueryableByName)]
struct DashboardRow {
    #[diesel(embed)]
    metrics: UserMetricsRow,
    #[diesel(sql_type = BigInt)]
    reports_processing: i64,
    #[diesel(sql_type = BigInt)]
    reports_completed: i64,
    #[diesel(sql_type = BigInt)]
    reports_failed: i64,
    #[diesel(sql_type = BigInt)]
    certificates_not_started: i64,
    #[diesel(sql_type = BigInt)]
    certificates_in_progress: i64,
    #[diesel(sql_type = BigInt)]
    certificates_completed: i64,
    #[diesel(sql_type = BigInt)]
    certificates_rejected: i64,
    #[diesel(sql_type = BigInt)]
    tasks: i64,
    #[diesel(sql_type = BigInt)]
    tasks_completed: i64,
    #[diesel(sql_type = BigInt)]
    documents: i64,
    #[diesel(sql_type = BigInt)]
    documents_valid: i64,
}

/// The figures of a user, read at one moment in one statement.
///
/// # Errors
/// [`Error::NotFound`] when there is no such user, or it is deleted.
pub fn for_user(conn: &mut Conn<'_>, user: Id<User>) -> Result<Dashboard> {
    let row = statement(
        "WITH living AS MATERIALIZED (
             SELECT r.id, r.user_id, r.status FROM export.reports r WHERE r.user_id = ? AND r.deleted_at IS NULL),
         reports AS (
             SELECT count(*) FILTER (WHERE status = 'processing') AS reports_processing,
                    count(*) FILTER (WHERE status = 'completed') AS reports_completed,
                    count(*) FILTER (WHERE status = 'failed') AS reports_failed
               FROM living),
         certificates AS (
             SELECT count(*) FILTER (WHERE c.status = 'not_started') AS certificates_not_started,
                    count(*) FILTER (WHERE c.status = 'in_progress') AS certificates_in_progress,
                    count(*) FILTER (WHERE c.status = 'completed') AS certificates_completed,
                    count(*) FILTER (WHERE c.status = 'rejected') AS certificates_rejected
               FROM living JOIN export.certification_progress c ON c.report_id = living.id AND c.user_id = living.user_id),
         tasks AS (
             SELECT count(*) AS tasks, count(*) FILTER (WHERE t.completed) AS tasks_completed
               FROM living JOIN export.action_plan_progress t ON t.report_id = living.id AND t.user_id = living.user_id),
         documents AS (
             SELECT count(*) AS documents, count(*) FILTER (WHERE d.is_valid) AS documents_valid
               FROM living JOIN export.generated_documents d ON d.report_id = living.id AND d.user_id = living.user_id)
         SELECT m.id, m.user_id, m.reports_generated, m.certifications_completed, m.documents_generated,
                m.exports_completed, m.timeline_reduction_days, m.cost_savings, m.last_export_date, m.created_at,
                m.updated_at, reports.*, certificates.*, tasks.*, documents.*
           FROM export.users u JOIN export.user_metrics m ON m.user_id = u.id, reports, certificates, tasks, documents
          WHERE u.id = ? AND u.deleted_at IS NULL",
    )
    .bind::<sql_types::Uuid, _>(user.uuid())
    .bind::<sql_types::Uuid, _>(user.uuid())
    .get_result::<DashboardRow>(conn.pg)
    .optional()?;
    row.map(Dashboard::from).ok_or(Error::NotFound("user"))
}

impl From<DashboardRow> for Dashboard {
    fn from(row: DashboardRow) -> Self {
        let DashboardRow {
            metrics,
            reports_processing,
            reports_completed,
            reports_failed,
            certificates_not_started,
            certificates_in_progress,
            certificates_completed,
            certificates_rejected,
            tasks,
            tasks_completed,
            documents,
            documents_valid,
        } = row;
        let count = |rows: i64| u32::try_from(rows).unwrap_or(u32::MAX);
        Self {
            metrics: UserMetrics::from(metrics),
            reports: ReportCounts {
                processing: count(reports_processing),
                completed: count(reports_completed),
                failed: count(reports_failed),
            },
            certifications: CertificationSummary {
                not_started: count(certificates_not_started),
                in_progress: count(certificates_in_progress),
                completed: count(certificates_completed),
                rejected: count(certificates_rejected),
            },
            action_plan: Progress { total: count(tasks), completed: count(tasks_completed) },
            documents: DocumentCounts { total: count(documents), valid: count(documents_valid) },
        }
    }
}
