//! What exporters have done so far.

use chrono::{DateTime, Utc};
use diesel::pg::Pg;
use diesel::prelude::*;
use domain::Id;
use domain::export::{User, UserMetrics};
use uuid::Uuid;

use crate::database::column_types::Money;
use crate::schema::export::{user_metrics, users};
use crate::{Access, Conn, Error, Result, Table, Tx, Verb};

/// What the shared machinery knows of this table.
pub const TABLE: Table = Table {
    access: Access::Owner("user_id"),
    end_users_may: &[Verb::Select, Verb::Update],
    ..Table::new("export", "user_metrics", "metrics")
};

#[derive(HasQuery)]
#[diesel(table_name = user_metrics, check_for_backend(Pg))]
struct UserMetricsRow {
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
