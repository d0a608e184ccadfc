//! What a check says of a document.

use serde::{Deserialize, Serialize};

closed_set! {
    /// Whether a finding makes a document invalid.
    Severity, "severity" {
        /// It does.
        Error = "error",
        /// It does not, but somebody should look.
        Warning = "warning",
    }
}

closed_set! {
    /// What was found.
    FindingCode, "finding code" {
        /// The field is absent, null, blank or an empty list.
        Missing = "missing",
        /// The field holds no number of its kind.
        InvalidNumber = "invalid_number",
        /// The tax portal does not accept the invoice number.
        NotForGst = "not_for_gst",
        /// The field holds no code of ISO 4217.
        UnknownCurrency = "unknown_currency",
        /// The total is not what the items and charges come to.
        TotalMismatch = "total_mismatch",
        /// The field holds no GSTIN.
        InvalidGstin = "invalid_gstin",
        /// The field holds no importer-exporter code.
        InvalidIec = "invalid_iec",
        /// The field holds no financial year.
        InvalidYear = "invalid_year",
        /// The LUT and the shipping bill name different GSTINs.
        GstinMismatch = "gstin_mismatch",
        /// The LUT and the shipping bill name different exporters.
        NameMismatch = "name_mismatch",
        /// The date can be read in more than one way.
        AmbiguousDate = "ambiguous_date",
        /// Another invoice of the report has the number.
        DuplicateNumber = "duplicate_number",
    }
}

impl FindingCode {
    /// Whether it makes a document invalid.
    pub const fn severity(self) -> Severity {
        match self {
            Self::NotForGst | Self::AmbiguousDate | Self::DuplicateNumber => Severity::Warning,
            _ => Severity::Error,
        }
    }
}

/// One thing that a check found. It names fields, and never repeats what stands in the document. This is also how it is
/// stored in `validation_results`, which is in clear.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Where in the document, as a JSON pointer.
    pub field: String,
    /// What was found.
    pub code: FindingCode,
    /// The same for people.
    pub message: String,
    /// Whether it makes the document invalid.
    pub severity: Severity,
    /// What to do.
    pub suggestion: Option<String>,
}

impl Finding {
    pub(super) fn new(field: impl Into<String>, code: FindingCode, message: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            code,
            message: message.into(),
            severity: code.severity(),
            suggestion: None,
        }
    }

    pub(super) fn suggest(self, suggestion: impl Into<String>) -> Self {
        Self { suggestion: Some(suggestion.into()), ..self }
    }
}

/// Whether a document of which this was found is valid.
pub fn is_valid(findings: &[Finding]) -> bool {
    findings.iter().all(|finding| finding.severity != Severity::Error)
}
