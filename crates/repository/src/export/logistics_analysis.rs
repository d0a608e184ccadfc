//! How the goods of an export travel.

use chrono::{DateTime, Utc};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{self, Bool, Jsonb, Nullable};
use domain::Id;
use domain::export::{AnalysisData, LogisticsAnalysis, LogisticsFigures, Report};
use uuid::Uuid;

use crate::database::column_types::StoredJson;
use crate::database::statement::{BindNext, statement};
use crate::schema::export::{logistics_analysis, reports};
use crate::{Access, Conn, Error, Result, Table, Tx, Verb};

/// What the shared machinery knows of this table.
pub const TABLE: Table = Table {
    access: Access::Owner("user_id"),
    end_users_may: &[Verb::Select],
    clear: &[
        ("lcl_fcl_comparison", "how much of a container the goods fill"),
        ("rms_probability_data", "how likely customs is to examine them"),
        ("route_analysis", "the routes"),
        ("freight_estimate", "what the carriage costs"),
        ("insurance_recommendation", "which insurance to take"),
    ],
    ..Table::new("export", "logistics_analysis", "logistics analysis")
};

#[derive(Queryable, Selectable, QueryableByName)]
#[diesel(table_name = logistics_analysis, check_for_backend(Pg))]
struct LogisticsRow {
    id: Uuid,
    user_id: Uuid,
    report_id: Uuid,
    lcl_fcl_comparison: Option<StoredJson<AnalysisData>>,
    rms_probability_data: Option<StoredJson<AnalysisData>>,
    route_analysis: Option<StoredJson<AnalysisData>>,
    freight_estimate: Option<StoredJson<AnalysisData>>,
    insurance_recommendation: Option<StoredJson<AnalysisData>>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

#[derive(QueryableByName)]
struct PutRow {
    #[diesel(embed)]
    analysis: LogisticsRow,
    #[diesel(sql_type = Bool)]
    is_new: bool,
}

impl From<LogisticsRow> for LogisticsAnalysis {
    fn from(row: LogisticsRow) -> Self {
        let LogisticsRow {
            id,
            user_id,
            report_id,
            lcl_fcl_comparison,
            rms_probability_data,
            route_analysis,
            freight_estimate,
            insurance_recommendation,
            created_at,
            updated_at,
        } = row;
        Self {
            id: Id::from_uuid(id),
            user_id: Id::from_uuid(user_id),
            report_id: Id::from_uuid(report_id),
            figures: LogisticsFigures {
                lcl_fcl_comparison: lcl_fcl_comparison.map(|data| data.0),
                rms_probability_data: rms_probability_data.map(|data| data.0),
                route_analysis: route_analysis.map(|data| data.0),
                freight_estimate: freight_estimate.map(|data| data.0),
                insurance_recommendation: insurance_recommendation.map(|data| data.0),
            },
            created_at,
            updated_at,
        }
    }
}

/// Stores the analysis of a report over the one that is there, in one statement; answers whether there was none.
///
/// # Errors
/// [`Error::NotFound`] when there is no such report, or it is deleted.
pub fn put(
    tx: &mut Tx<'_>,
    report: Id<Report>,
    figures: &LogisticsFigures,
) -> Result<(LogisticsAnalysis, bool)> {
    let optional = |data: &Option<AnalysisData>| data.clone().map(StoredJson);
    // The report's row is locked against deletion, so that nothing living is left behind a deleted one. A row that was
    // inserted has never been locked or changed: its xmax is 0.
    let put = statement(
        "INSERT INTO export.logistics_analysis AS l
                (id, user_id, report_id, lcl_fcl_comparison, rms_probability_data, route_analysis, freight_estimate,
                 insurance_recommendation)
         SELECT ?, user_id, id, ?, ?, ?, ?, ? FROM export.reports WHERE id = ? AND deleted_at IS NULL FOR SHARE
         ON CONFLICT (report_id) DO UPDATE
            SET lcl_fcl_comparison = excluded.lcl_fcl_comparison,
                rms_probability_data = excluded.rms_probability_data, route_analysis = excluded.route_analysis,
                freight_estimate = excluded.freight_estimate,
                insurance_recommendation = excluded.insurance_recommendation
         RETURNING l.*, l.xmax = 0 AS is_new",
    )
    .bind::<sql_types::Uuid, _>(Id::<LogisticsAnalysis>::generate().uuid())
    .bind::<Nullable<Jsonb>, _>(optional(&figures.lcl_fcl_comparison))
    .bind::<Nullable<Jsonb>, _>(optional(&figures.rms_probability_data))
    .bind::<Nullable<Jsonb>, _>(optional(&figures.route_analysis))
    .bind::<Nullable<Jsonb>, _>(optional(&figures.freight_estimate))
    .bind::<Nullable<Jsonb>, _>(optional(&figures.insurance_recommendation))
    .bind::<sql_types::Uuid, _>(report.uuid())
    .get_result::<PutRow>(tx.pg)
    .optional()?;
    let PutRow { analysis, is_new } = put.ok_or(Error::NotFound("report"))?;
    Ok((analysis.into(), is_new))
}

/// The analysis of a report.
///
/// # Errors
/// [`Error::NotFound`] when there is none yet, or the report is deleted.
pub fn get_for_report(conn: &mut Conn<'_>, report: Id<Report>) -> Result<LogisticsAnalysis> {
    let row: Option<LogisticsRow> = logistics_analysis::table
        .inner_join(reports::table.on(reports::id.eq(logistics_analysis::report_id)))
        .filter(logistics_analysis::report_id.eq(report.uuid()))
        .filter(reports::deleted_at.is_null())
        .select(LogisticsRow::as_select())
        .first(conn.pg)
        .optional()?;
    row.map(LogisticsAnalysis::from).ok_or(Error::NotFound("logistics analysis"))
}
