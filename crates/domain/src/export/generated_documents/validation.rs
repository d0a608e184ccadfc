//! The checks of a document, in the order in which their findings are listed.

use super::comparison::{self, Others};
use super::document_data::DocumentData;
use super::fields::{Fields, given, text};
use super::finding::{Finding, FindingCode};
use super::{DocumentType, dates, numbers, registrations, required, totals};
use crate::Currency;

/// Checks a document by itself and against the other documents of its report. A field is checked wherever it stands: the type
/// decides which fields there must be. Documents are stored whatever is found.
///
/// ```
/// use strongroom_domain::JsonObject;
/// use strongroom_domain::export::generated_documents::{DocumentData, DocumentType, Others, is_valid, validate};
///
/// let data = DocumentData::of(JsonObject::default())?;
/// let findings = validate(DocumentType::GstLut, &data, &Others::default());
/// assert_eq!((findings[0].field.as_str(), findings[0].code.as_str()), ("/lut_number", "missing"));
/// assert!(!is_valid(&findings));
/// # Ok::<(), strongroom_domain::PiiError>(())
/// ```
pub fn validate(kind: DocumentType, data: &DocumentData, others: &Others) -> Vec<Finding> {
    let fields = data.fields();
    let mut found = Vec::new();
    required::check(kind, fields, &mut found);
    numbers::check(fields, &mut found);
    check_currency(fields, &mut found);
    totals::check(fields, &mut found);
    registrations::check(fields, &mut found);
    comparison::check_exporter(kind, fields, others, &mut found);
    dates::check(fields, &mut found);
    if kind == DocumentType::CommercialInvoice {
        comparison::check_duplicate(others, &mut found);
    }
    found
}

fn check_currency(fields: &Fields, found: &mut Vec<Finding>) {
    let is_known = |value| text(value).is_some_and(|code| Currency::parse(&code).is_ok());
    if given(fields, "currency").is_some_and(|value| !is_known(value)) {
        let finding =
            Finding::new("/currency", FindingCode::UnknownCurrency, "this is no currency of ISO 4217");
        found.push(finding.suggest("give its three letters, such as EUR"));
    }
}
