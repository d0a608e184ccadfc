//! Every route and what it takes, by the OpenAPI document: every route stands there.

use std::collections::HashMap;

use actix_web::dev::ResourceDef;
use actix_web::http::Method;
use serde_json::Value;

/// The routes of the service.
pub(crate) struct RouteTable(HashMap<String, Route>);

/// What is at one path.
struct Route {
    pattern: ResourceDef,
    /// Whether nobody has to be known, by any of its methods.
    is_public: bool,
    operations: Vec<(Method, Declared)>,
}

/// What one operation reads.
pub(crate) struct Declared {
    /// Parameters of its query.
    pub(crate) parameters: Vec<String>,
    /// Whether its query may have any other parameter too.
    pub(crate) takes_any_parameter: bool,
    pub(crate) takes_body: bool,
}

impl RouteTable {
    /// The routes of a document, and the paths of `pages`, which stand in none and are public.
    ///
    /// # Errors
    /// A path is public by one of its methods only.
    pub(crate) fn of(document: &Value, pages: &[&str]) -> anyhow::Result<Self> {
        let paths = document.get("paths").and_then(Value::as_object).into_iter().flatten();
        let documented = paths.map(|(path, item)| Ok((path.clone(), Route::of(path, item)?)));
        let page = |path: &&str| {
            let pattern = ResourceDef::new(*path);
            Ok(((*path).to_owned(), Route { pattern, is_public: true, operations: Vec::new() }))
        };
        documented.chain(pages.iter().map(page)).collect::<anyhow::Result<_>>().map(Self)
    }

    /// Whether nobody has to be known at this pattern.
    pub(crate) fn is_public(&self, pattern: &str) -> bool {
        self.0.get(pattern).is_some_and(|route| route.is_public)
    }

    /// What the operation at this pattern reads.
    pub(crate) fn declared(&self, pattern: &str, method: &Method) -> Option<&Declared> {
        let operations = &self.0.get(pattern)?.operations;
        operations.iter().find(|(known, _)| known == method).map(|(_, declared)| declared)
    }

    /// The methods of a path, as `Allow` has them, if there is such a path.
    pub(crate) fn methods(&self, path: &str) -> Option<String> {
        // A path without parameters also fits the pattern of one that has them, and comes before it.
        let routes = self.0.get(path).into_iter().chain(self.0.values());
        let mut documented = routes.filter(|route| !route.operations.is_empty());
        let route = documented.find(|route| route.pattern.is_match(path))?;
        let methods = route.operations.iter().map(|(method, _)| match *method {
            Method::GET => "GET, HEAD",
            ref other => other.as_str(),
        });
        Some(methods.collect::<Vec<_>>().join(", "))
    }
}

impl Route {
    fn of(path: &str, item: &Value) -> anyhow::Result<Self> {
        let operations = || item.as_object().into_iter().flatten();
        let public = operations().filter(|(_, operation)| is_public(operation)).count();
        anyhow::ensure!([0, operations().count()].contains(&public), "{path} is public by some methods only");
        let by_method = operations().map(|(method, operation)| {
            Ok((Method::from_bytes(method.to_uppercase().as_bytes())?, Declared::by(operation)))
        });
        let operations = by_method.collect::<anyhow::Result<_>>()?;
        Ok(Self { pattern: ResourceDef::new(path), is_public: public > 0, operations })
    }
}

/// Whether no security requirement stands in the way: `[{}]`.
fn is_public(operation: &Value) -> bool {
    let requirements = operation.get("security").and_then(Value::as_array).into_iter().flatten();
    requirements.into_iter().any(|requirement| requirement.as_object().is_some_and(|one| one.is_empty()))
}

impl Declared {
    fn by(operation: &Value) -> Self {
        let text = |parameter: &Value, field| Some(parameter.get(field)?.as_str()?.to_owned());
        let parameters = operation.get("parameters").and_then(Value::as_array).into_iter().flatten();
        let in_query = parameters.filter(|parameter| text(parameter, "in").as_deref() == Some("query"));
        // Whatever its properties: in a query an object is written as parameters of their own.
        let is_free =
            |parameter: &Value| parameter.pointer("/schema/type").is_some_and(|kind| kind == "object");
        let (free, named): (Vec<_>, Vec<_>) = in_query.partition(|parameter| is_free(parameter));
        Self {
            parameters: named.into_iter().filter_map(|parameter| text(parameter, "name")).collect(),
            takes_any_parameter: !free.is_empty(),
            takes_body: operation.get("requestBody").is_some(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn operation(security: Value) -> Value {
        let parameters = json!([{"in": "query", "name": "erase"}, {"in": "header", "name": "If-Match"}]);
        json!({"security": security, "parameters": parameters, "requestBody": {}})
    }

    #[test]
    fn a_route_is_what_the_document_says_of_it() {
        let keyed = operation(json!([{"api_key": ["split:write"]}]));
        let document = json!({"paths": {
            "/livez": {"get": {"security": [{}]}},
            "/v1/bills/{id}": {"get": keyed, "delete": keyed},
            "/v1/bills/lookup": {"post": keyed},
        }});
        let table = RouteTable::of(&document, &["/docs"]).unwrap();
        assert_eq!(
            ["/livez", "/docs", "/v1/bills/{id}", "/none"].map(|path| table.is_public(path)),
            [true, true, false, false]
        );
        let delete = table.declared("/v1/bills/{id}", &Method::DELETE).unwrap();
        assert_eq!((&delete.parameters[..], delete.takes_body), (&["erase".to_owned()][..], true));
        assert!(table.declared("/v1/bills/{id}", &Method::PUT).is_none());
        assert_eq!(table.methods("/v1/bills/7").as_deref(), Some("GET, HEAD, DELETE"));
        assert_eq!(table.methods("/v1/bills/lookup").as_deref(), Some("POST"));
        assert_eq!([table.methods("/livez/x"), table.methods("/docs")], [None, None]);
    }

    #[test]
    fn a_path_is_public_by_all_its_methods_or_by_none() {
        let item = json!({"get": operation(json!([{}])), "put": operation(json!([{"api_key": []}]))});
        assert!(RouteTable::of(&json!({"paths": {"/x": item}}), &[]).is_err());
    }
}
