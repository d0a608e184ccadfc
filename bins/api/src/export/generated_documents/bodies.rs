//! What documents are made and changed by, and what they look like in answers.

use chrono::{DateTime, Utc};
use repository::domain::export::generated_documents::{Finding, FindingCode, Severity, is_valid};
use repository::domain::export::{
    DocumentData, DocumentFilter, DocumentSummary, DocumentType, GeneratedDocument, GeneratedDocumentChanges,
    NewGeneratedDocument, Report, User,
};
use repository::domain::{Id, Invalid, JsonObject, WebUrl};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};

use crate::export::schema;
use crate::http::Located;
use crate::http::input::fields::{changed, replaced};
use crate::http::input::{Patch, present};

/// A document without its content.
#[derive(Serialize, ToSchema)]
pub(super) struct DocumentSummaryBody {
    #[schema(value_type = Uuid)]
    id: Id<GeneratedDocument>,
    #[schema(value_type = Uuid)]
    user_id: Id<User>,
    #[schema(value_type = Uuid)]
    report_id: Id<Report>,
    #[schema(value_type = schema::DocumentType)]
    document_type: DocumentType,
    /// Where it can be printed from.
    #[schema(value_type = Option<String>)]
    pdf_url: Option<WebUrl>,
    /// Where it can be edited.
    #[schema(value_type = Option<String>)]
    editable_url: Option<WebUrl>,
    /// What the checks found when it last changed.
    validation_results: Vec<FindingBody>,
    /// Whether there is no error among it.
    is_valid: bool,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl From<DocumentSummary> for DocumentSummaryBody {
    fn from(document: DocumentSummary) -> Self {
        let DocumentSummary {
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
        } = document;
        Self {
            id,
            user_id,
            report_id,
            document_type,
            pdf_url,
            editable_url,
            validation_results: validation_results.into_iter().map(FindingBody::from).collect(),
            is_valid,
            created_at,
            updated_at,
        }
    }
}

/// A document.
#[derive(Serialize, ToSchema)]
pub(super) struct DocumentBody {
    #[serde(flatten)]
    summary: DocumentSummaryBody,
    /// Its content.
    #[schema(value_type = Object)]
    document_data: Map<String, Value>,
}

impl Located for DocumentBody {
    fn location(&self) -> String {
        format!("/v1/export/documents/{}", self.summary.id)
    }
}

impl From<GeneratedDocument> for DocumentBody {
    fn from(document: GeneratedDocument) -> Self {
        let GeneratedDocument { summary, data } = document;
        Self { summary: summary.into(), document_data: data.fields().clone() }
    }
}

/// Something that a check found in a document. It never repeats what stands there.
#[derive(Serialize, ToSchema)]
pub(super) struct FindingBody {
    /// Where in the document, as a JSON pointer.
    #[schema(example = "/port_of_discharge")]
    field: String,
    /// Stable, machine readable.
    #[schema(value_type = schema::FindingCode)]
    code: FindingCode,
    /// For people.
    #[schema(example = "a document of this type must have port_of_discharge")]
    message: String,
    /// An error makes the document invalid, a warning does not.
    #[schema(value_type = schema::Severity)]
    severity: Severity,
    /// What to do.
    suggestion: Option<String>,
}

impl From<Finding> for FindingBody {
    fn from(finding: Finding) -> Self {
        let Finding { field, code, message, severity, suggestion } = finding;
        Self { field, code, message, severity, suggestion }
    }
}

/// What the checks find in a document.
#[derive(Serialize, ToSchema)]
pub(super) struct CheckBody {
    validation_results: Vec<FindingBody>,
    /// Whether there is no error among it.
    is_valid: bool,
}

impl From<Vec<Finding>> for CheckBody {
    fn from(findings: Vec<Finding>) -> Self {
        let is_valid = is_valid(&findings);
        Self { validation_results: findings.into_iter().map(FindingBody::from).collect(), is_valid }
    }
}

/// A document to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "document_type": "commercial_invoice",
    "document_data": {
        "invoice_number": "INV/2026-7", "invoice_date": "2026-11-20",
        "exporter_name": "Suvarna Spices Pvt. Ltd.", "exporter_address": "Kochi",
        "consignee_name": "Gewürzhaus GmbH", "consignee_address": "Speicherstadt 1, Hamburg",
        "destination_country": "Germany", "port_of_discharge": "Hamburg",
        "items": [{"description": "Turmeric powder", "quantity": "500", "unit_price": "2.35"}],
        "total_value": "1175.00", "currency": "EUR", "payment_terms": "30 days",
    },
    "pdf_url": "https://files.example/inv-2026-7.pdf",
}))]
pub(super) struct CreateDocument {
    #[schema(value_type = schema::DocumentType)]
    document_type: String,
    /// Its content: at most 256 KiB, written without blanks. What stands where is for the checks; any field is kept.
    #[schema(value_type = Object)]
    document_data: JsonObject,
    /// Where it can be printed from: an `http` or `https` address, which is never fetched.
    #[schema(max_length = 500)]
    pdf_url: Option<String>,
    /// Where it can be edited, likewise.
    #[schema(max_length = 500)]
    editable_url: Option<String>,
}

impl CreateDocument {
    pub(super) fn read(self, report_id: Id<Report>) -> Result<NewGeneratedDocument, Invalid> {
        let mut fields = Invalid::collect();
        let document_type = fields.take("/document_type", self.document_type.parse());
        let data = fields.take("/document_data", DocumentData::of(self.document_data));
        let pdf_url = fields.take_optional("/pdf_url", self.pdf_url.as_deref().map(WebUrl::parse));
        let editable_url =
            fields.take_optional("/editable_url", self.editable_url.as_deref().map(WebUrl::parse));
        fields.build(|| {
            Some(NewGeneratedDocument {
                report_id,
                document_type: document_type?,
                data: data?,
                pdf_url: pdf_url?,
                editable_url: editable_url?,
            })
        })
    }
}

/// What to change of a document. What is absent stays; null clears.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "document_data": {"invoice_number": "INV/2026-7", "invoice_date": "2026-11-20"},
    "editable_url": "https://files.example/inv-2026-7",
}))]
pub(super) struct UpdateDocument {
    /// The whole content in place of the one that is there. Cannot be cleared.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Object>)]
    document_data: Patch<JsonObject>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 500)]
    pdf_url: Patch<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 500)]
    editable_url: Patch<String>,
}

impl UpdateDocument {
    pub(super) fn read(self) -> Result<GeneratedDocumentChanges, Invalid> {
        let mut fields = Invalid::collect();
        let url = |text: String| WebUrl::parse(&text);
        let changes = GeneratedDocumentChanges {
            data: replaced(&mut fields, "/document_data", self.document_data, DocumentData::of),
            pdf_url: changed(&mut fields, "/pdf_url", self.pdf_url, url),
            editable_url: changed(&mut fields, "/editable_url", self.editable_url, url),
        };
        fields.finish()?;
        Ok(changes)
    }
}

/// Which documents: those to which all of it applies.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct ListDocuments {
    /// Only those of this type.
    #[param(value_type = Option<schema::DocumentType>)]
    document_type: Option<String>,
    /// Only those in which the checks found no error, or only the others.
    is_valid: Option<bool>,
}

impl ListDocuments {
    pub(super) fn filter(self) -> Result<DocumentFilter, Invalid> {
        let mut fields = Invalid::collect();
        let document_type =
            fields.take_optional("/document_type", self.document_type.as_deref().map(str::parse));
        fields.build(|| Some(DocumentFilter { document_type: document_type?, is_valid: self.is_valid }))
    }
}
