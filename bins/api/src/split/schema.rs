//! Closed sets, as the OpenAPI document shows them.

use repository::domain::split::{BillStatus, PaymentStatus, RequestStatus};
use utoipa::openapi::schema::{Object, ObjectBuilder, Type};

/// Where a bill stands.
pub(super) fn bill_status() -> Object {
    one_of(BillStatus::ALL.iter().map(|status| status.as_str()))
}

/// How far a participant's payment has come.
pub(super) fn payment_status() -> Object {
    one_of(PaymentStatus::ALL.iter().map(|status| status.as_str()))
}

/// How far a payment request has come.
pub(super) fn request_status() -> Object {
    one_of(RequestStatus::ALL.iter().map(|status| status.as_str()))
}

fn one_of(values: impl Iterator<Item = &'static str>) -> Object {
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(values)).build()
}
