//! A running `strongroom-api` on a database of its own, and a client that holds a key for it.

use std::io::Read as _;
use std::sync::Arc;

use repository::testing::TestDatabase;
use repository::{Actor, platform::api_keys, system};
use serde_json::Value;
use ureq::Body;
use ureq::http::{HeaderMap, Response};

use crate::Api;

/// A server of one test; stopped and its database dropped with the value.
#[derive(Debug)]
pub struct Server {
    // Dropped in this order: the process first, then what it uses.
    api: Api,
    key: String,
    agent: ureq::Agent,
    database: Arc<TestDatabase>,
}

/// What the server answered.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as it came.
    pub text: String,
}

impl Server {
    /// Starts a server on a fresh database, with a key that may do everything.
    pub fn start() -> Self {
        Self::start_with(&[])
    }

    /// As [`start`](Self::start), with more settings.
    pub fn start_with(settings: &[(&str, &str)]) -> Self {
        Self::start_on(TestDatabase::new(), settings)
    }

    /// The same on a database that is there already.
    pub fn start_on(database: TestDatabase, settings: &[(&str, &str)]) -> Self {
        Self::start_sharing(Arc::new(database), settings)
    }

    /// Starts another server on the same database, with a key of its own.
    pub fn beside(&self, settings: &[(&str, &str)]) -> Self {
        Self::start_sharing(Arc::clone(&self.database), settings)
    }

    fn start_sharing(database: Arc<TestDatabase>, settings: &[(&str, &str)]) -> Self {
        let scopes: Vec<String> = system::scopes().filter(|scope| scope.ends_with(":admin")).collect();
        let made = database
            .database()
            .write("test.key", &Actor::system(), |tx| api_keys::insert(tx, "tests", &scopes));
        let (_, token) = made.expect("an API key");

        let api = Api::start(&database.url("strongroom_app"), settings);
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            // A connection that rests may be closed by the server just when it is used again.
            .max_idle_connections(0)
            .build()
            .into();
        Self { api, key: token.text().to_string(), agent, database }
    }

    /// The database the server uses.
    pub fn database(&self) -> &TestDatabase {
        &self.database
    }

    /// Everything the server has logged so far.
    pub fn log(&self) -> String {
        self.api.log()
    }

    /// `http://127.0.0.1:…`
    pub fn address(&self) -> &str {
        self.api.address()
    }

    /// The API key that this client sends.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The server's process id.
    pub fn process_id(&self) -> u32 {
        self.api.process_id()
    }

    /// Waits for the process to end and answers its exit code.
    pub fn wait(&mut self) -> Option<i32> {
        self.api.wait()
    }

    /// GET, with the key.
    pub fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], None)
    }

    /// POST of a JSON document, with the key.
    pub fn post(&self, path: &str, body: &Value) -> Answer {
        self.send("POST", path, &[], Some(&body.to_string()))
    }

    /// Any request, with the key unless `headers` name another.
    pub fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Option<&str>) -> Answer {
        let mut request =
            ureq::http::Request::builder().method(method).uri(format!("{}{path}", self.address()));
        if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("authorization")) {
            request = request.header("authorization", format!("Bearer {}", self.key));
        }
        if body.is_some() && !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type")) {
            request = request.header("content-type", "application/json");
        }
        for (name, value) in headers.iter().filter(|(_, value)| !value.is_empty()) {
            request = request.header(*name, *value);
        }
        let response = match body {
            Some(body) => self.agent.run(request.body(body.to_owned()).expect("a request")),
            None => self.agent.run(request.body(()).expect("a request")),
        };
        Answer::of(response.unwrap_or_else(|error| panic!("{method} {path}: {error}")))
    }
}

impl Answer {
    fn of(mut response: Response<Body>) -> Self {
        let mut text = String::new();
        response.body_mut().as_reader().read_to_string(&mut text).expect("a body of text");
        Self { status: response.status().as_u16(), headers: response.headers().clone(), text }
    }

    /// The body as JSON; stops the test when the status is another one.
    pub fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text);
        if self.text.is_empty() {
            return Value::Null;
        }
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("no JSON ({error}): {}", self.text))
    }

    /// A header of the answer, or nothing.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}
