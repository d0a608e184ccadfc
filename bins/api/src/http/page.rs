//! Lists: pages by keyset, with cursors that cannot be forged or used elsewhere.

use std::borrow::Cow;
use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use repository::codec::Signer;
use repository::domain::{Limit, Page, PageRequest};
use repository::platform::idempotency_keys::Answer;
use serde::{Deserialize, Serialize};
use utoipa::openapi::path::ParameterIn;
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, SchemaType, Type};
use utoipa::openapi::{Ref, RefOr, Schema};
use utoipa::{IntoParams, PartialSchema, ToSchema};

use crate::http::cursor_position::CursorPosition;
use crate::http::docs::operation::{Describe, OperationDoc};
use crate::http::error::{ApiError, codes};
use crate::http::input::query;
use crate::http::respond::{Kind, Shown};

/// Which page of a list is asked for, beside the filters that a [`Query`](crate::http::input::Query) has.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct Paging {
    /// At most so many rows, 1 to 100; 50 when absent.
    #[param(minimum = 1, maximum = 100, example = 20)]
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

impl Paging {
    /// The page that a body asks for, of a search whose words must stand in no URL.
    pub(crate) fn of(limit: Option<i64>, cursor: Option<String>) -> Self {
        Self { limit, cursor }
    }
}

impl FromRequest for Paging {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(query::parse(request.query_string(), |name| query::PAGING.contains(&name)))
    }
}

impl Describe for Paging {
    fn describe(operation: &mut OperationDoc) {
        operation.parameters(Self::into_params(|| Some(ParameterIn::Query)));
        operation.problem(400, "`invalid_cursor`: the cursor is not one of this list");
        operation.problem(422, query::BROKEN_RULE);
    }
}

/// One page of a list.
#[derive(Debug, Serialize)]
pub(crate) struct List<T> {
    data: Vec<T>,
    next_cursor: Option<String>,
}

impl<T: ToSchema> PartialSchema for List<T> {
    fn schema() -> RefOr<Schema> {
        let rows = ArrayBuilder::new().items(Ref::from_schema_name(T::name())).description(Some("The rows."));
        let cursor = ObjectBuilder::new()
            .schema_type(SchemaType::from_iter([Type::String, Type::Null]))
            .description(Some("What to send as `cursor` for the next page; null on the last."));
        ObjectBuilder::new()
            .description(Some("One page of a list."))
            .property("data", rows)
            .required("data")
            .property("next_cursor", cursor)
            .into()
    }
}

/// `List_ContactBody`: the derive macro would leave out the rows.
impl<T: ToSchema> ToSchema for List<T> {
    fn name() -> Cow<'static, str> {
        Cow::Owned(format!("List_{}", T::name()))
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((T::name().into_owned(), T::schema()));
        T::schemas(schemas);
    }
}

impl<T: Serialize + ToSchema + 'static> Kind for List<T> {
    fn write(self) -> Result<Answer, ApiError> {
        Shown(self).write()
    }
}

impl<T: ToSchema> Describe for List<T> {
    fn describe(operation: &mut OperationDoc) {
        operation.success::<Self>(200);
    }
}

/// A list of one owner. It reads and writes the cursors of its pages.
pub(crate) struct ListOf<'a> {
    signer: &'a Signer,
    name: &'static str,
    owner: String,
}

impl<'a> ListOf<'a> {
    pub(crate) fn new(signer: &'a Signer, name: &'static str, owner: String) -> Self {
        Self { signer, name, owner }
    }

    /// Which page a request asks for, by its `limit` and `cursor`.
    ///
    /// # Errors
    /// 422 for a limit outside 1 to 100, [`codes::INVALID_CURSOR`] for a cursor that this list did not make.
    pub(crate) fn request<P: CursorPosition>(&self, paging: &Paging) -> Result<PageRequest<P>, ApiError> {
        let limit = match paging.limit {
            None => Limit::default(),
            Some(rows) => Limit::new(rows)
                .map_err(|error| ApiError::invalid("/limit", "limit_out_of_range", error.to_string()))?,
        };
        let position = |cursor| {
            self.open(cursor).ok_or_else(|| {
                ApiError::new(&codes::INVALID_CURSOR, "the cursor is not one of this list: begin without one")
            })
        };
        Ok(PageRequest { limit, after: paging.cursor.as_deref().map(position).transpose()? })
    }

    /// The answer for a page, its rows turned into bodies.
    pub(crate) fn answer<T, U: From<T>, P: CursorPosition>(&self, page: Page<T, P>) -> List<U> {
        let next_cursor = page.next.map(|position| self.seal(&position));
        List { data: page.items.into_iter().map(U::from).collect(), next_cursor }
    }

    fn seal(&self, position: &impl CursorPosition) -> String {
        let mut bytes = position.to_bytes();
        let tag = self.signer.sign(&self.message(&bytes));
        bytes.extend_from_slice(&tag);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    fn open<P: CursorPosition>(&self, cursor: &str) -> Option<P> {
        let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
        let (position, tag) = bytes.split_last_chunk::<{ Signer::TAG }>()?;
        self.signer.verify(&self.message(position), tag).ok()?;
        P::from_bytes(position)
    }

    /// What is signed: the position and whose it is. Neither name nor owner holds a NUL, so no two lists share one.
    fn message(&self, position: &[u8]) -> Vec<u8> {
        [self.name.as_bytes(), self.owner.as_bytes(), position].join(&0)
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use repository::codec::{Cipher, EncryptionKey, IndexKey, KeyRing};
    use repository::domain::Position;
    use uuid::Uuid;

    use super::*;

    fn signer() -> Signer {
        let ring = KeyRing::new(EncryptionKey::generate().unwrap(), Vec::new()).unwrap();
        Cipher::new(&ring, &IndexKey::generate().unwrap(), &[]).signer("cursor")
    }

    fn position() -> Position {
        Position {
            at: DateTime::from_timestamp_micros(1_795_201_415_123_456).unwrap(),
            id: Uuid::from_u128(7),
        }
    }

    #[test]
    fn a_cursor_comes_back_as_its_position() {
        let signer = signer();
        let list = ListOf::new(&signer, "split.contacts", "a".into());
        let answer: List<i64> = list.answer(Page { items: vec![1_i32, 2], next: Some(position()) });
        assert_eq!(answer.data, [1, 2]);
        let request = list.request(&Paging { limit: Some(2), cursor: answer.next_cursor }).unwrap();
        assert_eq!(request, PageRequest { limit: Limit::new(2).unwrap(), after: Some(position()) });
        assert_eq!(list.answer::<i32, i64, Position>(Page { items: vec![1], next: None }).next_cursor, None);
    }

    #[test]
    fn forged_and_foreign_cursors_are_refused() {
        let signer = signer();
        let list = |name, owner: &str| ListOf::new(&signer, name, owner.to_owned());
        let cursor = list("split.contacts", "a").seal(&position());
        let bytes = URL_SAFE_NO_PAD.decode(&cursor).unwrap();
        let changed = |n: usize| {
            let mut bytes = bytes.clone();
            bytes[n] ^= 1;
            URL_SAFE_NO_PAD.encode(bytes)
        };
        let mut forged: Vec<String> = (0..bytes.len()).map(changed).collect();
        forged.extend(
            ["", "x", "....", &cursor[..cursor.len() - 2], &format!("{cursor}AA")].map(str::to_owned),
        );
        for forged in forged {
            let error = {
                let paging = Paging { cursor: Some(forged.clone()), ..Paging::default() };
                list("split.contacts", "a").request::<Position>(&paging).unwrap_err()
            };
            assert_eq!(
                (error.kind().code, error.kind().status.as_u16()),
                ("invalid_cursor", 400),
                "{forged}"
            );
        }
        assert!(list("split.contacts", "a").open::<Position>(&cursor).is_some());
        assert!(list("split.contacts", "b").open::<Position>(&cursor).is_none());
        assert!(list("split.bills", "a").open::<Position>(&cursor).is_none());
    }

    #[test]
    fn limits_have_a_default_and_a_range() {
        let signer = signer();
        let list = ListOf::new(&signer, "split.contacts", "a".into());
        assert_eq!(list.request::<Position>(&Paging::default()).unwrap().limit.rows(), 50);
        for limit in [0, -1, 101] {
            let problem = list
                .request::<Position>(&Paging { limit: Some(limit), cursor: None })
                .unwrap_err()
                .problem("");
            assert_eq!((problem.status, problem.errors[0].pointer.as_str()), (422, "/limit"));
        }
    }
}
