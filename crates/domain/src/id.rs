//! Typed ids.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::str::FromStr;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

/// The id of a `T`: a UUID that cannot be mistaken for the id of something else.
///
/// ```
/// use strongroom_domain::{Id, split::User};
///
/// let id = Id::<User>::generate();
/// assert_eq!(id.to_string().parse(), Ok(id));
/// ```
pub struct Id<T> {
    uuid: Uuid,
    of: PhantomData<fn() -> T>,
}

impl<T> Id<T> {
    /// A new id (UUIDv7), which sorts after those made before it.
    #[expect(clippy::disallowed_methods, reason = "this is the one home of UUIDv7")]
    pub fn generate() -> Self {
        Self::from_uuid(Uuid::now_v7())
    }

    /// The id that a stored UUID stands for.
    pub const fn from_uuid(uuid: Uuid) -> Self {
        Self { uuid, of: PhantomData }
    }

    /// The UUID itself, for the database.
    pub const fn uuid(self) -> Uuid {
        self.uuid
    }
}

/// A text that is not a UUID. It does not repeat the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the id must be a UUID")]
pub struct InvalidId;

impl InvalidId {
    /// Stable, machine readable.
    pub const CODE: &'static str = "invalid_id";
}

// Written out, because a derive would ask the same of `T`, of which an id holds nothing.
impl<T> Clone for Id<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Id<T> {}

impl<T> PartialEq for Id<T> {
    fn eq(&self, other: &Self) -> bool {
        self.uuid == other.uuid
    }
}

impl<T> Eq for Id<T> {}

impl<T> PartialOrd for Id<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> Ord for Id<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.uuid.cmp(&other.uuid)
    }
}

impl<T> Hash for Id<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.uuid.hash(state);
    }
}

impl<T> fmt::Debug for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.uuid, f)
    }
}

impl<T> fmt::Display for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.uuid, f)
    }
}

impl<T> FromStr for Id<T> {
    type Err = InvalidId;

    fn from_str(input: &str) -> Result<Self, InvalidId> {
        Uuid::try_parse(input).map(Self::from_uuid).map_err(|_| InvalidId)
    }
}

impl<T> Serialize for Id<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.uuid.serialize(serializer)
    }
}

impl<'de, T> Deserialize<'de> for Id<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Of its own accord `Uuid` would also take an array of its bytes.
        let text = String::deserialize(deserializer)?;
        text.parse()
            .map(Self::from_uuid)
            .map_err(|error: uuid::Error| D::Error::custom(format_args!("UUID parsing failed: {error}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Thing;

    #[test]
    fn ids_sort_by_the_time_they_were_made() {
        let ids: Vec<Id<Thing>> = (0..1_000).map(|_| Id::generate()).collect();
        assert!(ids.is_sorted());
        assert!(ids.iter().all(|id| id.uuid().get_version_num() == 7));
    }

    #[test]
    fn an_id_survives_text_and_json() {
        let id = Id::<Thing>::generate();
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!(format!("{id:?}"), id.to_string());
        let json = serde_json::to_string(&id).unwrap();
        assert_eq!(json, format!("\"{id}\""));
        assert_eq!(serde_json::from_str::<Id<Thing>>(&json).unwrap(), id);
    }

    #[test]
    fn what_is_no_uuid_is_refused() {
        for input in ["", "1", "nil", "0190a0a0-0000-7000-8000-00000000000g", "\0", "१२३"] {
            assert_eq!(input.parse::<Id<Thing>>(), Err(InvalidId));
        }
    }
}
