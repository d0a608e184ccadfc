//! Closed sets, as the OpenAPI document shows them.

use repository::domain::split::{
    BillStatus, Channel, CloseReason, Outcome, PaymentStatus, RequestStatus, Step,
};
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

/// Why a payment request is closed; null while it is open.
pub(super) fn close_reason() -> Object {
    let null = utoipa::openapi::schema::SchemaType::from_iter([Type::String, Type::Null]);
    let values = CloseReason::ALL.iter().map(|reason| Some(reason.as_str())).chain([None]);
    ObjectBuilder::new().schema_type(null).enum_values(Some(values)).build()
}

/// By which a payment request is sent.
pub(super) fn channel() -> Object {
    one_of(Channel::ALL.iter().map(|channel| channel.as_str()))
}

/// What became of a message on a channel.
pub(super) fn outcome() -> Object {
    one_of(Outcome::ALL.iter().map(|outcome| outcome.as_str()))
}

/// A step of a conversation.
pub(super) fn step() -> Object {
    one_of(Step::ALL.iter().map(|step| step.as_str()))
}

fn one_of(values: impl Iterator<Item = &'static str>) -> Object {
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(values)).build()
}
