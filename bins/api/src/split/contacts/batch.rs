//! Contacts in bulk.

use repository::Tx;
use repository::domain::split::{Contact, ContactChanges, NewContact, User};
use repository::domain::{Id, Invalid};
use serde::Deserialize;
use service::split::batch;
use utoipa::ToSchema;

use super::bodies::{CreateContact, UpdateContact};
use crate::http::batch::{Asked, BatchBody, Sorted, sort};
use crate::http::input::fields::required;
use crate::http::input::{Patch, present};
use crate::http::{ApiResult, Change, PathId, Routes, Rows, Shown, add_routes};
use crate::split::SplitWrite;

pub(super) fn routes(routes: &mut Routes) {
    add_routes!(routes, "split contacts": store_contacts);
}

/// A contact to be made or, with an `id`, to be changed.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Ravi", "phone_number": "98765 43211"}))]
struct ContactRow {
    /// The contact to change; none for a new one.
    #[schema(value_type = Option<Uuid>)]
    id: Option<String>,
    /// Required for a new one.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    name: Patch<String>,
    /// Required for a new one.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    phone_number: Patch<String>,
}

type AskedContact = Asked<NewContact, (Id<Contact>, ContactChanges)>;

impl ContactRow {
    fn read(self, user: Id<User>) -> Result<AskedContact, Invalid> {
        let Self { id, name, phone_number } = self;
        let mut fields = Invalid::collect();
        let Some(id) = id else {
            let name = required(&mut fields, "/name", name);
            let phone_number = required(&mut fields, "/phone_number", phone_number);
            let new = fields.build(|| Some(CreateContact { name: name?, phone_number: phone_number? }))?;
            return new.read(user).map(Asked::New);
        };
        let id = fields.take("/id", id.parse());
        let changes = fields.take("", UpdateContact { name, phone_number }.read());
        fields.build(|| Some(Asked::Change((id?, changes?))))
    }
}

/// Adds and changes many contacts of a user: a JSON array, or NDJSON, of at most 10,000 rows and 16 MiB.
///
/// Valid rows are stored, all of them or none; the result says what became of each. A new contact whose phone number the
/// user has already is found and keeps its name. New contacts come before changes, and one row of a batch may change a
/// contact.
#[utoipa::path(post, path = "/v1/split/users/{id}/contacts/batch")]
async fn store_contacts(
    change: Change<SplitWrite>,
    PathId(user): PathId<User>,
    rows: Rows<ContactRow>,
) -> ApiResult<Shown<BatchBody>> {
    let Sorted { new, changes, places } = sort(rows, move |row| row.read(user)).await?;
    let store = move |tx: &mut Tx<'_>| -> service::Result<_> {
        let created = batch::create_contacts(tx, user, &new)?;
        Ok((created, batch::update_contacts(tx, user, &changes)?))
    };
    let answer = move |(created, updated)| Shown(BatchBody::of(&places, created, updated));
    change.write_as("split.store_contacts", store, answer).await
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::http::input::decode;

    const ID: &str = "00000000-0000-7000-8000-000000000001";

    fn read(row: Value) -> Result<AskedContact, Vec<(String, &'static str)>> {
        let read = decode::json::<ContactRow>(row.to_string().as_bytes()).unwrap().read(Id::generate());
        read.map_err(|invalid| invalid.violations().iter().map(|v| (v.pointer.clone(), v.code)).collect())
    }

    #[test]
    fn a_row_with_an_id_is_a_change_and_one_without_is_new() {
        assert!(matches!(read(json!({"name": "Ravi", "phone_number": "9876543211"})), Ok(Asked::New(_))));
        let Ok(Asked::Change((id, changes))) = read(json!({"id": ID, "name": "Ravi K"})) else { panic!() };
        assert_eq!((id.to_string().as_str(), changes.phone_number), (ID, None));
    }

    #[test]
    fn what_is_missing_or_wrong_is_named() {
        let missing = ["/name", "/phone_number"].map(|pointer| (pointer.to_owned(), "missing"));
        assert_eq!(read(json!({"phone_number": null})).err().unwrap(), missing);
        let wrong = read(json!({"id": "x", "name": null, "phone_number": "12"})).err().unwrap();
        let wrong: Vec<_> = wrong.iter().map(|(pointer, _)| pointer.as_str()).collect();
        assert_eq!(wrong, ["/id", "/name", "/phone_number"]);
    }
}
