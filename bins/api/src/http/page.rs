//! Lists: pages by keyset, with cursors that cannot be forged or used elsewhere.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::DateTime;
use repository::codec::Signer;
use repository::domain::{Limit, Page, PageRequest, Position};
use serde::{Deserialize, Serialize};
use utoipa::openapi::Ref;
use utoipa::openapi::schema::{Array, ArrayBuilder};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::http::error::{ApiError, codes};

/// Bytes of a position: the time in microseconds, and the row.
const POSITION: usize = 8 + 16;

/// The query of a list that has no filters.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct PageQuery {
    /// At most so many rows, 1 to 100; 50 when absent.
    #[param(minimum = 1, maximum = 100, example = 20)]
    pub(crate) limit: Option<i64>,
    /// `next_cursor` of the page before.
    pub(crate) cursor: Option<String>,
}

/// One page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct List<T: ToSchema> {
    /// The rows.
    #[schema(schema_with = rows::<T>)]
    data: Vec<T>,
    /// What to send as `cursor` for the next page; null on the last.
    next_cursor: Option<String>,
}

/// Rows by their name, which the derive macro would spell out.
fn rows<T: ToSchema>() -> Array {
    ArrayBuilder::new().items(Ref::from_schema_name(T::name())).build()
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
    pub(crate) fn request(&self, limit: Option<i64>, cursor: Option<&str>) -> Result<PageRequest, ApiError> {
        let limit = match limit {
            None => Limit::default(),
            Some(rows) => Limit::new(rows)
                .map_err(|error| ApiError::invalid("/limit", "limit_out_of_range", error.to_string()))?,
        };
        let position = |cursor| {
            self.open(cursor).ok_or_else(|| {
                ApiError::new(&codes::INVALID_CURSOR, "the cursor is not one of this list: begin without one")
            })
        };
        Ok(PageRequest { limit, after: cursor.map(position).transpose()? })
    }

    /// The answer for a page, its rows turned into bodies.
    pub(crate) fn answer<T, U: ToSchema>(&self, page: Page<T>, body: impl FnMut(T) -> U) -> List<U> {
        let next_cursor = page.next.map(|position| self.seal(position));
        List { data: page.items.into_iter().map(body).collect(), next_cursor }
    }

    fn seal(&self, position: Position) -> String {
        let mut bytes = Vec::with_capacity(POSITION + Signer::TAG);
        bytes.extend_from_slice(&position.at.timestamp_micros().to_be_bytes());
        bytes.extend_from_slice(position.id.as_bytes());
        let tag = self.signer.sign(&self.message(&bytes));
        bytes.extend_from_slice(&tag);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    fn open(&self, cursor: &str) -> Option<Position> {
        let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
        let (position, tag) = bytes.split_at_checked(POSITION)?;
        self.signer.verify(&self.message(position), tag).ok()?;
        let (at, id) = position.split_first_chunk()?;
        let at = DateTime::from_timestamp_micros(i64::from_be_bytes(*at))?;
        Some(Position { at, id: Uuid::from_slice(id).ok()? })
    }

    /// What is signed: the position and whose it is. Neither name nor owner holds a NUL, so no two lists share one.
    fn message(&self, position: &[u8]) -> Vec<u8> {
        [self.name.as_bytes(), self.owner.as_bytes(), position].join(&0)
    }
}

#[cfg(test)]
mod tests {
    use repository::codec::{Cipher, EncryptionKey, IndexKey, KeyRing};

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
        let answer = list.answer(Page { items: vec![1, 2], next: Some(position()) }, |n| n * 2);
        assert_eq!(answer.data, [2, 4]);
        let request = list.request(Some(2), answer.next_cursor.as_deref()).unwrap();
        assert_eq!(request, PageRequest { limit: Limit::new(2).unwrap(), after: Some(position()) });
        assert_eq!(list.answer(Page { items: vec![1], next: None }, |n| n).next_cursor, None);
    }

    #[test]
    fn forged_and_foreign_cursors_are_refused() {
        let signer = signer();
        let list = |name, owner: &str| ListOf::new(&signer, name, owner.to_owned());
        let cursor = list("split.contacts", "a").seal(position());
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
            let error = list("split.contacts", "a").request(None, Some(&forged)).unwrap_err();
            assert_eq!(
                (error.kind().code, error.kind().status.as_u16()),
                ("invalid_cursor", 400),
                "{forged}"
            );
        }
        assert!(list("split.contacts", "a").open(&cursor).is_some());
        assert!(list("split.contacts", "b").open(&cursor).is_none());
        assert!(list("split.bills", "a").open(&cursor).is_none());
    }

    #[test]
    fn limits_have_a_default_and_a_range() {
        let signer = signer();
        let list = ListOf::new(&signer, "split.contacts", "a".into());
        assert_eq!(list.request(None, None).unwrap().limit.rows(), 50);
        for limit in [0, -1, 101] {
            let problem = list.request(Some(limit), None).unwrap_err().problem("");
            assert_eq!((problem.status, problem.errors[0].pointer.as_str()), (422, "/limit"));
        }
    }
}
