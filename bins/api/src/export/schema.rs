//! Closed sets of this system, as the OpenAPI document names them.

use repository::domain::export;

use crate::http::OneOf;

/// What a company does.
pub(super) type BusinessType = OneOf<export::BusinessType>;
/// How large a company is.
pub(super) type CompanySize = OneOf<export::CompanySize>;
/// What became of a report.
pub(super) type ReportStatus = OneOf<export::ReportStatus>;
/// What a certificate is about.
pub(super) type CertificationType = OneOf<export::CertificationType>;
/// How far a certificate has come.
pub(super) type CertificationStatus = OneOf<export::CertificationStatus>;
/// What a task is about.
pub(super) type TaskCategory = OneOf<export::TaskCategory>;
/// What a document is.
pub(super) type DocumentType = OneOf<export::DocumentType>;
/// What was found in a document.
pub(super) type FindingCode = OneOf<export::generated_documents::FindingCode>;
/// Whether a finding makes a document invalid.
pub(super) type Severity = OneOf<export::generated_documents::Severity>;
/// Who says something.
pub(super) type ChatRole = OneOf<export::ChatRole>;
