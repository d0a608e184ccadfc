//! What an export costs before it pays.

use chrono::{DateTime, Utc};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{self, Bool, Jsonb, Nullable};
use domain::Id;
use domain::export::{AnalysisData, FinanceAnalysis, FinanceFigures, Report};
use uuid::Uuid;

use crate::database::column_types::StoredJson;
use crate::database::statement::{BindNext, statement};
use crate::schema::export::{finance_analysis, reports};
use crate::{Access, Conn, Error, Result, Table, Tx, Verb};

/// What the shared machinery knows of this table.
pub const TABLE: Table = Table {
    access: Access::Owner("user_id"),
    end_users_may: &[Verb::Select],
    clear: &[
        ("working_capital_data", "the money that an export needs"),
        ("pre_shipment_credit_data", "credit"),
        ("rodtep_benefit_data", "what a scheme pays back"),
        ("gst_refund_data", "GST that is paid back"),
        ("cash_flow_timeline", "when money comes and goes"),
        ("financing_options", "ways to pay for it all"),
    ],
    ..Table::new("export", "finance_analysis", "finance analysis")
};

#[derive(Queryable, Selectable, QueryableByName)]
#[diesel(table_name = finance_analysis, check_for_backend(Pg))]
struct FinanceRow {
    id: Uuid,
    user_id: Uuid,
    report_id: Uuid,
    working_capital_data: StoredJson<AnalysisData>,
    pre_shipment_credit_data: Option<StoredJson<AnalysisData>>,
    rodtep_benefit_data: Option<StoredJson<AnalysisData>>,
    gst_refund_data: Option<StoredJson<AnalysisData>>,
    cash_flow_timeline: Option<StoredJson<AnalysisData>>,
    financing_options: Option<StoredJson<AnalysisData>>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

#[derive(QueryableByName)]
struct PutRow {
    #[diesel(embed)]
    analysis: FinanceRow,
    #[diesel(sql_type = Bool)]
    is_new: bool,
}

impl From<FinanceRow> for FinanceAnalysis {
    fn from(row: FinanceRow) -> Self {
        let FinanceRow {
            id,
            user_id,
            report_id,
            working_capital_data,
            pre_shipment_credit_data,
            rodtep_benefit_data,
            gst_refund_data,
            cash_flow_timeline,
            financing_options,
            created_at,
            updated_at,
        } = row;
        Self {
            id: Id::from_uuid(id),
            user_id: Id::from_uuid(user_id),
            report_id: Id::from_uuid(report_id),
            figures: FinanceFigures {
                working_capital_data: working_capital_data.0,
                pre_shipment_credit_data: pre_shipment_credit_data.map(|data| data.0),
                rodtep_benefit_data: rodtep_benefit_data.map(|data| data.0),
                gst_refund_data: gst_refund_data.map(|data| data.0),
                cash_flow_timeline: cash_flow_timeline.map(|data| data.0),
                financing_options: financing_options.map(|data| data.0),
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
pub fn put(tx: &mut Tx<'_>, report: Id<Report>, figures: &FinanceFigures) -> Result<(FinanceAnalysis, bool)> {
    let optional = |data: &Option<AnalysisData>| data.clone().map(StoredJson);
    // The report's row is locked against deletion, so that nothing living is left behind a deleted one. A row that was
    // inserted has never been locked or changed: its xmax is 0.
    let put = statement(
        "INSERT INTO export.finance_analysis AS f
                (id, user_id, report_id, working_capital_data, pre_shipment_credit_data, rodtep_benefit_data,
                 gst_refund_data, cash_flow_timeline, financing_options)
         SELECT ?, user_id, id, ?, ?, ?, ?, ?, ? FROM export.reports WHERE id = ? AND deleted_at IS NULL FOR SHARE
         ON CONFLICT (report_id) DO UPDATE
            SET working_capital_data = excluded.working_capital_data,
                pre_shipment_credit_data = excluded.pre_shipment_credit_data,
                rodtep_benefit_data = excluded.rodtep_benefit_data, gst_refund_data = excluded.gst_refund_data,
                cash_flow_timeline = excluded.cash_flow_timeline, financing_options = excluded.financing_options
         RETURNING f.*, f.xmax = 0 AS is_new",
    )
    .bind::<sql_types::Uuid, _>(Id::<FinanceAnalysis>::generate().uuid())
    .bind::<Jsonb, _>(StoredJson(&figures.working_capital_data))
    .bind::<Nullable<Jsonb>, _>(optional(&figures.pre_shipment_credit_data))
    .bind::<Nullable<Jsonb>, _>(optional(&figures.rodtep_benefit_data))
    .bind::<Nullable<Jsonb>, _>(optional(&figures.gst_refund_data))
    .bind::<Nullable<Jsonb>, _>(optional(&figures.cash_flow_timeline))
    .bind::<Nullable<Jsonb>, _>(optional(&figures.financing_options))
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
pub fn get_for_report(conn: &mut Conn<'_>, report: Id<Report>) -> Result<FinanceAnalysis> {
    let row: Option<FinanceRow> = finance_analysis::table
        .inner_join(reports::table.on(reports::id.eq(finance_analysis::report_id)))
        .filter(finance_analysis::report_id.eq(report.uuid()))
        .filter(reports::deleted_at.is_null())
        .select(FinanceRow::as_select())
        .first(conn.pg)
        .optional()?;
    row.map(FinanceAnalysis::from).ok_or(Error::NotFound("finance analysis"))
}
