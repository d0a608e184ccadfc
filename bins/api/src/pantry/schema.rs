//! Closed sets of this system, as the OpenAPI document names them.

use repository::domain::pantry;

use crate::http::OneOf;

/// Who wrote a message.
pub(super) type MessageRole = OneOf<pantry::MessageRole>;
