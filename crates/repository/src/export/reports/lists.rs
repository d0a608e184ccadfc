//! Lists of reports: without what makes a report long.

use diesel::dsl::sql;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Nullable, Text};
use domain::export::{ReportFilter, ReportSummary, User};
use domain::{Id, Page, PageRequest, Position};

use super::row::SummaryRow;
use crate::keyset::after;
use crate::schema::export::reports;
use crate::{Conn, Result};

/// A user's reports that pass the filter, newest first.
pub fn list_for_user(
    conn: &mut Conn<'_>,
    user: Id<User>,
    filter: &ReportFilter,
    page: PageRequest,
) -> Result<Page<ReportSummary>> {
    load(conn, reports::table.filter(reports::user_id.eq(user.uuid())).into_boxed(), filter, page)
}

/// All users' reports that pass the filter, newest first.
pub fn list(conn: &mut Conn<'_>, filter: &ReportFilter, page: PageRequest) -> Result<Page<ReportSummary>> {
    load(conn, reports::table.into_boxed(), filter, page)
}

type Reports = reports::BoxedQuery<'static, Pg>;

fn load(
    conn: &mut Conn<'_>,
    all: Reports,
    filter: &ReportFilter,
    page: PageRequest,
) -> Result<Page<ReportSummary>> {
    let mut query = filtered(all, filter)
        .filter(reports::deleted_at.is_null())
        .order((reports::created_at.desc(), reports::id.desc()))
        .limit(page.limit.rows_and_one());
    if let Some(last) = page.after {
        query = query.filter(after(reports::created_at, reports::id, last));
    }
    let rows = query.select(SummaryRow::as_select()).load(conn.pg)?;
    Page::of(rows, page.limit, |row| Position { at: row.created_at, id: row.id })
        .try_map(|row| row.open(conn))
}

/// Only the conditions that are asked for stand in the statement, so that the planner sees how selective they are.
fn filtered(mut query: Reports, filter: &ReportFilter) -> Reports {
    let ReportFilter { status, hs_code, destination, from, to, min_risk, max_risk } = filter;
    if let Some(status) = status {
        query = query.filter(reports::status.eq(status.as_str()));
    }
    if let Some(prefix) = hs_code {
        // Compared byte by byte, in every locale, so that the index on the column serves. The colon comes right after the digits.
        query = query.filter(
            sql::<Nullable<Bool>>("hs_code ~>=~ ")
                .bind::<Text, _>(prefix.as_str().to_owned())
                .sql(" AND hs_code ~<~ ")
                .bind::<Text, _>(format!("{}:", prefix.as_str())),
        );
    }
    if let Some(destination) = destination {
        query = query.filter(reports::destination_country.eq(destination.as_str().to_owned()));
    }
    if let Some(from) = from {
        query = query.filter(reports::created_at.ge(*from));
    }
    if let Some(to) = to {
        query = query.filter(reports::created_at.lt(*to));
    }
    if let Some(least) = min_risk {
        query = query.filter(reports::risk_score.ge(least.get()));
    }
    if let Some(most) = max_risk {
        query = query.filter(reports::risk_score.le(most.get()));
    }
    query
}
