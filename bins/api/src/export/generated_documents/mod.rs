//! `export.generated_documents`: documents of an export. They are stored whatever the checks find.

mod bodies;

use repository::domain::export::{GeneratedDocument, Report};
use service::export::generated_documents;

use super::{ExportRead, ExportWrite};
use crate::http::{
    ApiResult, Caller, Change, Json, List, Made, NoContent, Paging, PathId, Query, Routes, Shown, add_routes,
};

use bodies::{CheckBody, CreateDocument, DocumentBody, DocumentSummaryBody, ListDocuments, UpdateDocument};

pub(super) fn routes(routes: &mut Routes) {
    add_routes!(
        routes,
        "export documents": create_document, list_documents, preview_document, get_document, update_document,
        delete_document
    );
}

/// Checks a document and stores it, whatever the checks find.
#[utoipa::path(post, path = "/v1/export/reports/{id}/documents")]
async fn create_document(
    change: Change<ExportWrite>,
    PathId(report): PathId<Report>,
    Json(body): Json<CreateDocument>,
) -> ApiResult<Made<DocumentBody>> {
    let new = body.read(report)?;
    change.write("export.create_document", move |tx| generated_documents::create(tx, new.clone())).await
}

/// Lists the documents of a report without their content, newest first.
#[utoipa::path(get, path = "/v1/export/reports/{id}/documents")]
async fn list_documents(
    caller: Caller<ExportRead>,
    PathId(report): PathId<Report>,
    Query(query): Query<ListDocuments>,
    paging: Paging,
) -> ApiResult<List<DocumentSummaryBody>> {
    let filter = query.filter()?;
    caller
        .list("export.list_documents", report, &paging, move |conn, page| {
            generated_documents::list(conn, report, filter, page)
        })
        .await
}

/// Checks a document as if it were stored now, and stores nothing.
#[utoipa::path(post, path = "/v1/export/reports/{id}/documents/preview")]
async fn preview_document(
    caller: Caller<ExportRead>,
    PathId(report): PathId<Report>,
    Json(body): Json<CreateDocument>,
) -> ApiResult<Shown<CheckBody>> {
    let new = body.read(report)?;
    caller
        .read("export.preview_document", move |conn| {
            generated_documents::preview(conn, report, new.document_type, &new.data)
        })
        .await
}

/// Shows a document.
#[utoipa::path(get, path = "/v1/export/documents/{id}")]
async fn get_document(
    caller: Caller<ExportRead>,
    PathId(id): PathId<GeneratedDocument>,
) -> ApiResult<Shown<DocumentBody>> {
    caller.read("export.get_document", move |conn| generated_documents::get(conn, id)).await
}

/// Changes a document and checks it again. Its type stays.
///
/// Without a field it is only checked: other documents of the report may have changed.
#[utoipa::path(patch, path = "/v1/export/documents/{id}")]
async fn update_document(
    change: Change<ExportWrite>,
    PathId(id): PathId<GeneratedDocument>,
    Json(body): Json<UpdateDocument>,
) -> ApiResult<Shown<DocumentBody>> {
    let changes = body.read()?;
    change
        .write("export.update_document", move |tx| generated_documents::update(tx, id, changes.clone()))
        .await
}

/// Deletes a document for good.
#[utoipa::path(delete, path = "/v1/export/documents/{id}")]
async fn delete_document(
    change: Change<ExportWrite>,
    PathId(id): PathId<GeneratedDocument>,
) -> ApiResult<NoContent> {
    change.write("export.delete_document", move |tx| generated_documents::delete(tx, id)).await
}
