//! Which fields a document of each type must have.

use super::DocumentType;
use super::fields::{Fields, given};
use super::finding::{Finding, FindingCode};

const INVOICE: &[&str] = &[
    "invoice_number",
    "invoice_date",
    "exporter_name",
    "exporter_address",
    "consignee_name",
    "consignee_address",
    "destination_country",
    "port_of_discharge",
    "items",
    "total_value",
    "currency",
    "payment_terms",
];

const PACKING_LIST: &[&str] = &[
    "packing_list_number",
    "date",
    "exporter_name",
    "consignee_name",
    "items",
    "total_packages",
    "total_weight",
    "dimensions",
];

const SHIPPING_BILL: &[&str] = &[
    "shipping_bill_number",
    "date",
    "exporter_name",
    "exporter_iec",
    "consignee_name",
    "destination_country",
    "port_of_loading",
    "port_of_discharge",
    "items",
    "total_fob_value",
    "currency",
];

const GST_LUT: &[&str] = &[
    "lut_number",
    "financial_year",
    "exporter_name",
    "exporter_gstin",
    "exporter_address",
    "declaration_date",
];

const SOFTEX: &[&str] = &[
    "softex_number",
    "date",
    "exporter_name",
    "exporter_gstin",
    "service_description",
    "service_recipient",
    "recipient_country",
    "invoice_value",
    "currency",
];

const CERTIFICATE_OF_ORIGIN: &[&str] = &[
    "certificate_number",
    "date",
    "exporter_name",
    "exporter_address",
    "consignee_name",
    "consignee_address",
    "destination_country",
    "items",
    "origin_country",
];

impl DocumentType {
    /// The fields that a document of this type must have.
    pub const fn required_fields(self) -> &'static [&'static str] {
        match self {
            Self::CommercialInvoice => INVOICE,
            Self::PackingList => PACKING_LIST,
            Self::ShippingBill => SHIPPING_BILL,
            Self::GstLut => GST_LUT,
            Self::Softex => SOFTEX,
            Self::CertificateOfOrigin => CERTIFICATE_OF_ORIGIN,
        }
    }
}

/// Finds the required fields that are not given.
pub(super) fn check(kind: DocumentType, fields: &Fields, found: &mut Vec<Finding>) {
    for name in kind.required_fields().iter().filter(|name| given(fields, name).is_none()) {
        let message = format!("a document of this type must have {name}");
        found.push(Finding::new(format!("/{name}"), FindingCode::Missing, message));
    }
}
