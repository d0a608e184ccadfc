//! Drives every operation of the OpenAPI document into success and into errors, with a name, a number or an address of
//! somebody in every place where a client could put one.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

use serde_json::{Value, json};
use strongroom_tests::Server;

use crate::contract::client::Client;
use crate::contract::document::{Document, Operation};
use crate::contract::requests::{Request, as_documented, name_rows};
use crate::contract::rows::Rows;
use crate::contract::systems::{Person, TESTED_SYSTEMS, TestedSystem, system_of};

/// Parts of names and addresses, in upper and lower case.
const WORDS: [&[u8]; 3] = [b"anariya", b"ndisclosed", b"canary.upi"];

/// How every number begins. A digit from 5 to 8 follows, and three more.
const NUMBERS: &[u8] = b"981234";

/// How many numbers there are.
const MOST_NUMBERS: u32 = 4_000;

const NAME: &str = "Kanariya Undisclosed";
const UPI_ID: &str = "canary.upi@okaxis";

/// A number that is nobody's: no user and no contact has it.
const NUMBER: &str = "9812345000";

/// Parameters of paths that are stored in clear, and take any text.
const NAMES_IN_CLEAR: [&str; 3] = ["session_id", "wallapop_id", "wallapop_chat_id"];

/// The first canary that stands in a content.
pub(crate) fn found_in(content: &[u8]) -> Option<String> {
    let is_number = |place: &&[u8]| {
        place.starts_with(NUMBERS)
            && (b'5'..=b'8').contains(&place[6])
            && place[7..].iter().all(u8::is_ascii_digit)
    };
    let number = content.windows(10).find(is_number);
    let word = WORDS.into_iter().find(|word| content.windows(word.len()).any(|window| window == *word));
    number.or(word).map(|found| String::from_utf8_lossy(found).into_owned())
}

/// Sends the requests. Stops the test when an operation does not succeed, when an error repeats what was sent, when the server
/// fails, or when no canary came into a sealed column.
pub(crate) fn drive(server: &Server) {
    let document = Document::of(server);
    let driver = Driver { document: &document, next: AtomicU32::new(1) };
    let operations = Mutex::new(document.operations().into_iter());
    let failures = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let client = Client::of(server);
                let next = || operations.lock().unwrap().next();
                while let Some(operation) = next() {
                    let found = driver.drive(&client, operation);
                    failures.lock().unwrap().extend(found);
                }
            });
        }
    });
    let failures = failures.into_inner().unwrap();
    assert!(failures.is_empty(), "{} failures:\n\n{}", failures.len(), failures.join("\n\n"));
    let opened = server.database().open_everything();
    let infected: BTreeSet<String> = opened
        .into_iter()
        .filter(|(_, text)| found_in(text.as_bytes()).is_some())
        .map(|(place, _)| place)
        .collect();
    let tables = TESTED_SYSTEMS.iter().flat_map(|system| system.tables());
    let columns = tables.flat_map(|table| table.sealed_columns()).map(|column| column.to_string());
    let missed: Vec<String> = columns.filter(|column| !infected.contains(column)).collect();
    assert_eq!(
        missed, [""; 0],
        "no canary came there: `sealed_fields` in tests/it/contract/systems/ names fields"
    );
}

struct Driver<'a> {
    document: &'a Document,
    next: AtomicU32,
}

impl Driver<'_> {
    fn drive(&self, client: &Client<'_>, operation: Operation<'_>) -> Vec<String> {
        let person = || Person { name: NAME.to_owned(), phone_number: self.number(), email: self.address() };
        let rows = Rows::of_people(client.server, operation.path, &person);
        let mut request = as_documented(self.document, operation, &rows);
        if let Some(mut body) = request.json() {
            self.infect(&mut body, "", system_of(operation.path));
            name_rows(operation, &rows, &mut body);
            request.set_json(&body);
        }
        client.prepare(operation, &request);
        // A client may choose a key that names somebody, and the answer to it is kept.
        request.headers.push(("idempotency-key", format!("{UPI_ID}-{}", self.number())));

        let mut failures = Vec::new();
        let answer = client.send(&request);
        if answer.status >= 300 {
            let body = String::from_utf8_lossy(&answer.body);
            failures.push(format!("{request}\n  -> {}, which is no success: {body}", answer.status));
        }
        for (what, request) in Self::wrong(operation, &request) {
            let answer = client.send(&request);
            let body = String::from_utf8_lossy(&answer.body);
            if answer.status == 500 {
                failures.push(format!("{what}: {request}\n  -> {body}"));
            }
            // A field that nobody knows is named, so that its sender finds it.
            let repeats = answer.status >= 400 && what != "an unknown field";
            if let Some(canary) = found_in(&answer.body).filter(|_| repeats) {
                failures.push(format!("{what}: {request}\n  -> repeats {canary}: {body}"));
            }
        }
        failures
    }

    /// Requests that are wrong in one way each, or that come too late.
    fn wrong(operation: Operation<'_>, right: &Request) -> Vec<(&'static str, Request)> {
        let mut found = vec![("once more", right.clone())];
        let mut with_header = |what, name, value: String| {
            let mut headers = right.headers.clone();
            headers.push((name, value));
            found.push((what, Request { headers, ..right.clone() }));
        };
        with_header("a key that is none", "authorization", format!("Bearer {NAME}"));
        with_header("a version that is none", "if-match", format!("\"{NAME}\""));
        with_header("a trace that is none", "traceparent", NUMBER.to_owned());
        with_header("another referrer", "referer", format!("https://example.org/?upi={UPI_ID}"));

        let mut with_path = |what, path| found.push((what, Request { path, ..right.clone() }));
        with_path("absent rows", operation.path_with("00000000-0000-7000-8000-00000000dead"));
        // What a program calls its session, and ids of a marketplace, are stored in clear.
        if !operation.parameters("path").iter().any(|name| NAMES_IN_CLEAR.contains(name)) {
            with_path("no ids", operation.path_with(&format!("Kanariya-{NUMBER}")));
        }
        let query = format!("limit=Kanariya&cursor={NUMBER}&from=Kanariya&status=Kanariya&x={UPI_ID}");
        with_path("a wrong query", right.path_with(&query));
        let path = right.path.split('?').next().unwrap_or_default();
        with_path("an unknown path", format!("{path}/Kanariya/{NUMBER}"));

        let Some(body) = right.json() else { return found };
        let mut with_body = |what, body: Vec<u8>| {
            found.push((what, Request { body: Some(body), ..right.clone() }));
        };
        let text = body.to_string();
        with_body("a body that breaks off", text.as_bytes()[..text.len() - 1].to_vec());
        with_body("a body that is no JSON", format!("{NAME}, {NUMBER}").into_bytes());
        with_body("a body that is a text", json!(NAME).to_string().into_bytes());
        let mut unknown = body.clone();
        if let Some(fields) = unknown.as_object_mut() {
            fields.insert(NAME.to_owned(), json!(NUMBER));
        }
        with_body("an unknown field", unknown.to_string().into_bytes());
        let is_in_clear =
            |name: &&String| system_of(operation.path).free_values().contains(&&*format!("/{name}"));
        let names = body.as_object().into_iter().flat_map(|fields| fields.keys());
        for name in names.filter(|name| !is_in_clear(name)) {
            let texts = [
                ("a text that does not fit", json!(format!("{NAME} {NUMBER}"))),
                ("a list", json!([NAME, [NUMBER]])),
                ("a text that is too long", json!(NAME.repeat(2000))),
            ];
            let may_fit = system_of(operation.path).stores_in_clear(name);
            for (what, value) in texts.into_iter().skip(usize::from(may_fit)) {
                let mut body = body.clone();
                body[name] = value;
                with_body(what, body.to_string().into_bytes());
            }
        }
        let mut other_type = right.clone();
        other_type.headers.retain(|(name, _)| *name != "content-type");
        other_type.headers.push(("content-type", format!("text/{NAME}")));
        found.push(("another type", other_type));
        found
    }

    /// Puts a canary into every field that is sealed.
    fn infect(&self, value: &mut Value, field: &str, system: &'static dyn TestedSystem) {
        match value {
            Value::Object(fields) => {
                if system.seals_object(field) {
                    fields.insert("said".to_owned(), json!(format!("{NAME}, {NUMBER}")));
                }
                // What was bought has a name too, which is nobody's.
                for (name, field) in fields.iter_mut().filter(|(name, _)| *name != "items") {
                    self.infect(field, name, system);
                }
            }
            Value::Array(values) => values.iter_mut().for_each(|value| self.infect(value, field, system)),
            // An exported conversation is still one with another name in it.
            Value::String(text) if field == "text" => {
                *text = text.replace("What is Spark?", &self.text_for("content"))
            }
            Value::String(text) if system.seals_text(field) => *text = self.text_for(field),
            _ => {}
        }
    }

    /// A canary in the form that a field demands.
    fn text_for(&self, field: &str) -> String {
        match field {
            "upi_id" => UPI_ID.to_owned(),
            "email" => self.address(),
            _ if field.starts_with("phone") => self.number(),
            _ if field.ends_with("name") => NAME.to_owned(),
            _ => format!("{NAME} is at {NUMBER}"),
        }
    }

    /// An e-mail address that nobody else has.
    fn address(&self) -> String {
        format!("{}@kanariya.example", self.number())
    }

    /// A number that nobody else has.
    fn number(&self) -> String {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        assert!(number < MOST_NUMBERS, "there are no numbers left");
        format!("+91{}", 9_812_345_000_u64 + u64::from(number))
    }
}
