//! Documents of an export. They are stored whatever the checks find.

use domain::export::generated_documents::{Finding, validate};
use domain::export::{
    DocumentData, DocumentFilter, DocumentSummary, DocumentType, GeneratedDocument, GeneratedDocumentChanges,
    NewGeneratedDocument, Report,
};
use domain::{Id, Page, PageRequest};
use repository::export::generated_documents;
use repository::export::reports::lock_owner;
use repository::{Conn, Tx};

use super::reports;
use crate::Result;

pub use repository::export::generated_documents::{delete, get};

/// Checks a document, stores it, and counts it. Of two at once the later one is checked against the earlier one.
pub fn create(tx: &mut Tx<'_>, new: NewGeneratedDocument) -> Result<GeneratedDocument> {
    lock_owner(tx, new.report_id)?;
    let findings = preview(tx, new.report_id, new.document_type, &new.data)?;
    Ok(generated_documents::insert(tx, new, findings)?)
}

/// What the checks find in a document of a report that is not stored.
pub fn preview(
    conn: &mut Conn<'_>,
    report: Id<Report>,
    kind: DocumentType,
    data: &DocumentData,
) -> Result<Vec<Finding>> {
    let others = generated_documents::find_others(conn, report, kind, data, None)?;
    Ok(validate(kind, data, &others))
}

/// The documents of a report that pass the filter, without their content, newest first.
pub fn list(
    conn: &mut Conn<'_>,
    report: Id<Report>,
    filter: DocumentFilter,
    page: PageRequest,
) -> Result<Page<DocumentSummary>> {
    let found = generated_documents::list_for_report(conn, report, filter, page)?;
    if found.items.is_empty() {
        reports::must_exist(conn, report)?;
    }
    Ok(found)
}

/// Changes the given fields and checks the document again, also where nothing is given: other documents of the report may
/// have changed.
pub fn update(
    tx: &mut Tx<'_>,
    id: Id<GeneratedDocument>,
    changes: GeneratedDocumentChanges,
) -> Result<GeneratedDocument> {
    let locked = generated_documents::lock(tx, id)?;
    let DocumentSummary { report_id, document_type, .. } = locked.summary;
    let data = changes.data.as_ref().unwrap_or(&locked.data);
    let others = generated_documents::find_others(tx, report_id, document_type, data, Some(id))?;
    let findings = validate(document_type, data, &others);
    Ok(generated_documents::update(tx, &locked, changes, findings)?)
}
