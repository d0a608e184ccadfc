//! Erasing for good, as the routes that delete offer it.

use repository::split::erasure::Erased;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::error::ApiError;
use crate::respond::{Reply, ok};

/// Whether to delete so that nothing can be restored.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct EraseQuery {
    /// Removes it for good, with everything that names the person. Needs the scope `split:admin`.
    erase: Option<bool>,
}

impl EraseQuery {
    pub(super) fn erase(&self) -> bool {
        self.erase.unwrap_or(false)
    }
}

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
