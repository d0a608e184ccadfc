//! What exporters have done so far.

use chrono::{DateTime, Utc};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{self, Integer, Nullable, Numeric, Timestamptz};
use domain::Id;
use domain::export::{DaysSaved, NewExport, User, UserMetrics};
use uuid::Uuid;

use crate::database::column_types::Money;
use crate::database::statement::{BindNext, statement};
use crate::schema::export::{user_metrics, users};
use crate::{Access, Conn, Error, Result, Table, Tx, Verb};

/// What the shared machinery knows of this table.
pub const TABLE: Table = Table {
    access: Access::Owner("user_id"),
    end_users_may: &[Verb::Select, Verb::Update],
    ..Table::new("export", "user_metrics", "metrics")
};

#[derive(HasQuery, QueryableByName)]
#[diesel(table_name = user_metrics, check_for_backend(Pg))]
pub(super) struct UserMetricsRow {
    id: Uuid,
    user_id: Uuid,
    reports_generated: i32,
    certifications_completed: i32,
    documents_generated: i32,
    exports_completed: i32,
    timeline_reduction_days: i32,
    cost_savings: Money,
    last_export_date: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl From<UserMetricsRow> for UserMetrics {
    fn from(row: UserMetricsRow) -> Self {
        let UserMetricsRow {
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
        } = row;
        Self {
            id: Id::from_uuid(id),
            user_id: Id::from_uuid(user_id),
            reports_generated,
            certifications_completed,
            documents_generated,
            exports_completed,
            timeline_reduction_days,
            cost_savings: cost_savings.0,
            last_export_date,
            created_at,
            updated_at,
        }
    }
}

/// Stores the row of a new user, with nothing done yet.
pub fn insert(tx: &mut Tx<'_>, user: Id<User>) -> Result<()> {
    diesel::insert_into(user_metrics::table)
        .values((
            user_metrics::id.eq(Id::<UserMetrics>::generate().uuid()),
            user_metrics::user_id.eq(user.uuid()),
        ))
        .execute(tx.pg)?;
    Ok(())
}

/// The counts of a user.
///
/// # Errors
/// [`Error::NotFound`] when there is no such user, or it is deleted.
pub fn get_for_user(conn: &mut Conn<'_>, user: Id<User>) -> Result<UserMetrics> {
    let row: Option<UserMetricsRow> = user_metrics::table
        .inner_join(users::table)
        .filter(user_metrics::user_id.eq(user.uuid()))
        .filter(users::deleted_at.is_null())
        .select(UserMetricsRow::as_select())
        .first(conn.pg)
        .optional()?;
    row.map(UserMetrics::from).ok_or(Error::NotFound("user"))
}

/// Counts a completed report. It comes last in a transaction: whoever waits for a user's counts holds all that it needs, and
/// nobody waits for it. A completed certificate and a document count by the statement that stores them.
pub fn count_report(tx: &mut Tx<'_>, user: Id<User>) -> Result<()> {
    statement("UPDATE export.user_metrics SET reports_generated = reports_generated + 1 WHERE user_id = ?")
        .bind::<sql_types::Uuid, _>(user.uuid())
        .execute(tx.pg)?;
    Ok(())
}

/// Adds an export to a living user's counts; none where there is no such user, or the sums would be more than the columns
/// hold.
pub fn add_export(tx: &mut Tx<'_>, user: Id<User>, new: &NewExport) -> Result<Option<UserMetrics>> {
    let NewExport { exported_at, cost_savings, timeline_reduction_days } = *new;
    let row = statement(
        "UPDATE export.user_metrics m
            SET exports_completed = m.exports_completed + 1, cost_savings = m.cost_savings + new.savings,
                timeline_reduction_days = m.timeline_reduction_days + new.days,
                last_export_date = greatest(m.last_export_date, new.exported_at)
           FROM export.users u, (VALUES (?, ?, coalesce(?, now()))) AS new (savings, days, exported_at)
          WHERE u.id = ? AND u.deleted_at IS NULL AND m.user_id = u.id
            AND m.cost_savings + new.savings < 1e10 AND m.timeline_reduction_days::bigint + new.days < 2^31
         RETURNING m.id, m.user_id, m.reports_generated, m.certifications_completed, m.documents_generated,
                   m.exports_completed, m.timeline_reduction_days, m.cost_savings, m.last_export_date, m.created_at,
                   m.updated_at",
    )
    .bind::<Numeric, _>(cost_savings.to_bigdecimal())
    .bind::<Integer, _>(DaysSaved::get(timeline_reduction_days))
    .bind::<Nullable<Timestamptz>, _>(exported_at)
    .bind::<sql_types::Uuid, _>(user.uuid())
    .get_result::<UserMetricsRow>(tx.pg)
    .optional()?;
    Ok(row.map(UserMetrics::from))
}
