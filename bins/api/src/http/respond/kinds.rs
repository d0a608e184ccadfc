//! The kinds of answers, and what the document says of each.
//!
//! | kind | status | headers |
//! |---|---|---|
//! | [`Found`] | 200 | `ETag` |
//! | [`Shown`] | 200 | |
//! | [`Created`] | 201 | `Location`, `ETag` |
//! | [`Made`] | 201 | `Location` |
//! | [`CreatedOrFound`] | as [`Created`] or [`Found`] | |
//! | [`MadeOrShown`] | as [`Made`] or [`Shown`] | |
//! | [`NoContent`] | 204 | |
//!
//! Beside these there are [`List`](crate::http::page::List), [`Removed`](crate::http::removal::Removed) and
//! [`File`](super::file::File).

use actix_web::http::StatusCode;
use repository::platform::idempotency_keys::Answer;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa::openapi::Response;
use utoipa::openapi::path::HttpMethod;

use super::{AnswerFor, Kind};
use crate::http::docs::operation::{Describe, OperationDoc, header};
use crate::http::error::ApiError;
use crate::http::etag::etag;

/// A body that shows something with a path of its own.
pub(crate) trait Located {
    /// Its path.
    fn location(&self) -> String;
}

/// A body that shows a row with a version.
pub(crate) trait Versioned {
    /// The version, which grows with every change of what is shown.
    fn row_version(&self) -> i64;
}

/// 200 with a row and the `ETag` of its version. A GET understands `If-None-Match`.
pub(crate) struct Found<B>(pub(crate) B);

/// 200 with a body that has no version.
pub(crate) struct Shown<B>(pub(crate) B);

/// 201 with a row that was made, its path, and the `ETag` of its version.
pub(crate) struct Created<B>(pub(crate) B);

/// 201 with something that was made and has no version, and its path.
pub(crate) struct Made<B>(pub(crate) B);

/// A row that was made, or one that was there.
pub(crate) enum CreatedOrFound<B> {
    /// It was made.
    Created(B),
    /// It was there.
    Found(B),
}

/// Something that was made, or was there, and has no version.
pub(crate) enum MadeOrShown<B> {
    /// It was made.
    Made(B),
    /// It was there.
    Shown(B),
}

/// 204: done, and there is nothing to say.
pub(crate) struct NoContent;

/// An answer with a JSON body.
pub(crate) fn write(
    status: StatusCode,
    location: Option<String>,
    row_version: Option<i64>,
    body: &impl Serialize,
) -> Result<Answer, ApiError> {
    let body = serde_json::to_string(body).map_err(|error| ApiError::fault(&error))?;
    Ok(Answer { status: status.as_u16(), location, etag: row_version.map(etag), body })
}

impl<B: Serialize + ToSchema + Versioned + 'static> Kind for Found<B> {
    fn write(self) -> Result<Answer, ApiError> {
        write(StatusCode::OK, None, Some(self.0.row_version()), &self.0)
    }
}

impl<B: Serialize + ToSchema + 'static> Kind for Shown<B> {
    fn write(self) -> Result<Answer, ApiError> {
        write(StatusCode::OK, None, None, &self.0)
    }
}

impl<B: Serialize + ToSchema + Located + Versioned + 'static> Kind for Created<B> {
    fn write(self) -> Result<Answer, ApiError> {
        write(StatusCode::CREATED, Some(self.0.location()), Some(self.0.row_version()), &self.0)
    }
}

impl<B: Serialize + ToSchema + Located + 'static> Kind for Made<B> {
    fn write(self) -> Result<Answer, ApiError> {
        write(StatusCode::CREATED, Some(self.0.location()), None, &self.0)
    }
}

impl<B: Serialize + ToSchema + Located + Versioned + 'static> Kind for CreatedOrFound<B> {
    fn write(self) -> Result<Answer, ApiError> {
        match self {
            Self::Created(body) => Created(body).write(),
            Self::Found(body) => Found(body).write(),
        }
    }
}

impl<B: Serialize + ToSchema + Located + 'static> Kind for MadeOrShown<B> {
    fn write(self) -> Result<Answer, ApiError> {
        match self {
            Self::Made(body) => Made(body).write(),
            Self::Shown(body) => Shown(body).write(),
        }
    }
}

impl Kind for NoContent {
    fn write(self) -> Result<Answer, ApiError> {
        let status = StatusCode::NO_CONTENT.as_u16();
        Ok(Answer { status, location: None, etag: None, body: String::new() })
    }
}

impl<T, B: From<T>> AnswerFor<T> for Found<B>
where
    Self: Kind,
{
    fn answer_for(row: T) -> Self {
        Self(row.into())
    }
}

impl<T, B: From<T>> AnswerFor<T> for Shown<B>
where
    Self: Kind,
{
    fn answer_for(value: T) -> Self {
        Self(value.into())
    }
}

impl<T, B: From<T>> AnswerFor<T> for Created<B>
where
    Self: Kind,
{
    fn answer_for(row: T) -> Self {
        Self(row.into())
    }
}

impl<T, B: From<T>> AnswerFor<T> for Made<B>
where
    Self: Kind,
{
    fn answer_for(value: T) -> Self {
        Self(value.into())
    }
}

/// Of a row, and whether it was made.
impl<T, B: From<T>> AnswerFor<(T, bool)> for CreatedOrFound<B>
where
    Self: Kind,
{
    fn answer_for((row, is_new): (T, bool)) -> Self {
        if is_new { Self::Created(row.into()) } else { Self::Found(row.into()) }
    }
}

/// Of a value, and whether it was made.
impl<T, B: From<T>> AnswerFor<(T, bool)> for MadeOrShown<B>
where
    Self: Kind,
{
    fn answer_for((value, is_new): (T, bool)) -> Self {
        if is_new { Self::Made(value.into()) } else { Self::Shown(value.into()) }
    }
}

impl<T> AnswerFor<T> for NoContent {
    fn answer_for(_: T) -> Self {
        Self
    }
}

impl<B: ToSchema> Describe for Found<B> {
    fn describe(operation: &mut OperationDoc) {
        add_etag(operation.success::<B>(200));
        if operation.method == HttpMethod::Get {
            operation.request_header("If-None-Match", "Only if this is no longer its `ETag`");
            add_etag(operation.respond(304, Response::new("It is what `If-None-Match` names")));
        }
    }
}

impl<B: ToSchema> Describe for Shown<B> {
    fn describe(operation: &mut OperationDoc) {
        operation.success::<B>(200);
    }
}

impl<B: ToSchema> Describe for Created<B> {
    fn describe(operation: &mut OperationDoc) {
        Made::<B>::describe(operation);
        add_etag(operation.response(201));
    }
}

impl<B: ToSchema> Describe for Made<B> {
    fn describe(operation: &mut OperationDoc) {
        let response = operation.success::<B>(201);
        response.headers.insert("Location".to_owned(), header("Its path").into());
    }
}

impl<B: ToSchema> Describe for CreatedOrFound<B> {
    fn describe(operation: &mut OperationDoc) {
        Found::<B>::describe(operation);
        Created::<B>::describe(operation);
        tell_apart(operation, "It was there already.", "It is new.");
    }
}

impl<B: ToSchema> Describe for MadeOrShown<B> {
    fn describe(operation: &mut OperationDoc) {
        Shown::<B>::describe(operation);
        Made::<B>::describe(operation);
        tell_apart(operation, "Nothing new was made.", "Something new was made.");
    }
}

fn tell_apart(operation: &mut OperationDoc, old: &str, new: &str) {
    for (status, which) in [(200, old), (201, new)] {
        let about = &mut operation.response(status).description;
        *about = format!("{about} {which}");
    }
}

impl Describe for NoContent {
    fn describe(operation: &mut OperationDoc) {
        operation.respond(204, Response::new("Done"));
    }
}

fn add_etag(response: &mut Response) {
    response.headers.insert("ETag".to_owned(), header("Its version").into());
}
