//! The rows of a batch: a JSON array, or a JSON document on every line. Each row is read on its own, so that a wrong one
//! does not keep the others from being stored.

use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::web::Bytes;
use actix_web::{FromRequest, HttpRequest, web};
use repository::domain::json;
use serde::de::DeserializeOwned;
use utoipa::ToSchema;
use utoipa::openapi::Required;
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, Type};

use super::body::{self, Format};
use super::decode;
use crate::http::docs::operation::{Describe, OperationDoc};
use crate::http::error::{ApiError, FieldProblem, codes};

/// Rows of one batch: as many as a small machine stores within the time a request has.
const MOST_ROWS: usize = 10_000;

/// A row, or what is wrong with it.
pub(crate) type Row<T> = Result<T, Vec<FieldProblem>>;

/// The body of a batch, not yet read into rows, because that is long work.
///
/// 415 when it is of another type, 413 beyond 16 MiB, 408 when it takes over 15 s to arrive. The request's time starts
/// when the body has arrived.
#[derive(Debug)]
pub(crate) struct Rows<T> {
    body: Bytes,
    format: Format,
    row: PhantomData<T>,
}

impl<T> FromRequest for Rows<T> {
    type Error = ApiError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, ApiError>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let payload = web::Payload::from_request(request, payload).into_inner();
        let request = request.clone();
        Box::pin(async move {
            let payload = payload.map_err(|error| ApiError::fault(&error))?;
            let (body, format) = body::read_batch(&request, payload).await?;
            Ok(Self { body, format, row: PhantomData })
        })
    }
}

impl<T: ToSchema> Describe for Rows<T> {
    fn describe(operation: &mut OperationDoc) {
        let rows = ArrayBuilder::new().items(operation.schema::<T>()).build();
        let lines = ObjectBuilder::new().schema_type(Type::String);
        let contents = [("application/json", rows.into()), ("application/x-ndjson", lines.into())];
        operation.body(contents, Required::True, Some("The rows; in NDJSON one on each line"));
        for (status, reason) in [
            (
                400,
                "`malformed_json`: the body is no JSON array; `bad_request`: the request cannot be understood",
            ),
            (408, "`request_timeout`: the body took over 15 s to arrive"),
            (413, "`payload_too_large`: the body is longer than 16 MiB, or has more than 10,000 rows"),
            (
                415,
                "`unsupported_media_type`: the body is sent as neither `application/json` nor `application/x-ndjson`",
            ),
            (422, "`invalid_input`: the body is JSON and no array"),
        ] {
            operation.problem(status, reason);
        }
    }
}

impl<T: DeserializeOwned> Rows<T> {
    /// Reads the rows.
    ///
    /// # Errors
    /// 413 when there are more than [`MOST_ROWS`], 400 when the body is no JSON array. A line that is no JSON is a row that
    /// is wrong.
    pub(crate) fn read(&self) -> Result<Vec<Row<T>>, ApiError> {
        let rows = match self.format {
            Format::Array => array(&self.body)?,
            Format::Lines => lines(&self.body),
        };
        if rows.len() > MOST_ROWS {
            let detail = format!("a batch has at most {MOST_ROWS} rows: send the others in another one");
            return Err(ApiError::new(&codes::PAYLOAD_TOO_LARGE, detail));
        }
        Ok(rows.into_iter().map(|row| decode::json(row).map_err(|error| problems(&error))).collect())
    }
}

/// What is wrong with one row. What concerns the whole of it has an empty pointer.
fn problems(error: &ApiError) -> Vec<FieldProblem> {
    let problem = error.problem("");
    if problem.errors.is_empty() {
        let (code, detail) = (problem.code.to_owned(), problem.detail);
        return vec![FieldProblem { pointer: String::new(), code, detail }];
    }
    problem.errors
}

/// The elements of an array as they are written, one more than [`MOST_ROWS`] at most.
fn array(body: &[u8]) -> Result<Vec<&[u8]>, ApiError> {
    let elements =
        json::elements(decode::text(body)?, MOST_ROWS + 1).map_err(|error| decode::not_json(&error))?;
    let no_array = || ApiError::invalid("", "wrong_type", "this value is of a wrong type; expected an array");
    Ok(elements.ok_or_else(no_array)?.into_iter().map(str::as_bytes).collect())
}

/// The lines that are not blank, one more than [`MOST_ROWS`] at most. They are told apart before anything in them is looked
/// at, so that nothing in one line matters to another.
fn lines(body: &[u8]) -> Vec<&[u8]> {
    let lines = body.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    lines.filter(|line| !line.is_empty()).take(MOST_ROWS + 1).collect()
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;
    use crate::http::input::DecimalText;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Line {
        amount: DecimalText,
    }

    fn rows(format: Format, body: &str) -> Result<Vec<Row<String>>, &'static str> {
        let body = Bytes::copy_from_slice(body.as_bytes());
        let rows =
            Rows::<Line> { body, format, row: PhantomData }.read().map_err(|error| error.kind().code)?;
        Ok(rows.into_iter().map(|row| row.map(|line| line.amount.as_str().to_owned())).collect())
    }

    fn wrong(row: &Row<String>) -> (&str, &str) {
        let [field] = row.as_ref().unwrap_err().as_slice() else { panic!("{row:?}") };
        (&field.pointer, &field.code)
    }

    #[test]
    fn every_row_is_read_on_its_own() {
        let array = r#"[{"amount": 33.340}, {"amuont": 1}, 7, {"amount": "1"}]"#;
        let lines = "{\"amount\": 33.340}\r\n\n{\"amuont\": 1}\n7\n{\"amount\": \"1\"}\n";
        for (format, body) in [(Format::Array, array), (Format::Lines, lines)] {
            let rows = rows(format, body).unwrap();
            assert_eq!((&rows[0], &rows[3]), (&Ok("33.340".to_owned()), &Ok("1".to_owned())));
            assert_eq!(wrong(&rows[1]), ("/amuont", "unknown_field"));
            assert_eq!(wrong(&rows[2]), ("", "wrong_type"));
        }
        assert_eq!(rows(Format::Array, "[]"), Ok(vec![]));
        assert_eq!(rows(Format::Lines, ""), Ok(vec![]));
    }

    #[test]
    fn a_line_that_is_no_json_is_one_wrong_row_and_an_array_that_is_none_is_refused() {
        let lines = rows(Format::Lines, "{\"amount\": 1}\n{\"amount\"\n").unwrap();
        assert_eq!((lines[0].is_ok(), wrong(&lines[1])), (true, ("", "malformed_json")));
        for (body, code) in [
            ("", "malformed_json"),
            ("[{\"amount\": 1}", "malformed_json"),
            ("[] x", "malformed_json"),
            ("{\"amount\": 1}", "invalid_input"),
        ] {
            assert_eq!(rows(Format::Array, body), Err(code), "{body}");
        }
    }

    #[test]
    fn a_row_that_cannot_be_read_keeps_no_other_from_being_read() {
        let (open, shut) = ("[".repeat(200), "]".repeat(200));
        let deep = format!(r#"{{"amount": {open}{shut}}}"#);
        for line in [&open, "{\"amount\": \"1}", "\"", "}", "{\"amount\": 1e9999}", &deep] {
            let rows = rows(Format::Lines, &format!("{{\"amount\": 1}}\n{line}\n{{\"amount\": 2}}")).unwrap();
            assert!(rows[0].is_ok() && rows[1].is_err() && rows[2].is_ok(), "{line}: {rows:?}");
        }
        let rows = rows(Format::Array, &format!("[{{\"amount\": 1}}, {deep}, {{\"amount\": 2}}]")).unwrap();
        assert_eq!((rows[0].is_ok(), wrong(&rows[1]).1, rows[2].is_ok()), (true, "too_deep", true));
        let body = Bytes::from_static(b"\xff\n{\"amount\": 1}");
        let not_utf_8 = Rows::<Line> { body, format: Format::Lines, row: PhantomData };
        assert!(not_utf_8.read().unwrap()[1].is_ok());
    }

    #[test]
    fn there_is_a_most() {
        let many = |count: usize| vec![r#"{"amount":1}"#; count];
        assert_eq!(rows(Format::Lines, &many(MOST_ROWS).join("\n")).unwrap().len(), MOST_ROWS);
        assert_eq!(rows(Format::Lines, &many(MOST_ROWS + 1).join("\n")), Err("payload_too_large"));
        assert_eq!(
            rows(Format::Array, &format!("[{}]", many(MOST_ROWS + 2).join(","))),
            Err("payload_too_large")
        );
    }
}
