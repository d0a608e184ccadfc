//! Closed sets of this system, as the OpenAPI document names them.

use repository::domain::pantry;

use crate::http::OneOf;

/// Who wrote a message.
pub(super) type MessageRole = OneOf<pantry::MessageRole>;
/// Which meal of the day.
pub(super) type MealType = OneOf<pantry::MealType>;
/// What spending is broken down by.
pub(super) type SpendingBy = OneOf<pantry::SpendingBy>;
