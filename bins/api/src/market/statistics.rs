//! What happened on which day, and how much there is.

use chrono::{DateTime, Utc};
use repository::domain::market::{DailyReport, Figures};
use repository::domain::{Day, DayLimit, Invalid};
use serde::{Deserialize, Serialize};
use service::market::statistics::{self, Statistics, Totals};
use utoipa::{IntoParams, ToSchema};

use super::MarketRead;
use crate::http::{ApiResult, Caller, List, Paging, Query, Routes, Shown, add_routes};

pub(super) fn routes(routes: &mut Routes) {
    add_routes!(routes, "market reports": get_daily_figures, list_daily_reports, get_statistics);
}

/// What happened on a day of UTC.
#[derive(Serialize, ToSchema)]
struct FiguresBody {
    /// Conversations that were begun.
    conversations_created: i64,
    /// Messages that were stored, of all types.
    messages_sent: i64,
    /// Different buyers of the conversations that were begun.
    active_buyers: i64,
    /// Conversations that ended in a sale.
    completed_sales: i64,
}

impl From<Figures> for FiguresBody {
    fn from(figures: Figures) -> Self {
        let Figures { conversations_created, messages_sent, active_buyers, completed_sales } = figures;
        Self { conversations_created, messages_sent, active_buyers, completed_sales }
    }
}

/// What happened on a day, as it was when maintenance stored it.
#[derive(Serialize, ToSchema)]
struct DailyReportBody {
    #[schema(value_type = Date)]
    report_date: Day,
    figures: FiguresBody,
    created_at: DateTime<Utc>,
}

impl From<DailyReport> for DailyReportBody {
    fn from(DailyReport { report_date, figures, created_at }: DailyReport) -> Self {
        Self { report_date, figures: figures.into(), created_at }
    }
}

/// Today, and how it compares with yesterday; days of UTC.
#[derive(Serialize, ToSchema)]
struct StatisticsBody {
    /// Today.
    #[schema(value_type = Date)]
    date: Day,
    /// Its figures so far.
    today: FiguresBody,
    yesterday: FiguresBody,
    /// What is neither deleted nor hidden.
    totals: TotalsBody,
}

/// How many rows there are.
#[derive(Serialize, ToSchema)]
struct TotalsBody {
    products: i64,
    buyers: i64,
    conversations: i64,
    messages: i64,
}

impl From<Statistics> for StatisticsBody {
    fn from(Statistics { date, today, yesterday, totals }: Statistics) -> Self {
        let Totals { products, buyers, conversations, messages } = totals;
        let totals = TotalsBody { products, buyers, conversations, messages };
        Self { date, today: today.into(), yesterday: yesterday.into(), totals }
    }
}

/// Which day.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct DailyFigures {
    /// A day of UTC; today when absent.
    #[param(value_type = Option<Date>, example = "2026-03-02")]
    date: Option<String>,
}

/// Which reports.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct ListReports {
    /// From this day on.
    #[param(value_type = Option<Date>, example = "2026-03-01")]
    from: Option<String>,
    /// Before this day.
    #[param(value_type = Option<Date>, example = "2026-04-01")]
    to: Option<String>,
}

/// Shows the figures of a day as they are now. What was deleted counts, and what was erased does not.
#[utoipa::path(get, path = "/v1/market/statistics/daily")]
async fn get_daily_figures(
    caller: Caller<MarketRead>,
    Query(query): Query<DailyFigures>,
) -> ApiResult<Shown<FiguresBody>> {
    let mut fields = Invalid::collect();
    let day = fields.take_optional("/date", query.date.as_deref().map(Day::parse));
    let day = fields.build(|| day)?;
    caller.read("market.get_daily_figures", move |conn| statistics::daily(conn, day)).await
}

/// Lists the reports that maintenance has stored, newest first.
#[utoipa::path(get, path = "/v1/market/reports/daily")]
async fn list_daily_reports(
    caller: Caller<MarketRead>,
    Query(query): Query<ListReports>,
    paging: Paging,
) -> ApiResult<List<DailyReportBody>> {
    let mut fields = Invalid::collect();
    let from = fields.take_optional("/from", query.from.as_deref().map(DayLimit::from));
    let to = fields.take_optional("/to", query.to.as_deref().map(DayLimit::until));
    let (from, to) = fields.build(|| Some((from?, to?)))?;
    let (from, to) = (from.map(|limit| limit.day), to.map(|limit| limit.day));
    caller
        .list("market.list_daily_reports", format!("{from:?} {to:?}"), &paging, move |conn, page| {
            statistics::reports(conn, from, to, page)
        })
        .await
}

/// Shows today beside yesterday, and how much there is.
#[utoipa::path(get, path = "/v1/market/stats")]
async fn get_statistics(caller: Caller<MarketRead>) -> ApiResult<Shown<StatisticsBody>> {
    caller.read("market.get_statistics", statistics::all).await
}
