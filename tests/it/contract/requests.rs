//! Requests for an operation: its own example, and what careless and hostile clients make of it.

use serde_json::{Value, json};
use strongroom_tests::Random;

use super::document::{Document, Operation};
use super::rows::{Rows, make_unique};
use super::systems::system_of;
use crate::twilio;

/// In the place of a signature, which is made of all the rest just before the request is sent.
pub(crate) const TO_BE_SIGNED: &str = "to be signed";

/// A request, to be sent with the key unless it has an `authorization` of its own.
#[derive(Clone)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Option<Vec<u8>>,
}

/// A request for an operation as the document shows it, about these rows.
pub(crate) fn as_documented(document: &Document, operation: Operation<'_>, rows: &Rows) -> Request {
    let first = |name: &str| match rows.for_parameter(name, kind(operation.path)) {
        Some(rows) => rows[0].clone(),
        None => "one".to_owned(),
    };
    let mut request = Request {
        method: operation.method.to_uppercase(),
        path: path_with(operation, first),
        headers: Vec::new(),
        body: None,
    };
    if let Some((media_types, body)) = document.body(operation) {
        request.write(media_types[0], &about(operation, rows, body));
    }
    if operation.parameters("header").contains(&twilio::SIGNATURE) {
        request.headers.push((twilio::SIGNATURE, TO_BE_SIGNED.to_owned()));
    }
    request
}

/// The body of an example, about these rows.
fn about(operation: Operation<'_>, rows: &Rows, mut body: Value) -> Value {
    rows.put_into(&mut body, system_of(operation.path), kind(operation.path));
    if operation.definition["responses"].get("201").is_some() {
        make_unique(&mut body);
    }
    name_rows(operation, rows, &mut body);
    body
}

/// Puts what these rows are known by into the body of a request that looks for one of them.
pub(crate) fn name_rows(operation: Operation<'_>, rows: &Rows, body: &mut Value) {
    if operation.definition["responses"].get("201").is_none() {
        rows.name_in(body, named_kind(operation.path), false);
    }
}

/// The kind of rows that a body names by something else than an id: of those before `lookup`, else those of the path.
pub(super) fn named_kind(path: &str) -> &str {
    match path.strip_suffix("/lookup").and_then(|path| path.rsplit_once('/')) {
        Some((_, kind)) => kind,
        None => kind(path),
    }
}

/// A request for an operation with something odd about it.
pub(super) fn odd(
    document: &Document,
    operation: Operation<'_>,
    rows: &Rows,
    random: &mut Random,
) -> Request {
    let mut request = as_documented(document, operation, rows);
    request.path = path_with(operation, |name| {
        if random.in_percent(15) {
            return escape(&text(random));
        }
        let Some(rows) = rows.for_parameter(name, kind(operation.path)) else { return "one".to_owned() };
        rows[random.below(rows.len())].clone()
    });
    let queries = operation.parameters("query");
    if random.in_percent(if queries.is_empty() { 5 } else { 80 }) {
        let pairs = (0..=random.below(3)).map(|_| {
            let is_unknown = queries.is_empty() || random.in_percent(10);
            let name = if is_unknown { "unknown" } else { random.one_of(&queries) };
            let value =
                if name == "dry_run" && random.in_percent(50) { "true".to_owned() } else { text(random) };
            format!("{name}={}", escape(&value))
        });
        request.path = request.path_with(&pairs.collect::<Vec<_>>().join("&"));
    }
    for (name, values) in [("If-Match", &TAGS), ("If-None-Match", &TAGS), ("Idempotency-Key", &KEYS)] {
        if operation.parameters("header").contains(&name) && random.in_percent(40) {
            request.headers.push((name, random.one_of(values).to_owned()));
        }
    }
    if random.in_percent(5) {
        let (name, value) = random.one_of(&HEADERS);
        request.headers.push((name, value.to_owned()));
    }
    if let Some((media_types, body)) = document.body(operation) {
        let mut body = about(operation, rows, body);
        for _ in 0..random.below(4) {
            spoil(&mut body, random);
        }
        request.headers.retain(|(name, _)| *name != "content-type");
        request.write(random.one_of(&media_types), &body);
        if random.in_percent(20) {
            request.spoil_body(random);
        }
    }
    request
}

const HEADERS: [(&str, &str); 5] = [
    ("authorization", ""),
    ("authorization", "Bearer sr_unknown"),
    ("x-request-id", "two words"),
    ("idempotency-key", "one"),
    ("accept", "text/html"),
];

const TAGS: [&str; 7] = ["*", "\"1\"", "\"99999999999999999999\"", "W/\"1\"", "1", "\"", ",,"];

/// The first ones are used again and again, for the same request and for others.
const KEYS: [&str; 7] = ["1", "1", "1", "2", "two words", "\"quoted\"", ",,"];

impl Operation<'_> {
    /// The path with one text in the place of each parameter.
    pub(crate) fn path_with(self, text: &str) -> String {
        path_with(self, |_| text.to_owned())
    }
}

impl Request {
    /// The path with more parameters in its query.
    pub(crate) fn path_with(&self, query: &str) -> String {
        let separator = if self.path.contains('?') { '&' } else { '?' };
        format!("{}{separator}{query}", self.path)
    }

    /// The body, if it is JSON.
    pub(crate) fn json(&self) -> Option<Value> {
        serde_json::from_slice(self.body.as_deref()?).ok()
    }

    pub(crate) fn set_json(&mut self, body: &Value) {
        self.body = Some(body.to_string().into_bytes());
    }

    fn write(&mut self, media_type: &str, body: &Value) {
        self.headers.push(("content-type", media_type.to_owned()));
        let text = match (body, media_type) {
            (Value::Array(rows), "application/x-ndjson") => {
                rows.iter().map(|row| format!("{row}\n")).collect()
            }
            (Value::Object(fields), "application/x-www-form-urlencoded") => twilio::form(fields),
            _ => body.to_string(),
        };
        self.body = Some(text.into_bytes());
    }

    /// Damages a body beneath what JSON can tell, or says that it is something else.
    fn spoil_body(&mut self, random: &mut Random) {
        let body = self.body.get_or_insert_default();
        match random.below(6) {
            0 => body.truncate(random.below(body.len())),
            1 => body.insert(random.below(body.len()), random.bytes(1)[0]),
            2 => *body = random.bytes(300),
            3 => *body = [vec![b'['; 200], vec![b']'; 200]].concat(),
            4 => self.headers.push(("content-encoding", "gzip".to_owned())),
            _ => {
                let odd =
                    ["", "text/plain", "application/x-ndjson", "application/json; charset=latin1", "json"];
                self.headers.retain(|(name, _)| *name != "content-type");
                self.headers.push(("content-type", random.one_of(&odd).to_owned()));
            }
        }
    }
}

impl std::fmt::Display for Request {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {:.300}", self.method, self.path)?;
        self.headers.iter().try_for_each(|(name, value)| write!(f, "\n    {name}: {value}"))?;
        match &self.body {
            Some(body) => write!(f, "\n    {:.1000}", body.escape_ascii().to_string()),
            None => Ok(()),
        }
    }
}

/// The name of the rows that a path is about: `bills` of `/v1/split/bills/{id}`, `tokens` of `/v1/tokens/refresh`.
fn kind(path: &str) -> &str {
    let place = if path.starts_with("/v1/tokens/") { 2 } else { 3 };
    path.split('/').nth(place).unwrap_or_default()
}

/// A path with its parameters filled in by their names, and with the query that it cannot do without.
fn path_with(operation: Operation<'_>, mut fill: impl FnMut(&str) -> String) -> String {
    let mut path = operation.path.to_owned();
    for name in operation.parameters("path") {
        let value = fill(name);
        path = path.replace(&format!("{{{name}}}"), &value);
    }
    path + &operation.required_query()
}

/// Changes something somewhere in a document.
fn spoil(value: &mut Value, random: &mut Random) {
    let goes_deeper = random.in_percent(75);
    match value {
        Value::Object(fields) if goes_deeper && !fields.is_empty() => {
            let name = fields.keys().nth(random.below(fields.len())).unwrap().clone();
            match random.below(8) {
                0 => drop(fields.remove(&name)),
                1 => drop(fields.insert(text(random), odd_value(random))),
                _ => spoil(&mut fields[&name], random),
            }
        }
        Value::Array(items) if goes_deeper && !items.is_empty() => {
            let n = random.below(items.len());
            match random.below(6) {
                0 => drop(items.remove(n)),
                1 => items.push(items[n].clone()),
                _ => spoil(&mut items[n], random),
            }
        }
        _ => *value = odd_value(random),
    }
}

/// A value that is of a wrong type, at a limit, or beyond it.
fn odd_value(random: &mut Random) -> Value {
    const NUMBERS: [&str; 12] = [
        "0",
        "-1",
        "1",
        "2",
        "12.345",
        "9999999999.99",
        "10000000000",
        "1e10",
        "1e-200000",
        "1e400",
        "123456789012345678901234567890123456789012345678901234567890",
        "0.123456789012345678901234567890",
    ];
    match random.below(10) {
        0 => Value::Null,
        1 => json!(random.in_percent(50)),
        2 => json!([]),
        3 => json!({}),
        4 => json!([null, {"a": [1]}]),
        5 | 6 => serde_json::from_str(random.one_of(&NUMBERS)).unwrap(),
        _ => Value::String(text(random)),
    }
}

/// A text that is empty, long, hostile, of another kind, or plausible.
fn text(random: &mut Random) -> String {
    const TEXTS: [&str; 37] = [
        "",
        " ",
        "0",
        "-1",
        "1",
        "101",
        "100.00",
        "0.01",
        "12.345",
        "1e10",
        "NaN",
        "Infinity",
        "-0",
        "9999999999.99",
        "10000000000.00",
        "true",
        "null",
        "\0",
        "a\0b",
        "\u{202e}abc",
        "\u{fffd}",
        "😀",
        "e\u{301}",
        "'; --",
        "%00",
        "..",
        "&am=1&pa=x@y",
        "2026-11-20T19:30:00Z",
        "2026-13-01T00:00:00Z",
        "9999-12-31T23:59:59.999999Z",
        "-262143-01-01T00:00:00Z",
        "+919876500001",
        "+1",
        "asha@okaxis",
        "INR",
        "active",
        "00000000-0000-0000-0000-000000000000",
    ];
    match random.below(20) {
        0 => "x".repeat(random.one_of(&[100, 101, 200, 201, 2_000, 2_001, 10_001])),
        1 => "😀".repeat(random.one_of(&[100, 201, 2_001])),
        2 => String::from_utf8_lossy(&random.bytes(20)).into_owned(),
        _ => random.one_of(&TEXTS).to_owned(),
    }
}

/// For a place in a path or a query. What would change the path itself, a client resolves before it sends anything.
fn escape(text: &str) -> String {
    let longest = text.chars().take(500);
    let escaped = longest.flat_map(|sign| sign.to_string().into_bytes()).map(|byte| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    });
    escaped.collect()
}
