//! The systems, each a PostgreSQL schema with tables of its own.

use crate::retention::Rule;
use crate::{Access, Table, export, market, pantry, platform, split, whatsapp};

/// What the shared machinery knows of a system.
#[derive(Debug)]
pub struct System {
    /// The PostgreSQL schema, the Rust module and the prefix of the API: `split`.
    pub name: &'static str,
    /// What it is for, for people.
    pub about: &'static str,
    /// Its tables, owners before what they own.
    pub tables: &'static [&'static Table],
    /// The table of those who can log in or be given tokens, if there are any.
    pub end_users: Option<&'static Table>,
}

/// What the systems share, then each of them.
pub static SYSTEMS: &[&System] = &[
    &platform::SYSTEM,
    &split::SYSTEM,
    &export::SYSTEM,
    &pantry::SYSTEM,
    &whatsapp::SYSTEM,
    &market::SYSTEM,
];

/// The system of this name.
pub fn find(name: &str) -> Option<&'static System> {
    SYSTEMS.iter().copied().find(|system| system.name == name)
}

/// Every scope that an API key can have: three for each system, and one for what they share.
///
/// ```
/// let scopes: Vec<String> = strongroom_repository::system::scopes().collect();
/// assert_eq!(scopes[..4], ["platform:admin", "split:read", "split:write", "split:admin"]);
/// ```
pub fn scopes() -> impl Iterator<Item = String> {
    SYSTEMS.iter().flat_map(|system| {
        let levels: &[&str] =
            if system.name == platform::SYSTEM.name { &["admin"] } else { &["read", "write", "admin"] };
        levels.iter().map(|level| format!("{}:{level}", system.name))
    })
}

/// Every table of every system, owners before what they own.
pub fn tables() -> impl Iterator<Item = &'static Table> {
    SYSTEMS.iter().flat_map(|system| system.tables.iter().copied())
}

/// The tables with soft delete whose rows an end user owns, in the order of their system, each with the column of the
/// owner. None for a table other than the end users'.
pub(crate) fn owned_by(table: &Table) -> impl Iterator<Item = (&'static Table, &'static str)> {
    let name = table.qualified_name();
    let tables = find(table.schema).into_iter().flat_map(|system| system.tables.iter().copied());
    tables.filter(|owned| owned.soft_delete).filter_map(move |owned| {
        let (users, column) = owner_of(owned)?;
        (users.qualified_name() == name).then_some((owned, column))
    })
}

/// The table of the end users who own this table's rows, and the column that names them; none for a table that is owned in
/// another way, and for the table of end users itself.
pub(crate) fn owner_of(table: &Table) -> Option<(&'static Table, &'static str)> {
    let users = find(table.schema)?.end_users?;
    match table.access {
        Access::Owner(column) if table.name != users.name => Some((users, column)),
        _ => None,
    }
}

/// Every retention rule with its table, in the order they are applied: what is owned goes before its owner.
pub fn rules() -> impl Iterator<Item = (&'static Table, &'static Rule)> {
    let of_table = |table: &'static Table| table.retention.iter().map(move |rule| (table, rule));
    let of_system = move |system: &'static System| system.tables.iter().rev().copied().flat_map(of_table);
    SYSTEMS.iter().rev().copied().flat_map(of_system)
}
