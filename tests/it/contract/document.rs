//! What the OpenAPI document says of an operation, and whether an answer is as it says.

use serde_json::Value;
use strongroom_tests::Server;
use ureq::http::{HeaderMap, header};

use super::schema::{problems, resolve};

/// Headers that only some answers of a kind carry.
const MARKS: [&str; 2] = ["Dry-Run", "Idempotent-Replayed"];

/// The levels of scopes, each including those before it.
const LEVELS: [&str; 3] = [":read", ":write", ":admin"];

/// The document of a server.
pub(crate) struct Document(pub(crate) Value);

/// One method of one path.
#[derive(Clone, Copy)]
pub(crate) struct Operation<'a> {
    pub(crate) method: &'a str,
    /// With its parameters in braces.
    pub(crate) path: &'a str,
    pub(crate) definition: &'a Value,
}

/// An answer, its body as it came.
pub(crate) struct Received {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Document {
    pub(crate) fn of(server: &Server) -> Self {
        Self(server.get("/openapi.json").expect(200))
    }

    pub(crate) fn operations(&self) -> Vec<Operation<'_>> {
        let mut found = Vec::new();
        for (path, operations) in self.0["paths"].as_object().unwrap() {
            for (method, definition) in operations.as_object().unwrap() {
                found.push(Operation { method, path, definition });
            }
        }
        found
    }

    /// The media types of an operation's body, and an example of what it holds; nothing when it has none.
    pub(crate) fn body<'a>(&self, operation: Operation<'a>) -> Option<(Vec<&'a str>, Value)> {
        let content = operation.definition["requestBody"]["content"].as_object()?;
        // Lines and an array hold the same rows: one example does for both.
        let given = content.values().find_map(|content| example(&self.0, &content["schema"]));
        let given = given.unwrap_or_else(|| panic!("{operation} has no example of its body"));
        Some((content.keys().map(String::as_str).collect(), given))
    }

    /// What of an answer the document does not describe. `default` is not asked: it describes any status, and so would
    /// hide one that is missing.
    pub(crate) fn complaints(&self, operation: Operation<'_>, answer: &Received) -> Vec<String> {
        let Received { status, headers, body } = answer;
        let response = resolve(&self.0, &operation.definition["responses"][status.to_string()]);
        if response.is_null() {
            return vec![format!("the status {status} is not described")];
        }
        let mut complaints = Vec::new();
        if *status >= 500 && *status != 503 {
            complaints.push(format!("the status is {status}"));
        }
        for name in response["headers"].as_object().into_iter().flatten().map(|(name, _)| name) {
            if !headers.contains_key(name.as_str()) && !MARKS.contains(&name.as_str()) {
                complaints.push(format!("the header {name} is missing"));
            }
        }
        let content = response["content"].as_object();
        let media_type = media_type(headers);
        match content.and_then(|content| content.get(&media_type)) {
            Some(content) if media_type.ends_with("json") => match serde_json::from_slice(body) {
                Ok(body) => complaints.append(&mut problems(&self.0, &content["schema"], &body)),
                Err(error) => complaints.push(format!("the body is not JSON ({error})")),
            },
            Some(content) if resolve(&self.0, &content["schema"])["type"] != "string" => {
                complaints.push(format!("what {media_type} holds is described as if it were JSON"));
            }
            Some(_) => {}
            None if content.is_some_and(|content| !content.is_empty()) => {
                complaints.push(format!("the content type {media_type:?} is not described"));
            }
            None if body.is_empty() => {}
            None => complaints.push("there is a body, and none is described".to_owned()),
        }
        complaints
    }
}

impl Operation<'_> {
    /// The names of the parameters that stand in one place: `path`, `query` or `header`.
    pub(crate) fn parameters(&self, place: &str) -> Vec<&str> {
        let parameters = self.definition["parameters"].as_array().into_iter().flatten();
        parameters
            .filter(|parameter| parameter["in"] == place)
            .filter_map(|parameter| parameter["name"].as_str())
            .collect()
    }

    /// The query parameters without which it is not answered, each with its example: `?start_date=2026-11-01`.
    pub(super) fn required_query(&self) -> String {
        let parameters = self.definition["parameters"].as_array().into_iter().flatten();
        let required =
            parameters.filter(|parameter| parameter["in"] == "query" && parameter["required"] == true);
        let pair = |parameter: &Value| {
            let [name, example] = [&parameter["name"], &parameter["example"]].map(Value::as_str);
            format!(
                "{}={}",
                name.unwrap(),
                example.unwrap_or_else(|| panic!("{self}: {name:?} has no example"))
            )
        };
        let pairs: Vec<String> = required.map(pair).collect();
        if pairs.is_empty() { String::new() } else { format!("?{}", pairs.join("&")) }
    }

    /// Whether its query may have any parameter.
    pub(crate) fn takes_any_parameter(&self) -> bool {
        let parameters = self.definition["parameters"].as_array().into_iter().flatten();
        parameters.into_iter().any(|parameter| parameter["schema"]["type"] == "object")
    }

    /// The scopes that API keys need, the lowest first; none for a public operation.
    pub(crate) fn scopes(&self) -> Vec<&str> {
        let mut scopes: Vec<&str> = self.definition["security"]
            .as_array()
            .into_iter()
            .flatten()
            .flat_map(|requirement| requirement["api_key"].as_array().into_iter().flatten())
            .filter_map(Value::as_str)
            .collect();
        scopes.sort_by_key(|scope| LEVELS.iter().position(|level| scope.ends_with(level)));
        scopes
    }

    /// Whether it answers without a key.
    pub(crate) fn is_public(&self) -> bool {
        self.scopes().is_empty()
    }

    /// Whether no user's token will do.
    pub(crate) fn is_for_keys_only(&self) -> bool {
        self.definition["x-keys-only"] == true
    }
}

impl std::fmt::Display for Operation<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.method.to_uppercase(), self.path)
    }
}

/// The example of a schema, of one of its alternatives, or of the rows that it is a list of.
fn example(document: &Value, schema: &Value) -> Option<Value> {
    let schema = resolve(document, schema);
    let given = [&schema["example"], &schema["examples"][0]].into_iter().find(|given| !given.is_null());
    let of_alternative = || {
        let alternatives = ["oneOf", "anyOf"].into_iter().filter_map(|keyword| schema[keyword].as_array());
        alternatives.flatten().find_map(|schema| example(document, schema))
    };
    let of_row = || Some(Value::Array(vec![example(document, schema.get("items")?)?]));
    given.cloned().or_else(of_alternative).or_else(of_row)
}

fn media_type(headers: &HeaderMap) -> String {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}
