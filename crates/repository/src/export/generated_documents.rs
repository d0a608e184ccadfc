//! Documents of an export.

use chrono::{DateTime, Utc};
use codec::Column;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{self, Bool, Jsonb, Nullable, Record};
use domain::export::generated_documents::{DocumentKind, Exporter, Finding, Others, is_valid};
use domain::export::{
    DocumentData, DocumentFilter, DocumentSummary, DocumentType, GeneratedDocument, GeneratedDocumentChanges,
    NewGeneratedDocument, Report,
};
use domain::{Id, Page, PageRequest, Position, WebUrl};
use uuid::Uuid;

use super::reports::owner_of_living;
use crate::database::column_types::{StoredJson, TextColumn};
use crate::database::sealed::{Bidx, Sealed, blind_index, seal, sql_types as sealed_types};
use crate::database::statement::{BindNext, statement};
use crate::keyset::after;
use crate::schema::export::{generated_documents, reports};
use crate::{Access, Conn, Error, Result, SealedColumn, Table, Tx, Verb};

/// What the shared machinery knows of this table.
pub const TABLE: Table = Table {
    access: Access::Owner("user_id"),
    end_users_may: &Verb::ALL,
    sealed: &[SealedColumn { is_json: true, ..SealedColumn::indexed::<DocumentKind>("document_data") }],
    clear: &[
        ("pdf_url", "where a document can be printed from"),
        ("editable_url", "where it can be edited"),
        ("validation_results", "which fields of a document are missing or wrong, and by how much a total is"),
    ],
    enums: &["document_type"],
    ..Table::new("export", "generated_documents", "document")
};

const DOCUMENT_DATA: Column = TABLE.column("document_data");

/// The columns that lists show.
#[derive(Queryable, Selectable, QueryableByName)]
#[diesel(table_name = generated_documents, check_for_backend(Pg))]
struct SummaryRow {
    id: Uuid,
    user_id: Uuid,
    report_id: Uuid,
    document_type: TextColumn<DocumentType>,
    pdf_url: Option<String>,
    editable_url: Option<String>,
    validation_results: Option<StoredJson<Vec<Finding>>>,
    is_valid: bool,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

#[derive(Queryable, Selectable, QueryableByName)]
#[diesel(table_name = generated_documents, check_for_backend(Pg))]
struct DocumentRow {
    #[diesel(embed)]
    summary: SummaryRow,
    document_data: Sealed<DocumentKind>,
}

#[derive(AsChangeset)]
#[diesel(table_name = generated_documents)]
struct ChangesRow {
    document_data: Option<Sealed<DocumentKind>>,
    document_data_bidx: Option<Option<Bidx>>,
    pdf_url: Option<Option<String>>,
    editable_url: Option<Option<String>>,
    validation_results: StoredJson<Vec<Finding>>,
    is_valid: bool,
}

#[derive(QueryableByName)]
struct OthersRow {
    #[diesel(sql_type = Nullable<Record<(sql_types::Uuid, sealed_types::Sealed)>>)]
    counterpart: Option<(Uuid, Sealed<DocumentKind>)>,
    #[diesel(sql_type = Bool)]
    number_is_taken: bool,
}

#[derive(QueryableByName)]
struct OwnerRow {
    #[diesel(sql_type = sql_types::Uuid)]
    user_id: Uuid,
}

impl From<SummaryRow> for DocumentSummary {
    fn from(row: SummaryRow) -> Self {
        let SummaryRow {
            id,
            user_id,
            report_id,
            document_type,
            pdf_url,
            editable_url,
            validation_results,
            is_valid,
            created_at,
            updated_at,
        } = row;
        Self {
            id: Id::from_uuid(id),
            user_id: Id::from_uuid(user_id),
            report_id: Id::from_uuid(report_id),
            document_type: document_type.0,
            pdf_url: pdf_url.map(WebUrl::from_trusted),
            editable_url: editable_url.map(WebUrl::from_trusted),
            validation_results: validation_results.map(|findings| findings.0).unwrap_or_default(),
            is_valid,
            created_at,
            updated_at,
        }
    }
}

impl DocumentRow {
    fn open(self, conn: &Conn<'_>) -> Result<GeneratedDocument> {
        let Self { summary, document_data } = self;
        let data = open_data(conn, summary.id, document_data)?;
        Ok(GeneratedDocument { summary: summary.into(), data })
    }
}

fn open_data(conn: &Conn<'_>, id: Uuid, sealed: Sealed<DocumentKind>) -> Result<DocumentData> {
    let stored = sealed.open(conn, &DOCUMENT_DATA, id)?;
    DocumentData::open(&stored).map_err(|error| Error::Invalid(format!("document {id}: {error}")))
}

/// What an invoice with a number is found by; none for other documents.
fn index_of(conn: &Conn<'_>, kind: DocumentType, data: &DocumentData) -> Result<Option<Bidx>> {
    if kind != DocumentType::CommercialInvoice || data.invoice_number().is_none() {
        return Ok(None);
    }
    blind_index(conn, &DOCUMENT_DATA, &data.stored()).map(Some)
}

/// What the checks of a document of this type must know of the other documents of the report, in one statement. `except` is
/// the document itself, where it is stored already.
///
/// # Errors
/// [`Error::NotFound`] when there is no such report, or it is deleted.
pub fn find_others(
    conn: &mut Conn<'_>,
    report: Id<Report>,
    kind: DocumentType,
    data: &DocumentData,
    except: Option<Id<GeneratedDocument>>,
) -> Result<Others> {
    let found = statement(
        "SELECT (SELECT ROW(d.id, d.document_data) FROM export.generated_documents d
                  WHERE d.report_id = r.id AND d.document_type = ?
                  ORDER BY d.created_at DESC, d.id DESC LIMIT 1) AS counterpart,
                EXISTS (SELECT FROM export.generated_documents d
                         WHERE d.report_id = r.id AND d.document_data_bidx = ?
                           AND d.id IS DISTINCT FROM ?) AS number_is_taken
           FROM export.reports r WHERE r.id = ? AND r.deleted_at IS NULL",
    )
    .bind::<Nullable<sql_types::Text>, _>(kind.counterpart().map(DocumentType::as_str))
    .bind::<Nullable<sql_types::Binary>, _>(index_of(conn, kind, data)?)
    .bind::<Nullable<sql_types::Uuid>, _>(except.map(Id::uuid))
    .bind::<sql_types::Uuid, _>(report.uuid())
    .get_result::<OthersRow>(conn.pg)
    .optional()?;
    let OthersRow { counterpart, number_is_taken } = found.ok_or(Error::NotFound("report"))?;
    let counterpart = counterpart.map(|(id, sealed)| open_data(conn, id, sealed)).transpose()?;
    Ok(Others { exporter: counterpart.as_ref().map(Exporter::of), number_is_taken })
}

/// Stores a new document with what was found in it, and counts it among the user's, in one statement.
///
/// # Errors
/// [`Error::NotFound`] when there is no such report, or it is deleted.
pub fn insert(
    tx: &mut Tx<'_>,
    new: NewGeneratedDocument,
    findings: Vec<Finding>,
) -> Result<GeneratedDocument> {
    let id = Id::generate();
    let NewGeneratedDocument { report_id, document_type, data, pdf_url, editable_url } = new;
    let is_valid = is_valid(&findings);
    // The report's row is locked against deletion, so that nothing living is left behind a deleted one.
    let stored = statement(
        "WITH document AS (
             INSERT INTO export.generated_documents (id, user_id, report_id, document_type, document_data,
                                                     document_data_bidx, pdf_url, editable_url, validation_results, is_valid)
             SELECT ?, user_id, id, ?, ?, ?, ?, ?, ?, ? FROM export.reports WHERE id = ? AND deleted_at IS NULL FOR SHARE
             RETURNING user_id),
             counted AS (UPDATE export.user_metrics m SET documents_generated = m.documents_generated + 1
                           FROM document WHERE m.user_id = document.user_id)
         SELECT user_id FROM document",
    )
    .bind::<sql_types::Uuid, _>(id.uuid())
    .bind::<sql_types::Text, _>(document_type.as_str())
    .bind::<sealed_types::Sealed, _>(seal(tx, &DOCUMENT_DATA, id.uuid(), &data.stored())?)
    .bind::<Nullable<sql_types::Binary>, _>(index_of(tx, document_type, &data)?)
    .bind::<Nullable<sql_types::Text>, _>(pdf_url.as_ref().map(WebUrl::as_str))
    .bind::<Nullable<sql_types::Text>, _>(editable_url.as_ref().map(WebUrl::as_str))
    .bind::<Jsonb, _>(StoredJson(&findings))
    .bind::<Bool, _>(is_valid)
    .bind::<sql_types::Uuid, _>(report_id.uuid())
    .get_result::<OwnerRow>(tx.pg)
    .optional()?;
    let OwnerRow { user_id } = stored.ok_or(Error::NotFound("report"))?;
    let summary = DocumentSummary {
        id,
        user_id: Id::from_uuid(user_id),
        report_id,
        document_type,
        pdf_url,
        editable_url,
        validation_results: findings,
        is_valid,
        created_at: tx.now,
        updated_at: tx.now,
    };
    Ok(GeneratedDocument { summary, data })
}

/// The document with this id.
///
/// # Errors
/// [`Error::NotFound`] when there is none, or its report is deleted.
pub fn get(conn: &mut Conn<'_>, id: Id<GeneratedDocument>) -> Result<GeneratedDocument> {
    let row: Option<DocumentRow> = generated_documents::table
        .inner_join(reports::table.on(reports::id.eq(generated_documents::report_id)))
        .filter(generated_documents::id.eq(id.uuid()))
        .filter(reports::deleted_at.is_null())
        .select(DocumentRow::as_select())
        .first(conn.pg)
        .optional()?;
    row.ok_or(Error::NotFound("document"))?.open(conn)
}

/// The document, locked until the end of the transaction with its report: others of the report are checked before or after.
///
/// # Errors
/// [`Error::NotFound`] when there is none, or its report is deleted.
pub fn lock(tx: &mut Tx<'_>, id: Id<GeneratedDocument>) -> Result<GeneratedDocument> {
    let row = statement(
        "SELECT d.id, d.user_id, d.report_id, d.document_type, d.document_data, d.pdf_url, d.editable_url,
                d.validation_results, d.is_valid, d.created_at, d.updated_at
           FROM export.reports r JOIN export.generated_documents d ON d.report_id = r.id
          WHERE d.id = ? AND r.deleted_at IS NULL FOR NO KEY UPDATE OF r, d",
    )
    .bind::<sql_types::Uuid, _>(id.uuid())
    .get_result::<DocumentRow>(tx.pg)
    .optional()?;
    row.ok_or(Error::NotFound("document"))?.open(tx)
}

/// Changes the given fields of a document that [`lock`] holds, and stores what was found in it.
pub fn update(
    tx: &mut Tx<'_>,
    locked: &GeneratedDocument,
    changes: GeneratedDocumentChanges,
    findings: Vec<Finding>,
) -> Result<GeneratedDocument> {
    let DocumentSummary { id, document_type, .. } = locked.summary;
    let GeneratedDocumentChanges { data, pdf_url, editable_url } = changes;
    let seal = |data: &DocumentData| seal(tx, &DOCUMENT_DATA, id.uuid(), &data.stored());
    let row = ChangesRow {
        document_data: data.as_ref().map(seal).transpose()?,
        document_data_bidx: data.as_ref().map(|data| index_of(tx, document_type, data)).transpose()?,
        pdf_url: pdf_url.map(|url| url.map(WebUrl::into_string)),
        editable_url: editable_url.map(|url| url.map(WebUrl::into_string)),
        is_valid: is_valid(&findings),
        validation_results: StoredJson(findings),
    };
    let summary: SummaryRow = diesel::update(generated_documents::table.find(id.uuid()))
        .set(row)
        .returning(SummaryRow::as_returning())
        .get_result(tx.pg)?;
    Ok(GeneratedDocument { summary: summary.into(), data: data.unwrap_or_else(|| locked.data.clone()) })
}

/// Deletes a document for good.
///
/// # Errors
/// [`Error::NotFound`] when there is none, or its report is deleted.
pub fn delete(tx: &mut Tx<'_>, id: Id<GeneratedDocument>) -> Result<()> {
    let deleted = statement(
        "WITH report AS (SELECT r.id FROM export.reports r JOIN export.generated_documents d ON d.report_id = r.id
                          WHERE d.id = ? AND r.deleted_at IS NULL FOR SHARE OF r)
         DELETE FROM export.generated_documents d USING report WHERE d.id = ? AND d.report_id = report.id",
    )
    .bind::<sql_types::Uuid, _>(id.uuid())
    .bind::<sql_types::Uuid, _>(id.uuid())
    .execute(tx.pg)?;
    if deleted == 0 { Err(Error::NotFound("document")) } else { Ok(()) }
}

/// The documents of a report that pass the filter, without their content, newest first. None where the report is deleted.
pub fn list_for_report(
    conn: &mut Conn<'_>,
    report: Id<Report>,
    filter: DocumentFilter,
    page: PageRequest,
) -> Result<Page<DocumentSummary>> {
    let mut query = generated_documents::table
        .filter(generated_documents::report_id.eq(report.uuid()))
        .filter(generated_documents::user_id.nullable().eq(owner_of_living(report.uuid())))
        .order((generated_documents::created_at.desc(), generated_documents::id.desc()))
        .limit(page.limit.rows_and_one())
        .select(SummaryRow::as_select())
        .into_boxed();
    if let Some(last) = page.after {
        query = query.filter(after(generated_documents::created_at, generated_documents::id, last));
    }
    if let Some(kind) = filter.document_type {
        query = query.filter(generated_documents::document_type.eq(kind.as_str()));
    }
    if let Some(is_valid) = filter.is_valid {
        query = query.filter(generated_documents::is_valid.eq(is_valid));
    }
    let rows = query.load(conn.pg)?;
    Ok(Page::of(rows, page.limit, |row| Position { at: row.created_at, id: row.id })
        .map(DocumentSummary::from))
}
