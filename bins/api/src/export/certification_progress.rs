//! `export.certification_progress`: certificates that a report needs, and how far each has come.

use chrono::{DateTime, Utc};
use repository::domain::export::certification_progress::{DocumentChanges, DocumentName, MOST_DOCUMENTS};
use repository::domain::export::{
    Certification, CertificationChanges, CertificationSummary, NewCertification, Report,
};
use repository::domain::{Id, Invalid, Text};
use serde::{Deserialize, Serialize};
use service::export::certification_progress;
use utoipa::ToSchema;

use super::{ExportRead, ExportWrite, schema};
use crate::http::input::fields::{changed, replaced};
use crate::http::input::{Patch, present};
use crate::http::{
    ApiResult, Caller, Change, Json, List, Located, MadeOrShown, NoContent, Paging, PathId, Routes, Shown,
    add_routes,
};

pub(super) fn routes(routes: &mut Routes) {
    add_routes!(
        routes,
        "export certifications": add_certification, list_certifications, summarise_certifications,
        get_certification, update_certification, delete_certification
    );
}

/// A certificate that a report needs.
#[derive(Serialize, ToSchema)]
struct CertificationBody {
    #[schema(value_type = Uuid)]
    id: Id<Certification>,
    #[schema(value_type = Uuid)]
    report_id: Id<Report>,
    /// What the agent calls it.
    #[schema(value_type = String, example = "fssai")]
    certification_id: Text<100>,
    /// What people call it.
    #[schema(value_type = String, example = "FSSAI licence")]
    certification_name: Text<255>,
    #[schema(value_type = schema::CertificationType)]
    certification_type: &'static str,
    #[schema(value_type = schema::CertificationStatus)]
    status: &'static str,
    /// Documents that are ready, in the order they were added.
    #[schema(value_type = Vec<String>)]
    documents_completed: Vec<DocumentName>,
    #[schema(value_type = Option<String>)]
    notes: Option<Text<2_000>>,
    /// When it was first begun.
    started_at: Option<DateTime<Utc>>,
    completed_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl Located for CertificationBody {
    fn location(&self) -> String {
        format!("/v1/export/certifications/{}", self.id)
    }
}

impl From<Certification> for CertificationBody {
    fn from(certification: Certification) -> Self {
        let Certification {
            id,
            report_id,
            user_id: _,
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
        } = certification;
        Self {
            id,
            report_id,
            certification_id,
            certification_name,
            certification_type: certification_type.as_str(),
            status: status.as_str(),
            documents_completed,
            notes,
            started_at,
            completed_at,
            created_at,
            updated_at,
        }
    }
}

/// How many certificates are how far.
#[derive(Serialize, ToSchema)]
pub(super) struct CertificationSummaryBody {
    not_started: u32,
    in_progress: u32,
    completed: u32,
    rejected: u32,
    total: u32,
    /// Of the total, two decimals.
    #[schema(example = "28.57")]
    completion_percentage: String,
}

impl From<CertificationSummary> for CertificationSummaryBody {
    fn from(summary: CertificationSummary) -> Self {
        let (total, percentage) = (summary.total(), summary.completion_percentage());
        let CertificationSummary { not_started, in_progress, completed, rejected } = summary;
        let completion_percentage = percentage.to_string();
        Self { not_started, in_progress, completed, rejected, total, completion_percentage }
    }
}

/// A certificate to be added.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "certification_id": "reach", "certification_name": "REACH declaration", "certification_type": "REACH",
}))]
struct AddCertification {
    /// What the agent calls it. No two certificates of a report have the same.
    #[schema(max_length = 100)]
    certification_id: String,
    #[schema(max_length = 255)]
    certification_name: String,
    #[schema(value_type = schema::CertificationType)]
    certification_type: String,
    notes: Option<String>,
}

impl AddCertification {
    fn read(self, report_id: Id<Report>) -> Result<NewCertification, Invalid> {
        let mut fields = Invalid::collect();
        let certification_id = fields.take("/certification_id", Text::parse(&self.certification_id));
        let certification_name = fields.take("/certification_name", Text::parse(&self.certification_name));
        let certification_type = fields.take("/certification_type", self.certification_type.parse());
        let notes = fields.take_optional("/notes", self.notes.as_deref().map(Text::parse));
        fields.build(|| {
            Some(NewCertification {
                report_id,
                certification_id: certification_id?,
                certification_name: certification_name?,
                certification_type: certification_type?,
                notes: notes?,
            })
        })
    }
}

/// What to change of a certificate. What is absent stays; null clears.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"status": "in_progress", "add_documents": ["Lab report"]}))]
struct UpdateCertification {
    /// Cannot be cleared.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 255)]
    certification_name: Patch<String>,
    /// Cannot be cleared.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<schema::CertificationType>)]
    certification_type: Patch<String>,
    /// Cannot be cleared.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<schema::CertificationStatus>)]
    status: Patch<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    notes: Patch<String>,
    /// Documents that are ready. One that is there stays where it is.
    #[serde(default)]
    #[schema(max_items = 100)]
    add_documents: Vec<String>,
    /// Documents that are not ready after all.
    #[serde(default)]
    #[schema(max_items = 100)]
    remove_documents: Vec<String>,
}

impl UpdateCertification {
    fn read(self) -> Result<CertificationChanges, Invalid> {
        let mut fields = Invalid::collect();
        let (name, kind) = (self.certification_name, self.certification_type);
        let add = documents(&mut fields, "/add_documents", &self.add_documents);
        let remove = documents(&mut fields, "/remove_documents", &self.remove_documents);
        let documents = fields.take("", DocumentChanges::new(add, remove)).unwrap_or_default();
        let changes = CertificationChanges {
            certification_name: replaced(&mut fields, "/certification_name", name, |text| Text::parse(&text)),
            certification_type: replaced(&mut fields, "/certification_type", kind, |text| text.parse()),
            status: replaced(&mut fields, "/status", self.status, |text| text.parse()),
            notes: changed(&mut fields, "/notes", self.notes, |text| Text::parse(&text)),
            documents,
        };
        fields.finish()?;
        Ok(changes)
    }
}

fn documents(fields: &mut Invalid, pointer: &str, names: &[String]) -> Vec<DocumentName> {
    if names.len() > MOST_DOCUMENTS {
        fields.add(pointer, "too_many", format!("there must be at most {MOST_DOCUMENTS} documents"));
        return Vec::new();
    }
    let read = names
        .iter()
        .enumerate()
        .filter_map(|(n, name)| fields.take(&format!("{pointer}/{n}"), Text::parse(name)));
    read.collect()
}

/// Adds a certificate to a report.
///
/// Where the report has a certificate of this `certification_id`, it is answered as it is.
#[utoipa::path(post, path = "/v1/export/reports/{id}/certifications")]
async fn add_certification(
    change: Change<ExportWrite>,
    PathId(report): PathId<Report>,
    Json(body): Json<AddCertification>,
) -> ApiResult<MadeOrShown<CertificationBody>> {
    let new = body.read(report)?;
    change.write("export.add_certification", move |tx| certification_progress::add(tx, new.clone())).await
}

/// Lists a report's certificates, newest first.
#[utoipa::path(get, path = "/v1/export/reports/{id}/certifications")]
async fn list_certifications(
    caller: Caller<ExportRead>,
    PathId(report): PathId<Report>,
    paging: Paging,
) -> ApiResult<List<CertificationBody>> {
    caller
        .list("export.list_certifications", report, &paging, move |conn, page| {
            certification_progress::list(conn, report, page)
        })
        .await
}

/// Counts a report's certificates by their status.
#[utoipa::path(get, path = "/v1/export/reports/{id}/certifications/summary")]
async fn summarise_certifications(
    caller: Caller<ExportRead>,
    PathId(report): PathId<Report>,
) -> ApiResult<Shown<CertificationSummaryBody>> {
    caller
        .read("export.summarise_certifications", move |conn| certification_progress::summary(conn, report))
        .await
}

/// Shows a certificate.
#[utoipa::path(get, path = "/v1/export/certifications/{id}")]
async fn get_certification(
    caller: Caller<ExportRead>,
    PathId(id): PathId<Certification>,
) -> ApiResult<Shown<CertificationBody>> {
    caller.read("export.get_certification", move |conn| certification_progress::get(conn, id)).await
}

/// Changes a certificate. The status it has already changes nothing.
///
/// `not_started` leads to `in_progress` and `completed`, `in_progress` to `completed` and `rejected`, `rejected` to
/// `in_progress`; `completed` is final.
#[utoipa::path(patch, path = "/v1/export/certifications/{id}", responses((
    status = 409, description = "`illegal_transition`: the status does not lead to the one asked for",
)))]
async fn update_certification(
    change: Change<ExportWrite>,
    PathId(id): PathId<Certification>,
    Json(body): Json<UpdateCertification>,
) -> ApiResult<Shown<CertificationBody>> {
    let changes = body.read()?;
    change
        .write("export.update_certification", move |tx| {
            certification_progress::update(tx, id, changes.clone())
        })
        .await
}

/// Removes a certificate. The user's count of completed certificates stays.
#[utoipa::path(delete, path = "/v1/export/certifications/{id}")]
async fn delete_certification(
    change: Change<ExportWrite>,
    PathId(id): PathId<Certification>,
) -> ApiResult<NoContent> {
    change.write("export.delete_certification", move |tx| certification_progress::delete(tx, id)).await
}
