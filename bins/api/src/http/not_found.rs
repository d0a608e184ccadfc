//! Requests that no route takes: 404, or 405 where the path is there and the method is not.

use actix_web::dev::ResourceDef;
use actix_web::http::header::{ALLOW, HeaderValue};
use actix_web::{HttpRequest, web};
use serde_json::Value;

use crate::http::docs;

use crate::http::error::{ApiError, codes};

/// Every path there is, with its methods. Taken from the OpenAPI document, where every route stands.
pub(crate) struct Paths(Vec<(ResourceDef, String)>);

impl Paths {
    /// The paths of a document.
    pub(crate) fn of(document: &Value) -> Self {
        let path = |(path, item): (&String, &Value)| {
            let operations = item.as_object().into_iter().flatten();
            let methods = operations.map(|(method, _)| match method.as_str() {
                "get" => "GET, HEAD".to_owned(),
                other => other.to_uppercase(),
            });
            (ResourceDef::new(path.as_str()), methods.collect::<Vec<_>>().join(", "))
        };
        Self(docs::paths(document).map(path).collect())
    }

    /// The methods of a path, if there is such a path.
    fn methods(&self, path: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known.is_match(path)).map(|(_, methods)| methods.as_str())
    }
}

/// The answer of last resort.
pub(crate) async fn handler(request: HttpRequest, paths: web::Data<Paths>) -> Result<&'static str, ApiError> {
    let Some(methods) = paths.methods(request.path()) else {
        return Err(ApiError::new(&codes::NOT_FOUND, "there is nothing at this path"));
    };
    let error = ApiError::new(&codes::METHOD_NOT_ALLOWED, format!("this path takes {methods}"));
    Err(match HeaderValue::from_str(methods) {
        Ok(methods) => error.with_header(ALLOW, methods),
        Err(_) => error,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_know_their_methods() {
        let paths = Paths::of(&docs::document().unwrap());
        assert_eq!(paths.methods("/livez"), Some("GET, HEAD"));
        assert_eq!(paths.methods("/livez/x"), None);
        assert_eq!(paths.methods("/nowhere"), None);
    }
}
