//! What an API key may do, and what of it a user's token may.

use std::marker::PhantomData;

use repository::{SYSTEMS, platform, system};

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

/// A system, as a type that scopes are made of.
pub(crate) trait System: 'static {
    /// Its name, as in [`SYSTEMS`].
    const NAME: &'static str;
}

/// A scope that a handler can ask for by a type.
pub(crate) trait Scope: 'static {
    /// The system.
    const SYSTEM: &'static str;
    /// The level in it that an API key needs.
    const KEY: Level;
    /// The level that a user's token needs, for rows of the user's own; none where no token will do.
    const USER: Option<Level>;
}

/// To look at what is in the system `S`.
#[derive(Debug)]
pub(crate) struct Read<S>(PhantomData<S>);

/// To change what is in the system `S`.
#[derive(Debug)]
pub(crate) struct Write<S>(PhantomData<S>);

/// To look after the system `S`.
#[derive(Debug)]
pub(crate) struct Admin<S>(PhantomData<S>);

/// To look after the system `S`; or, for a user of it, to do the same with rows of the user's own.
#[derive(Debug)]
pub(crate) struct AdminOrSelf<S>(PhantomData<S>);

/// The scope `S`, for API keys alone: for what a user must not do even with rows that would be the user's own.
#[derive(Debug)]
pub(crate) struct KeysOnly<S>(PhantomData<S>);

/// What the systems share.
#[derive(Debug)]
pub(crate) struct Platform;

/// `platform:admin`
pub(crate) type PlatformAdmin = Admin<Platform>;

impl System for Platform {
    const NAME: &'static str = platform::SYSTEM.name;
}

impl<S: System> Scope for Read<S> {
    const SYSTEM: &'static str = S::NAME;
    const KEY: Level = Level::Read;
    const USER: Option<Level> = Some(Level::Read);
}

impl<S: System> Scope for Write<S> {
    const SYSTEM: &'static str = S::NAME;
    const KEY: Level = Level::Write;
    const USER: Option<Level> = Some(Level::Write);
}

impl<S: System> Scope for Admin<S> {
    const SYSTEM: &'static str = S::NAME;
    const KEY: Level = Level::Admin;
    const USER: Option<Level> = None;
}

impl<S: System> Scope for AdminOrSelf<S> {
    const SYSTEM: &'static str = S::NAME;
    const KEY: Level = Level::Admin;
    const USER: Option<Level> = Some(Level::Write);
}

impl<S: Scope> Scope for KeysOnly<S> {
    const SYSTEM: &'static str = S::SYSTEM;
    const KEY: Level = S::KEY;
    const USER: Option<Level> = None;
}

/// The name of the system, if its users can have tokens.
pub(super) fn system_with_users(name: &str) -> Option<&'static str> {
    system::find(name).filter(|system| system.end_users.is_some()).map(|system| system.name)
}

/// The systems that a key with these scopes looks after.
pub(super) fn looked_after(scopes: &[String]) -> Vec<&'static str> {
    SYSTEMS.iter().map(|system| system.name).filter(|name| allow(scopes, name, Level::Admin)).collect()
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
    fn every_scope_that_a_type_asks_for_is_one_that_keys_can_have() {
        let scopes: Vec<String> = system::scopes().collect();
        for system in SYSTEMS.iter().filter(|system| system.name != Platform::NAME) {
            for level in [Level::Read, Level::Write, Level::Admin] {
                assert!(scopes.contains(&name(system.name, level)), "{} {level:?}", system.name);
            }
        }
        assert!(scopes.contains(&name(PlatformAdmin::SYSTEM, PlatformAdmin::KEY)));
    }

    #[test]
    fn only_systems_with_users_have_tokens_of_users() {
        assert_eq!(system_with_users("split"), Some("split"));
        assert_eq!(system_with_users("platform"), None);
        assert_eq!(system_with_users("nowhere"), None);
    }
}
