//! Erasing for good, as the routes that delete offer it.

use repository::split::erasure::Erased;
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::error::ApiError;
pub(super) use crate::http::input::EraseQuery;
use crate::http::respond::{Reply, ok};

/// How many rows went.
#[derive(Serialize, ToSchema)]
pub(super) struct ErasedBody {
    users: usize,
    contacts: usize,
    /// Contacts that bills still need: their name and number were overwritten.
    contacts_overwritten: usize,
    bills: usize,
    bill_participants: usize,
    payment_requests: usize,
    conversation_states: usize,
    /// Answers that were kept for idempotency keys.
    idempotency_keys: usize,
}

/// The answer to an erasure.
pub(super) fn erased(erased: Erased) -> Result<Reply, ApiError> {
    ok(ErasedBody::from(erased))
}

impl From<Erased> for ErasedBody {
    fn from(erased: Erased) -> Self {
        let Erased {
            users,
            contacts,
            contacts_overwritten,
            bills,
            bill_participants,
            payment_requests,
            conversation_states,
            idempotency_keys,
        } = erased;
        Self {
            users,
            contacts,
            contacts_overwritten,
            bills,
            bill_participants,
            payment_requests,
            conversation_states,
            idempotency_keys,
        }
    }
}
