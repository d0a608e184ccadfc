//! What the use cases of every system have in common, for callers that treat all systems alike.

use domain::{Email, Invalid, PhoneNumber};
use repository::Tx;
use repository::erasure::Erased;
use uuid::Uuid;

use crate::{Conflict, Error, Result, conflicts, export, identity, market, pantry, split, whatsapp};

/// The use cases of a system that are called by its name.
#[derive(Debug)]
pub struct System {
    /// The name: `split`.
    pub name: &'static str,
    /// The reasons for which it refuses with a conflict.
    pub conflicts: &'static [&'static Conflict],
    /// Loads its sample data, unless it is there; returns whether it did.
    pub load_sample_data: fn(&mut Tx<'_>) -> Result<bool>,
    /// Erases a person for good, deleted or not. Nothing is counted if there is nobody.
    pub erase: fn(&mut Tx<'_>, &Person) -> Result<Erased>,
}

/// How a person is named whose rows are to be erased.
#[derive(Debug)]
pub enum Person {
    /// By the id of a user.
    Id(Uuid),
    /// By a phone number.
    Phone(PhoneNumber),
    /// By an e-mail address.
    Email(Email),
}

impl Person {
    /// The refusal of a system that does not store this property.
    pub(crate) fn not_known(&self) -> Error {
        let (pointer, detail) = match self {
            Self::Id(_) => ("/id", "the system has no users: name the person in another way"),
            Self::Phone(_) => {
                ("/phone", "the system stores no phone numbers: name the person in another way")
            }
            Self::Email(_) => {
                ("/email", "the system stores no e-mail addresses: name the person in another way")
            }
        };
        Error::invalid(pointer, "not_stored", detail)
    }
}

/// Every system, as in [`repository::SYSTEMS`] but for the platform.
pub static SYSTEMS: &[&System] =
    &[&split::SYSTEM, &export::SYSTEM, &pantry::SYSTEM, &whatsapp::SYSTEM, &market::SYSTEM];

/// The system of this name.
pub fn find(name: &str) -> Option<&'static System> {
    SYSTEMS.iter().copied().find(|system| system.name == name)
}

/// Every reason for a conflict: those of log-in, those that several systems have, then those of each system.
pub fn conflicts() -> impl Iterator<Item = &'static Conflict> {
    let of_systems = SYSTEMS.iter().flat_map(|system| system.conflicts);
    identity::conflicts::ALL.iter().chain(conflicts::ALL).chain(of_systems).copied()
}

/// Loads the sample data of all systems, where it is not there; returns whether any was loaded.
///
/// It is made by the same use cases that serve requests, so that it holds nothing that could not come about. The people and
/// their numbers are invented.
pub fn load_sample_data(tx: &mut Tx<'_>) -> Result<bool> {
    SYSTEMS.iter().try_fold(false, |loaded, system| Ok((system.load_sample_data)(tx)? || loaded))
}

/// Parses the literals of sample data.
pub(crate) fn parse<T>(read: impl FnOnce(&mut Invalid) -> Option<T>) -> Result<T> {
    let mut fields = Invalid::collect();
    let value = read(&mut fields);
    Ok(fields.build(|| value)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_system_of_the_database_has_its_use_cases() {
        let stored = repository::SYSTEMS.iter().map(|system| system.name).filter(|name| *name != "platform");
        assert!(stored.eq(SYSTEMS.iter().map(|system| system.name)));
    }
}
