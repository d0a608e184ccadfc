//! What an API key may do, and what of it a user's token may.

use std::marker::PhantomData;

/// How much, within one system. Each level includes the ones before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    /// Look.
    Read,
    /// Change.
    Write,
    /// Look after: erase, restore, keys.
    Admin,
}

/// A scope that a handler can ask for by a type.
pub(crate) trait Scope: 'static {
    /// The system.
    const SYSTEM: &'static str;
    /// The level in it.
    const LEVEL: Level;
    /// Whether a user of the system can have it, for rows of the user's own.
    const END_USERS: bool = true;
}

/// The scope `S`, for API keys alone: for what a user must not do even with rows that would be the user's own.
#[derive(Debug)]
pub(crate) struct KeysOnly<S>(PhantomData<S>);

impl<S: Scope> Scope for KeysOnly<S> {
    const SYSTEM: &'static str = S::SYSTEM;
    const LEVEL: Level = S::LEVEL;
    const END_USERS: bool = false;
}

/// `split:read`
#[derive(Debug)]
pub(crate) struct SplitRead;
/// `split:write`
#[derive(Debug)]
pub(crate) struct SplitWrite;
/// `split:admin`
#[derive(Debug)]
pub(crate) struct SplitAdmin;
/// `platform:admin`
#[derive(Debug)]
pub(crate) struct PlatformAdmin;

impl Scope for SplitRead {
    const SYSTEM: &'static str = "split";
    const LEVEL: Level = Level::Read;
}

impl Scope for SplitWrite {
    const SYSTEM: &'static str = "split";
    const LEVEL: Level = Level::Write;
}

impl Scope for SplitAdmin {
    const SYSTEM: &'static str = "split";
    const LEVEL: Level = Level::Admin;
}

impl Scope for PlatformAdmin {
    const SYSTEM: &'static str = "platform";
    const LEVEL: Level = Level::Admin;
}

/// Every scope a key can have. Those that a handler asks for have a type above.
pub(crate) const SCOPES: [&str; 4] = ["split:read", "split:write", "split:admin", "platform:admin"];

/// The systems whose users can have tokens.
const SYSTEMS_WITH_USERS: [&str; 1] = [SplitRead::SYSTEM];

/// The system of this name, if its users can have tokens.
pub(super) fn system_with_users(name: &str) -> Option<&'static str> {
    SYSTEMS_WITH_USERS.into_iter().find(|system| *system == name)
}

/// A scope as keys carry it.
pub(super) fn name(system: &str, level: Level) -> String {
    let level = match level {
        Level::Read => "read",
        Level::Write => "write",
        Level::Admin => "admin",
    };
    format!("{system}:{level}")
}

/// Whether one of the scopes is of the system and reaches the level.
pub(super) fn allow(scopes: &[String], system: &str, level: Level) -> bool {
    let reached = [Level::Read, Level::Write, Level::Admin].into_iter().filter(|held| *held >= level);
    reached.map(|held| name(system, held)).any(|name| scopes.contains(&name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(held: &str, system: &str) -> Vec<Level> {
        let levels = [Level::Read, Level::Write, Level::Admin];
        levels.into_iter().filter(|level| allow(&[held.to_owned()], system, *level)).collect()
    }

    #[test]
    fn a_level_includes_those_below_it_within_its_system() {
        assert_eq!(allowed("split:read", "split"), [Level::Read]);
        assert_eq!(allowed("split:write", "split"), [Level::Read, Level::Write]);
        assert_eq!(allowed("split:admin", "split"), [Level::Read, Level::Write, Level::Admin]);
        assert_eq!(allowed("platform:admin", "split"), []);
        assert_eq!(allowed("split:admin", "platform"), []);
        assert_eq!(allowed("split", "split"), []);
    }

    #[test]
    fn every_type_of_scope_is_one_that_keys_can_have() {
        fn name_of<S: Scope>() -> String {
            name(S::SYSTEM, S::LEVEL)
        }
        let names = [
            name_of::<SplitRead>(),
            name_of::<SplitWrite>(),
            name_of::<SplitAdmin>(),
            name_of::<PlatformAdmin>(),
        ];
        for name in names {
            assert!(SCOPES.contains(&name.as_str()), "{name}");
        }
    }
}
