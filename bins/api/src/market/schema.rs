//! Closed sets of this system, as the OpenAPI document names them.

use repository::domain::market;

use crate::http::OneOf;

/// How a product stands.
pub(super) type ProductStatus = OneOf<market::ProductStatus>;
/// In what condition a product is.
pub(super) type Condition = OneOf<market::Condition>;
/// How a conversation stands.
pub(super) type ConversationStatus = OneOf<market::ConversationStatus>;
/// Why a cancellation counts against nobody.
pub(super) type ClosedReason = OneOf<market::ClosedReason>;
/// Who wrote a message.
pub(super) type MessageType = OneOf<market::MessageType>;
