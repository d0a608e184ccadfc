//! Rows for requests to be about, whatever the system.

use std::collections::BTreeMap;

use repository::testing::unique;
use serde_json::{Value, json};
use strongroom_tests::Server;

use super::systems::{Person, TestedSystem, person, system_of};

/// The rows of a user, by the name of their kind in paths.
#[derive(Default)]
pub(crate) struct Rows {
    /// The user's access token; none in a system that hands out none.
    pub(crate) token: Option<String>,
    ids: BTreeMap<&'static str, Vec<String>>,
    fields: BTreeMap<(&'static str, &'static str), Field>,
}

/// A field by which requests about a kind of rows name one of them, and a value that names none.
struct Field {
    value: Value,
    of_nobody: Value,
}

impl Rows {
    /// Rows for the requests of an operation with this path.
    pub(crate) fn for_path(server: &Server, path: &str) -> Self {
        Self::of_people(server, path, &person)
    }

    /// The same, made of these people.
    pub(crate) fn of_people(server: &Server, path: &str, person: &dyn Fn() -> Person) -> Self {
        if !path.starts_with("/v1/") {
            return Self::default();
        }
        system_of(path).make_rows(server, person)
    }

    /// No rows yet, of a user with this access token.
    pub(super) fn of_user(token: String) -> Self {
        Self { token: Some(token), ..Self::default() }
    }

    pub(super) fn with(mut self, kind: &'static str, ids: Vec<String>) -> Self {
        self.ids.insert(kind, ids);
        self
    }

    pub(super) fn with_field(
        mut self,
        kind: &'static str,
        name: &'static str,
        value: &Value,
        of_nobody: Value,
    ) -> Self {
        self.fields.insert((kind, name), Field { value: value.clone(), of_nobody });
        self
    }

    /// The ids of one kind.
    pub(crate) fn of(&self, kind: &str) -> &[String] {
        let missing =
            || panic!("no rows of {kind}: `make_rows` in tests/it/contract/systems/ has to make some");
        self.ids.get(kind).unwrap_or_else(missing)
    }

    /// A row to stand for a parameter of a path: `{id}` by the kind that the path is about, another by its name.
    pub(super) fn for_parameter(&self, name: &str, kind: &str) -> Option<&[String]> {
        if name == "id" { Some(self.of(kind)) } else { self.ids.get(name).map(Vec::as_slice) }
    }

    /// The ids of all rows.
    pub(super) fn ids(&self) -> impl Iterator<Item = &String> {
        self.ids.values().flatten()
    }

    /// Puts values of these rows into the fields of a body that name one of a kind, or values that name none.
    pub(super) fn name_in(&self, body: &mut Value, kind: &str, nobody: bool) {
        for ((_, name), field) in self.fields.iter().filter(|((of, _), _)| *of == kind) {
            if let Some(place) = body.get_mut(*name) {
                place.clone_from(if nobody { &field.of_nobody } else { &field.value });
            }
        }
    }

    /// An example of the document, about these rows: its ids stand for the first, second, … row of what a field names.
    pub(crate) fn put_into(&self, example: &mut Value, system: &dyn TestedSystem, kind: &str) {
        match example {
            Value::Object(fields) => {
                for (name, field) in fields {
                    self.put_into(field, system, system.kind_of_field(name).unwrap_or(kind));
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.put_into(item, system, kind)),
            Value::String(text) if text.starts_with("00000000-0000-7000-8000-") => {
                let number: usize = text[24..].parse().unwrap_or_default();
                let rows = self.of(kind);
                rows[number.saturating_sub(1) % rows.len()].clone_into(text);
            }
            _ => {}
        }
    }
}

/// Puts what nothing else has into a body that makes something: an example has one phone number, one user name, one e-mail
/// address, and one id of a marketplace's.
pub(super) fn make_unique(body: &mut Value) {
    let Person { phone_number, email, .. } = person();
    let username = email.clone();
    let given_by_marketplace = ["wallapop_id", "wallapop_user_id", "wallapop_chat_id", "wallapop_message_id"]
        .map(|name| (name, unique().to_string()));
    let of_person = [("phone_number", phone_number), ("username", username), ("email", email)];
    for (name, value) in of_person.into_iter().chain(given_by_marketplace) {
        if let Some(field) = body.get_mut(name) {
            *field = json!(value);
        }
    }
}
