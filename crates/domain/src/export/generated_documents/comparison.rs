//! What a document must agree on with other documents of its report.

use super::DocumentType;
use super::document_data::DocumentData;
use super::fields::{Fields, given_text};
use super::finding::{Finding, FindingCode};
use super::registrations::{EXPORTER_GSTIN, Gstin, exporter_gstin};
use crate::text::word_sequence;

const EXPORTER_NAME: &str = "exporter_name";

/// What the checks must know of the other documents of the report.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Others {
    /// The exporter of the newest document of the type that [`DocumentType::counterpart`] names.
    pub exporter: Option<Exporter>,
    /// Whether another invoice has the [`DocumentData::invoice_number`].
    pub number_is_taken: bool,
}

/// Who exports, as a document says. It never shows itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exporter {
    gstin: Option<Gstin>,
    name: Option<Name>,
}

impl Exporter {
    /// The exporter that a document names.
    pub fn of(data: &DocumentData) -> Self {
        Self::of_fields(data.fields())
    }

    fn of_fields(fields: &Fields) -> Self {
        let name = given_text(fields, EXPORTER_NAME).and_then(|name| Name::of(&name));
        Self { gstin: exporter_gstin(fields), name }
    }
}

impl DocumentType {
    /// The type of which the newest document of the report must name the same exporter.
    pub const fn counterpart(self) -> Option<Self> {
        match self {
            Self::GstLut => Some(Self::ShippingBill),
            Self::ShippingBill => Some(Self::GstLut),
            Self::CommercialInvoice | Self::PackingList | Self::Softex | Self::CertificateOfOrigin => None,
        }
    }
}

/// Compares the exporter of a document with that of its counterpart, where both name one.
pub(super) fn check_exporter(kind: DocumentType, fields: &Fields, others: &Others, found: &mut Vec<Finding>) {
    let (Some(counterpart), Some(other)) = (kind.counterpart(), &others.exporter) else { return };
    let what = if counterpart == DocumentType::GstLut { "LUT" } else { "shipping bill" };
    let own = Exporter::of_fields(fields);
    let mut compare = |differs: bool, field, code, whose: &str| {
        if differs {
            let message = format!("the newest {what} of the report names another {whose}");
            let finding = Finding::new(format!("/{field}"), code, message);
            found.push(finding.suggest("find out which of the two documents is right, and change the other"));
        }
    };
    compare(differ(&own.gstin, &other.gstin), EXPORTER_GSTIN, FindingCode::GstinMismatch, "GSTIN");
    compare(differ(&own.name, &other.name), EXPORTER_NAME, FindingCode::NameMismatch, "exporter");
}

/// Whether both are there and differ.
fn differ<T: PartialEq>(one: &Option<T>, other: &Option<T>) -> bool {
    one.as_ref().zip(other.as_ref()).is_some_and(|(one, other)| one != other)
}

/// Warns of an invoice number that another invoice of the report has.
pub(super) fn check_duplicate(others: &Others, found: &mut Vec<Finding>) {
    if others.number_is_taken {
        let message = "another invoice of the report has this number";
        let finding = Finding::new("/invoice_number", FindingCode::DuplicateNumber, message);
        found.push(finding.suggest("give each invoice of a financial year a number of its own"));
    }
}

/// The name of a company as it is compared: folded, without blanks, punctuation and the words for its legal form.
#[derive(Clone, PartialEq, Eq)]
struct Name(String);

impl Name {
    fn of(written: &str) -> Option<Self> {
        let words = word_sequence(written).into_iter().filter(|word| !is_legal_form(word));
        let name: String = words.map(|word| if word == "company" { "co".to_owned() } else { word }).collect();
        if name.is_empty() { None } else { Some(Self(name)) }
    }
}

fn is_legal_form(word: &str) -> bool {
    ["pvt", "private", "ltd", "limited"].contains(&word)
}

impl std::fmt::Debug for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[company name]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_company_are_one_name() {
        for (a, b) in [
            ("Suvarna Spices Pvt. Ltd.", "SUVARNA SPICES PRIVATE LIMITED"),
            ("Suvarna Spices Pvt.Ltd.", "Suvarna  Spices"),
            ("S.K. Exports & Co.", "SK Exports Company"),
            ("Sunrise-Exports", "Sunrise Exports"),
            ("Żabka", "Z\u{307}ABKA LTD"),
        ] {
            assert_eq!(Name::of(a), Name::of(b), "{a}");
        }
        for (a, b) in [("Suvarna Spices", "Suvarna Exports"), ("Asha Ravi", "Ravi Asha"), ("A", "A A")] {
            assert_ne!(Name::of(a), Name::of(b), "{a}");
        }
        assert_eq!(Name::of("(Pvt) Ltd."), None);
        assert_eq!(format!("{:?}", Name::of("Asha")), "Some([company name])");
    }
}
