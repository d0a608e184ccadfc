//! The systems, as the contract tests see them. A new system joins all of those tests by one [`TestedSystem`].

mod export;
mod market;
mod pantry;
mod split;
mod whatsapp;

use std::sync::atomic::{AtomicU32, Ordering};

use repository::Table;
use repository::testing::unique;
use serde_json::{Value, json};
use strongroom_tests::Server;

use super::client::Client;
use super::document::Operation;
use super::requests::Request;
use super::rows::Rows;

/// What the contract tests need to know of a system.
pub(crate) trait TestedSystem: Sync {
    /// The system's name, which is the prefix of its paths.
    fn name(&self) -> &'static str;

    /// Makes a user with rows of every kind that paths and bodies name, over HTTP as clients make them. Each call of
    /// `person` tells of somebody else.
    fn make_rows(&self, server: &Server, person: &dyn Fn() -> Person) -> Rows;

    /// The kind of the rows that a field of a body names; none for the kind that the path is about.
    fn kind_of_field(&self, _field: &str) -> Option<&'static str> {
        None
    }

    /// Brings rows into the state that the example of an operation needs.
    fn prepare(&self, _client: &Client<'_>, _operation: Operation<'_>, _example: &Request) {}

    /// Fields that take any JSON object, and keep it as it is.
    fn free_objects(&self) -> &'static [&'static str] {
        &[]
    }

    /// Fields that take any JSON object or array, and keep it as it is, in clear or outside the database.
    fn free_values(&self) -> &'static [&'static str] {
        &[]
    }

    /// Fields of bodies whose text is sealed in a column of another name.
    fn sealed_fields(&self) -> &'static [&'static str] {
        &[]
    }

    /// Those of the free objects that are sealed in a column of another name.
    fn sealed_objects(&self) -> &'static [&'static str] {
        &[]
    }

    /// Operations that show every user the same rows.
    fn shared_reads(&self) -> &'static [&'static str] {
        &[]
    }

    /// Operations that a user's token cannot do even with rows of its own, because it has lost them: with the status.
    fn refused_to_owners(&self) -> &'static [(&'static str, u16)] {
        &[]
    }
}

impl dyn TestedSystem {
    /// Whether a field of a body is somebody's text: named as a sealed column is, or as the system says.
    pub(crate) fn seals_text(&self, field: &str) -> bool {
        self.sealed_fields().contains(&field) || self.seals(field, false)
    }

    /// Whether a field of a body is a JSON object that is sealed.
    pub(crate) fn seals_object(&self, field: &str) -> bool {
        self.sealed_objects().contains(&field) || self.seals(field, true)
    }

    fn seals(&self, name: &str, is_json: bool) -> bool {
        let mut sealed = self.tables().flat_map(|table| table.sealed);
        sealed.any(|column| column.name == name && column.is_json() == is_json)
    }

    /// Whether a field of a body is stored in clear.
    pub(crate) fn stores_in_clear(&self, field: &str) -> bool {
        !self.seals_text(field)
            && self.tables().any(|table| table.clear.iter().any(|(name, _)| *name == field))
    }

    /// The system's tables.
    pub(crate) fn tables(&self) -> impl Iterator<Item = &'static Table> {
        repository::system::find(self.name()).into_iter().flat_map(|system| system.tables.iter().copied())
    }

    /// Whether a place of a body, as a JSON pointer, is within a field that takes any JSON.
    pub(crate) fn is_free(&self, place: &str) -> bool {
        let mut free = self.free_objects().iter().chain(self.free_values());
        // In a row of a batch, too.
        let place = place.trim_start_matches(|sign: char| sign == '/' || sign.is_ascii_digit());
        let place = &format!("/{place}");
        free.any(|free| place.strip_prefix(free).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
    }
}

/// All systems that have routes.
pub(crate) const TESTED_SYSTEMS: [&dyn TestedSystem; 5] =
    [&split::Split, &export::Export, &pantry::Pantry, &whatsapp::WhatsApp, &market::Market];

/// The system whose rows an operation is about. The platform's own routes are about a user of the first.
pub(crate) fn system_of(path: &str) -> &'static dyn TestedSystem {
    let name = path.split('/').nth(2).unwrap_or_default();
    let found = TESTED_SYSTEMS.into_iter().find(|system| system.name() == name);
    assert!(
        found.is_some() || repository::system::find(name).is_none(),
        "no rows are made for {path}: implement TestedSystem in tests/it/contract/systems/{name}.rs, and name it in TESTED_SYSTEMS"
    );
    found.unwrap_or(TESTED_SYSTEMS[0])
}

/// Somebody to make rows of.
pub(crate) struct Person {
    pub(crate) name: String,
    pub(crate) phone_number: String,
    pub(crate) email: String,
}

/// Somebody whose phone number and e-mail address nobody else has.
pub(crate) fn person() -> Person {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    Person {
        name: "Asha Rao".to_owned(),
        phone_number: format!("+9198{number:08}"),
        email: format!("{}@example.com", unique()),
    }
}

impl Person {
    /// As requests that make users and contacts write it.
    pub(crate) fn named(&self) -> Value {
        json!({"name": self.name, "phone_number": self.phone_number})
    }
}
