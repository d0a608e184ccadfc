//! Certificates that reports need, and how far each has come.

use chrono::{DateTime, Utc};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{self, BigInt, Bool, Jsonb, Nullable, Timestamptz};
use domain::export::certification_progress::{DocumentName, MOST_CERTIFICATIONS};
use domain::export::{
    Certification, CertificationStatus, CertificationSummary, CertificationType, NewCertification, Report,
    User,
};
use domain::{Id, Page, PageRequest, Position, Text};
use uuid::Uuid;

use super::reports::{self, owner_of_living};
use crate::database::column_types::{StoredJson, TextColumn};
use crate::database::statement::{BindNext, statement};
use crate::keyset::after;
use crate::schema::export::{certification_progress, reports as reports_table};
use crate::{Access, Breakdown, Conn, Error, Result, Table, Tx, Verb};

/// What the shared machinery knows of this table.
pub const TABLE: Table = Table {
    access: Access::Owner("user_id"),
    end_users_may: &Verb::ALL,
    clear: &[
        ("certification_id", "what the agent calls a certificate"),
        ("certification_name", "which certificate it is"),
        ("documents_completed", "which documents are ready"),
        ("notes", "what people noted; a note may name people"),
    ],
    enums: &["certification_type", "status"],
    breakdowns: &[Breakdown::new("status", "t.status")],
    ..Table::new("export", "certification_progress", "certification")
};

#[derive(HasQuery, QueryableByName)]
#[diesel(table_name = certification_progress, check_for_backend(Pg))]
struct CertificationRow {
    id: Uuid,
    user_id: Uuid,
    report_id: Uuid,
    certification_id: String,
    certification_name: String,
    certification_type: TextColumn<CertificationType>,
    status: TextColumn<CertificationStatus>,
    documents_completed: StoredJson<Vec<DocumentName>>,
    notes: Option<String>,
    started_at: Option<DateTime<Utc>>,
    completed_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl From<CertificationRow> for Certification {
    fn from(row: CertificationRow) -> Self {
        let CertificationRow {
            id,
            user_id,
            report_id,
            certification_id,
            certification_name,
            certification_type,
            status,
            documents_completed,
            notes,
            started_at,
            completed_at,
            created_at,
            updated_at,
        } = row;
        Self {
            id: Id::from_uuid(id),
            report_id: Id::from_uuid(report_id),
            user_id: Id::from_uuid(user_id),
            certification_id: Text::from_trusted(certification_id),
            certification_name: Text::from_trusted(certification_name),
            certification_type: certification_type.0,
            status: status.0,
            documents_completed: documents_completed.0,
            notes: notes.map(Text::from_trusted),
            started_at,
            completed_at,
            created_at,
            updated_at,
        }
    }
}

/// What adding a certificate came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Added {
    /// It is new.
    New(Certification),
    /// The report has one of this name; it stays as it is.
    There(Certification),
    /// The report has as many as it may have.
    Full,
}

/// Adds a certificate to a report, unless it is there.
///
/// # Errors
/// [`Error::NotFound`] when there is no such report.
pub fn insert(tx: &mut Tx<'_>, new: NewCertification) -> Result<Added> {
    let (id, report) = (Id::generate(), new.report_id.uuid());
    let user = reports::lock_owner(tx, new.report_id)?;
    let stored = statement(
        "INSERT INTO export.certification_progress
                (id, report_id, user_id, certification_id, certification_name, certification_type, notes)
         SELECT ?, ?, ?, ?, ?, ?, ?
          WHERE (SELECT count(*) FROM export.certification_progress WHERE report_id = ?) < ?
         ON CONFLICT (report_id, certification_id) DO NOTHING",
    )
    .bind::<sql_types::Uuid, _>(id.uuid())
    .bind::<sql_types::Uuid, _>(report)
    .bind::<sql_types::Uuid, _>(user.uuid())
    .bind::<sql_types::Text, _>(new.certification_id.as_str())
    .bind::<sql_types::Text, _>(new.certification_name.as_str())
    .bind::<sql_types::Text, _>(new.certification_type.as_str())
    .bind::<Nullable<sql_types::Text>, _>(new.notes.as_ref().map(Text::as_str))
    .bind::<sql_types::Uuid, _>(report)
    .bind::<BigInt, _>(MOST_CERTIFICATIONS)
    .execute(tx.pg)?;
    if stored == 1 {
        return Ok(Added::New(made(tx, id, user, new)));
    }
    let there = CertificationRow::query()
        .filter(certification_progress::report_id.eq(report))
        .filter(certification_progress::certification_id.eq(new.certification_id.as_str()))
        .first(tx.pg)
        .optional()?;
    Ok(there.map_or(Added::Full, |row| Added::There(row.into())))
}

/// A certificate that was stored just now.
fn made(tx: &Tx<'_>, id: Id<Certification>, user_id: Id<User>, new: NewCertification) -> Certification {
    let NewCertification { report_id, certification_id, certification_name, certification_type, notes } = new;
    Certification {
        id,
        report_id,
        user_id,
        certification_id,
        certification_name,
        certification_type,
        status: CertificationStatus::NotStarted,
        documents_completed: Vec::new(),
        notes,
        started_at: None,
        completed_at: None,
        created_at: tx.now,
        updated_at: tx.now,
    }
}

/// The certificate with this id.
///
/// # Errors
/// [`Error::NotFound`] when there is none, or its report is deleted.
pub fn get(conn: &mut Conn<'_>, id: Id<Certification>) -> Result<Certification> {
    let row: Option<CertificationRow> = certification_progress::table
        .inner_join(reports_table::table.on(reports_table::id.eq(certification_progress::report_id)))
        .filter(certification_progress::id.eq(id.uuid()))
        .filter(reports_table::deleted_at.is_null())
        .select(CertificationRow::as_select())
        .first(conn.pg)
        .optional()?;
    row.map(Certification::from).ok_or(Error::NotFound("certification"))
}

/// The certificate, locked until the end of the transaction, and its report kept from deletion.
///
/// # Errors
/// [`Error::NotFound`] when there is none, or its report is deleted.
pub fn lock(tx: &mut Tx<'_>, id: Id<Certification>) -> Result<Certification> {
    let row = statement(
        "WITH report AS (SELECT r.id FROM export.reports r JOIN export.certification_progress c ON c.report_id = r.id
                          WHERE c.id = ? AND r.deleted_at IS NULL FOR SHARE OF r)
         SELECT c.id, c.user_id, c.report_id, c.certification_id, c.certification_name, c.certification_type, c.status,
                c.documents_completed, c.notes, c.started_at, c.completed_at, c.created_at, c.updated_at
           FROM export.certification_progress c JOIN report ON report.id = c.report_id
          WHERE c.id = ? FOR NO KEY UPDATE OF c",
    )
    .bind::<sql_types::Uuid, _>(id.uuid())
    .bind::<sql_types::Uuid, _>(id.uuid())
    .get_result::<CertificationRow>(tx.pg)
    .optional()?;
    row.map(Certification::from).ok_or(Error::NotFound("certification"))
}

/// Stores what became of a certificate that [`lock`] holds, and counts it among the user's where it was completed. One that
/// is the same as before costs nothing.
pub fn update(tx: &mut Tx<'_>, locked: &Certification, changed: Certification) -> Result<Certification> {
    if changed == *locked {
        return Ok(changed);
    }
    let is_completed_now = locked.completed_at.is_none() && changed.completed_at.is_some();
    statement(
        "WITH changed AS (
             UPDATE export.certification_progress
                SET certification_name = ?, certification_type = ?, status = ?, documents_completed = ?, notes = ?,
                    started_at = ?, completed_at = ?
              WHERE id = ? RETURNING user_id)
         UPDATE export.user_metrics m SET certifications_completed = m.certifications_completed + 1
           FROM changed WHERE m.user_id = changed.user_id AND ?",
    )
    .bind::<sql_types::Text, _>(changed.certification_name.as_str())
    .bind::<sql_types::Text, _>(changed.certification_type.as_str())
    .bind::<sql_types::Text, _>(changed.status.as_str())
    .bind::<Jsonb, _>(StoredJson(&changed.documents_completed))
    .bind::<Nullable<sql_types::Text>, _>(changed.notes.as_ref().map(Text::as_str))
    .bind::<Nullable<Timestamptz>, _>(changed.started_at)
    .bind::<Nullable<Timestamptz>, _>(changed.completed_at)
    .bind::<sql_types::Uuid, _>(changed.id.uuid())
    .bind::<Bool, _>(is_completed_now)
    .execute(tx.pg)?;
    Ok(Certification { updated_at: tx.now, ..changed })
}

/// Removes a certificate. What it added to the user's counts stays.
///
/// # Errors
/// [`Error::NotFound`] when there is none, or its report is deleted.
pub fn delete(tx: &mut Tx<'_>, id: Id<Certification>) -> Result<()> {
    let deleted = statement(
        "WITH report AS (SELECT r.id FROM export.reports r JOIN export.certification_progress c ON c.report_id = r.id
                          WHERE c.id = ? AND r.deleted_at IS NULL FOR SHARE OF r)
         DELETE FROM export.certification_progress c USING report WHERE c.id = ? AND c.report_id = report.id",
    )
    .bind::<sql_types::Uuid, _>(id.uuid())
    .bind::<sql_types::Uuid, _>(id.uuid())
    .execute(tx.pg)?;
    if deleted == 0 { Err(Error::NotFound("certification")) } else { Ok(()) }
}

/// A report's certificates, newest first. A report that is absent or deleted has none.
pub fn list_for_report(
    conn: &mut Conn<'_>,
    report: Id<Report>,
    page: PageRequest,
) -> Result<Page<Certification>> {
    let mut query = CertificationRow::query()
        .filter(certification_progress::report_id.eq(report.uuid()))
        .filter(certification_progress::user_id.nullable().eq(owner_of_living(report.uuid())))
        .order((certification_progress::created_at.desc(), certification_progress::id.desc()))
        .limit(page.limit.rows_and_one())
        .into_boxed();
    if let Some(last) = page.after {
        query = query.filter(after(certification_progress::created_at, certification_progress::id, last));
    }
    let rows = query.load(conn.pg)?;
    Ok(Page::of(rows, page.limit, |row| Position { at: row.created_at, id: row.id }).map(Certification::from))
}

#[derive(QueryableByName)]
pub(super) struct SummaryRow {
    #[diesel(sql_type = BigInt)]
    not_started: i64,
    #[diesel(sql_type = BigInt)]
    in_progress: i64,
    #[diesel(sql_type = BigInt)]
    completed: i64,
    #[diesel(sql_type = BigInt)]
    rejected: i64,
}

impl From<SummaryRow> for CertificationSummary {
    fn from(row: SummaryRow) -> Self {
        let SummaryRow { not_started, in_progress, completed, rejected } = row;
        let count = |rows: i64| u32::try_from(rows).unwrap_or(u32::MAX);
        Self {
            not_started: count(not_started),
            in_progress: count(in_progress),
            completed: count(completed),
            rejected: count(rejected),
        }
    }
}

/// How many of a report's certificates are how far.
///
/// # Errors
/// [`Error::NotFound`] when there is no such report, or it is deleted.
pub fn summary(conn: &mut Conn<'_>, report: Id<Report>) -> Result<CertificationSummary> {
    let row = statement(
        "SELECT count(*) FILTER (WHERE c.status = 'not_started') AS not_started,
                count(*) FILTER (WHERE c.status = 'in_progress') AS in_progress,
                count(*) FILTER (WHERE c.status = 'completed') AS completed,
                count(*) FILTER (WHERE c.status = 'rejected') AS rejected
           FROM export.reports r
           LEFT JOIN export.certification_progress c ON c.report_id = r.id AND c.user_id = r.user_id
          WHERE r.id = ? AND r.deleted_at IS NULL GROUP BY r.id",
    )
    .bind::<sql_types::Uuid, _>(report.uuid())
    .get_result::<SummaryRow>(conn.pg)
    .optional()?;
    row.map(CertificationSummary::from).ok_or(Error::NotFound("report"))
}
