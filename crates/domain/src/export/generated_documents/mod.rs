//! Documents of an export: invoices, packing lists and the like, and what checks say of them.

mod comparison;
mod dates;
mod document_data;
#[cfg(test)]
mod examples;
mod fields;
mod finding;
mod numbers;
mod registrations;
mod required;
mod totals;
mod validation;

use chrono::{DateTime, Utc};

use super::{Report, User};
use crate::{Id, WebUrl};

pub use comparison::{Exporter, Others};
pub use document_data::{DocumentData, DocumentKind, StoredDocument};
pub use finding::{Finding, FindingCode, Severity, is_valid};
pub use validation::validate;

closed_set! {
    /// What a document is.
    DocumentType, "document type" {
        /// An invoice to the buyer.
        CommercialInvoice = "commercial_invoice",
        /// What is packed in what.
        PackingList = "packing_list",
        /// What customs clears for export.
        ShippingBill = "shipping_bill",
        /// A letter of undertaking, by which goods leave without GST being paid.
        GstLut = "gst_lut",
        /// A declaration of exported software.
        Softex = "softex",
        /// Where the goods were made.
        CertificateOfOrigin = "certificate_of_origin",
    }
}

/// A document as lists show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentSummary {
    /// Its id.
    pub id: Id<GeneratedDocument>,
    /// The exporter.
    pub user_id: Id<User>,
    /// The report it belongs to.
    pub report_id: Id<Report>,
    /// What it is.
    pub document_type: DocumentType,
    /// Where it is kept to be printed.
    pub pdf_url: Option<WebUrl>,
    /// Where it can be edited.
    pub editable_url: Option<WebUrl>,
    /// What the checks found when it last changed.
    pub validation_results: Vec<Finding>,
    /// Whether they found no error.
    pub is_valid: bool,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

/// A document with its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GeneratedDocument {
    /// What lists show of it.
    pub summary: DocumentSummary,
    /// Its content.
    pub data: DocumentData,
}

/// A document to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewGeneratedDocument {
    /// The report it belongs to.
    pub report_id: Id<Report>,
    /// What it is.
    pub document_type: DocumentType,
    /// Its content.
    pub data: DocumentData,
    /// Where it is kept to be printed.
    pub pdf_url: Option<WebUrl>,
    /// Where it can be edited.
    pub editable_url: Option<WebUrl>,
}

/// What to change of a document: `None` keeps, `Some(None)` clears. Its type stays.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GeneratedDocumentChanges {
    /// Another content.
    pub data: Option<DocumentData>,
    /// Another place to print it from, or none.
    pub pdf_url: Option<Option<WebUrl>>,
    /// Another place to edit it, or none.
    pub editable_url: Option<Option<WebUrl>>,
}

/// Which documents a list shows: those to which all of it applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DocumentFilter {
    /// What they are.
    pub document_type: Option<DocumentType>,
    /// Whether the checks found no error.
    pub is_valid: Option<bool>,
}
