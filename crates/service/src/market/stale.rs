//! What a change makes wrong outside the database.

use domain::Id;
use domain::market::{Product, WallapopId};
use repository::market::conversations::Ended;

/// What a use case answers, and what it made wrong outside the database.
#[derive(Clone, Debug)]
pub struct Changed<T> {
    /// The answer.
    pub value: T,
    /// To be dropped after the commit.
    pub stale: Stale,
}

/// Values of the bot's that are kept outside the database and are wrong once a change is committed: cached products, and states
/// of conversations that are not active any more.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stale {
    products: Vec<(Id<Product>, WallapopId)>,
    conversations: Vec<Ended>,
}

impl Stale {
    pub(super) fn product(mut self, id: Id<Product>, wallapop_id: &WallapopId) -> Self {
        self.products.push((id, wallapop_id.clone()));
        self
    }

    pub(super) fn conversations(mut self, ended: impl IntoIterator<Item = Ended>) -> Self {
        self.conversations.extend(ended);
        self
    }

    pub(super) fn after<T>(self, value: T) -> Changed<T> {
        Changed { value, stale: self }
    }

    /// Names of cached products: by their ids and by the marketplace's.
    pub fn cache_keys(&self) -> impl Iterator<Item = String> + '_ {
        self.products
            .iter()
            .flat_map(|(id, wallapop_id)| [format!("product:{id}"), format!("product:{wallapop_id}")])
    }

    /// Names of states: the ids of the conversations and the marketplace's.
    pub fn state_keys(&self) -> impl Iterator<Item = String> + '_ {
        self.conversations.iter().flat_map(|ended| [ended.id.to_string(), ended.wallapop_chat_id.to_string()])
    }
}
