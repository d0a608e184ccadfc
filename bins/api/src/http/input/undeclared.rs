//! What a request brings that its operation does not read: an unknown query parameter, or a body where none is taken.
//!
//! Someone who misspells `dry_run`, or confirms a share with an amount, must not believe that it was heard. The OpenAPI
//! document says what each operation reads, and every operation stands in it, so that no handler has to see to this.

use actix_web::dev::ServiceRequest;
use actix_web::web::{Data, Payload};
use actix_web::{FromRequest as _, HttpRequest};
use repository::domain::{Invalid, JsonObject};
use url::form_urlencoded;

use super::optional_json::has_body;
use super::{body, decode};
use crate::http::context::RequestContext;
use crate::http::error::ApiError;
use crate::http::route_table::RouteTable;

/// The most fields that one answer names.
const MOST_NAMED: usize = 20;

/// Refuses what the operation of a request does not read (422), and a body that is not JSON (400). Reads the body of an
/// operation that takes none: an empty one, `{}` and `null` pass.
pub(crate) async fn refuse_undeclared(
    request: &mut ServiceRequest,
    context: &RequestContext,
) -> Result<(), ApiError> {
    let routes = request.app_data::<Data<RouteTable>>().cloned();
    let route = context.route().map_or("", |route| route);
    let declared = routes.as_ref().and_then(|routes| routes.declared(route, request.method()));
    let Some(declared) = declared else { return Ok(()) };
    if !declared.takes_any_parameter {
        check_query(&declared.parameters, request.query_string())?;
    }
    if declared.takes_body || !has_body(request.request()) {
        return Ok(());
    }
    let (request, payload) = request.parts_mut();
    let payload = Payload::from_request(request, payload).into_inner();
    refuse_fields(request, payload.map_err(|error| ApiError::fault(&error))?).await
}

fn check_query(known: &[String], query: &str) -> Result<(), ApiError> {
    let detail = match known {
        [] => "this route takes no query parameters".to_owned(),
        known => format!("this parameter is not known; expected one of `{}`", known.join("`, `")),
    };
    let names = form_urlencoded::parse(query.as_bytes()).map(|(name, _)| name);
    refuse(names.filter(|name| !known.iter().any(|known| known == name)), &detail)
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

    fn complaints(known: &[&str], query: &str) -> Vec<(String, String)> {
        let known: Vec<String> = known.iter().map(|name| (*name).to_owned()).collect();
        let errors = check_query(&known, query).err().map(|error| error.problem("").errors);
        errors.unwrap_or_default().into_iter().map(|field| (field.pointer, field.detail)).collect()
    }

    #[test]
    fn a_parameter_that_is_not_known_is_named_and_the_known_ones_are_listed() {
        let known = ["erase", "dry_run"];
        assert_eq!(complaints(&known, "dry_run=true&erase=true"), []);
        assert_eq!(complaints(&[], ""), []);
        let [(pointer, detail)] = &complaints(&known, "dry_run=true&dryrun=true")[..] else {
            panic!("one parameter is wrong")
        };
        assert_eq!(pointer, "/dryrun");
        assert!(detail.contains("`dry_run`") && !detail.contains("dryrun"), "{detail}");
        let of_none = complaints(&[], "a~b%2Fc&=x");
        assert_eq!(of_none[0], ("/a~0b~1c".to_owned(), "this route takes no query parameters".to_owned()));
        assert_eq!(of_none[1].0, "/");
    }
}
