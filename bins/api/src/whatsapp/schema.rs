//! Closed sets of this system, as the OpenAPI document names them.

use repository::domain::whatsapp;

use crate::http::OneOf;

/// Who wrote a message.
pub(super) type Role = OneOf<whatsapp::Role>;
/// What became of a message that was delivered.
pub(super) type InboundOutcome = OneOf<whatsapp::InboundOutcome>;
/// How far a message that was sent has come.
pub(super) type DeliveryStatus = OneOf<whatsapp::DeliveryStatus>;
/// How the dates of a file are written.
pub(super) type DateOrder = OneOf<whatsapp::imports::DateOrder>;
