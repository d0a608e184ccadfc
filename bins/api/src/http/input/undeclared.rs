//! What a request brings that its operation does not read: an unknown query parameter, or a body where none is taken.
//!
//! Someone who misspells `dry_run`, or confirms a share with an amount, must not believe that it was heard. The OpenAPI
//! document says what each operation reads, and every operation stands in it, so that no handler has to see to this.

use std::collections::HashMap;

use actix_web::dev::ServiceRequest;
use actix_web::http::Method;
use actix_web::web::{Data, Payload};
use actix_web::{FromRequest as _, HttpRequest};
use repository::domain::{Invalid, JsonObject};
use serde_json::Value;
use url::form_urlencoded;

use super::optional_json::has_body;
use super::{body, decode};
use crate::http::docs;
use crate::http::error::ApiError;
use crate::http::request::RequestContext;

/// The most fields that one answer names.
const MOST_NAMED: usize = 20;

/// What every operation reads.
pub(crate) struct Operations(HashMap<String, Vec<(String, Declared)>>);

/// What one operation reads.
struct Declared {
    parameters: Vec<String>,
    takes_body: bool,
}

impl Operations {
    /// The operations of a document.
    pub(crate) fn of(document: &Value) -> Self {
        let of_path = |(path, item): (&String, &Value)| {
            let operations = item.as_object().into_iter().flatten();
            let declared =
                operations.map(|(method, operation)| (method.to_uppercase(), Declared::by(operation)));
            (path.clone(), declared.collect())
        };
        Self(docs::paths(document).map(of_path).collect())
    }

    fn find(&self, route: &str, method: &Method) -> Option<&Declared> {
        let operations = self.0.get(route)?;
        operations.iter().find(|(name, _)| name == method.as_str()).map(|(_, declared)| declared)
    }
}

impl Declared {
    fn by(operation: &Value) -> Self {
        let text = |parameter: &Value, field| Some(parameter.get(field)?.as_str()?.to_owned());
        let parameters = operation.get("parameters").and_then(Value::as_array).into_iter().flatten();
        let in_query = parameters.filter(|parameter| text(parameter, "in").as_deref() == Some("query"));
        Self {
            parameters: in_query.filter_map(|parameter| text(parameter, "name")).collect(),
            takes_body: operation.get("requestBody").is_some(),
        }
    }

    fn check_query(&self, query: &str) -> Result<(), ApiError> {
        let detail = match self.parameters.as_slice() {
            [] => "this route takes no query parameters".to_owned(),
            known => format!("this parameter is not known; expected one of `{}`", known.join("`, `")),
        };
        let names = form_urlencoded::parse(query.as_bytes()).map(|(name, _)| name);
        refuse(names.filter(|name| !self.parameters.iter().any(|known| known == name)), &detail)
    }
}

/// Refuses what the operation of a request does not read (422), and a body that is not JSON (400). Reads the body of an
/// operation that takes none: an empty one, `{}` and `null` pass.
pub(crate) async fn refuse_undeclared(
    request: &mut ServiceRequest,
    context: &RequestContext,
) -> Result<(), ApiError> {
    let operations = request.app_data::<Data<Operations>>().cloned();
    let route = context.route().map_or("", |route| route);
    let declared = operations.as_ref().and_then(|operations| operations.find(route, request.method()));
    let Some(declared) = declared else { return Ok(()) };
    declared.check_query(request.query_string())?;
    if declared.takes_body || !has_body(request.request()) {
        return Ok(());
    }
    let (request, payload) = request.parts_mut();
    let payload = Payload::from_request(request, payload).into_inner();
    refuse_fields(request, payload.map_err(|error| ApiError::fault(&error))?).await
}

async fn refuse_fields(request: &HttpRequest, payload: Payload) -> Result<(), ApiError> {
    let body = body::read_undeclared(request, payload).await?;
    if body.trim_ascii().is_empty() {
        return Ok(());
    }
    let object = decode::document::<Option<JsonObject>>(&body)?.unwrap_or_default();
    refuse(object.fields().keys(), "this field is not known: the request takes no body")
}

fn refuse(names: impl Iterator<Item = impl AsRef<str>>, detail: &str) -> Result<(), ApiError> {
    let mut fields = Invalid::collect();
    for name in names.take(MOST_NAMED) {
        fields.add(decode::pointer_to(name.as_ref()), "unknown_field", detail);
    }
    Ok(fields.finish()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaints(route: &str, method: &Method, query: &str) -> Vec<(String, String)> {
        let operations = Operations::of(&docs::document().unwrap());
        let checked = operations.find(route, method).unwrap().check_query(query);
        let errors = checked.err().map(|error| error.problem("").errors).unwrap_or_default();
        errors.into_iter().map(|field| (field.pointer, field.detail)).collect()
    }

    #[test]
    fn the_document_says_which_parameters_there_are() {
        let users = "/v1/split/users/{id}";
        assert_eq!(complaints(users, &Method::DELETE, "dry_run=true&erase=true"), []);
        assert_eq!(complaints("/livez", &Method::GET, ""), []);
        let [(pointer, detail)] = &complaints(users, &Method::DELETE, "dry_run=true&dryrun=true")[..] else {
            panic!("one parameter is wrong")
        };
        assert_eq!(pointer, "/dryrun");
        assert!(detail.contains("`dry_run`") && !detail.contains("dryrun"), "{detail}");
        let of_livez = complaints("/livez", &Method::GET, "a~b%2Fc&=x");
        assert_eq!(of_livez[0], ("/a~0b~1c".to_owned(), "this route takes no query parameters".to_owned()));
        assert_eq!(of_livez[1].0, "/");
    }
}
