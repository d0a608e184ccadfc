//! What a place for values can do, whichever it is.

use std::sync::Arc;
use std::time::Duration;

use actix_web::web::Bytes;

/// What a value is called in a store. Nothing can be read from it.
pub(super) type Name = Arc<str>;

/// A sealed value, and how long it is kept from now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) value: Bytes,
    pub(super) rest: Duration,
}

/// A place for sealed values. Every answer is `None` where the place does not answer in time.
pub(super) trait Store {
    /// The value of this name.
    async fn get(&self, name: &Name) -> Option<Option<Found>>;

    /// Keeps a value for so long.
    async fn set(&self, name: &Name, value: Bytes, time: Duration) -> Option<()>;

    /// Keeps a value in place of the one that is there for the time that this one has left, and else for so long; answers for how
    /// long.
    async fn replace(&self, name: &Name, value: Bytes, time: Duration) -> Option<Duration>;

    /// Keeps a value for so long if the one that is there is `old`, or if none is and `old` is none; answers whether it was.
    async fn swap(&self, name: &Name, old: Option<&Bytes>, new: Bytes, time: Duration) -> Option<bool>;

    /// Keeps the value of this name for so long from now, and answers it.
    async fn extend(&self, name: &Name, time: Duration) -> Option<Option<Found>>;

    /// Drops the values of these names; answers how many there were.
    async fn delete(&self, names: &[Name]) -> Option<usize>;
}
