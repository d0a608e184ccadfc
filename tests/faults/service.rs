//! The service under test, and a client that is never surprised.

use std::time::{Duration, Instant};

use repository::platform::api_keys;
use repository::testing::{TestDatabase, key_ring};
use repository::{Actor, Database, PoolOptions};
use serde_json::{Value, json};
use strongroom_tests::{Api, FaultProxy};
use ureq::http::Request;

/// The requests' deadline in these tests (`REQUEST_TIMEOUT`).
pub(crate) const DEADLINE: Duration = Duration::from_secs(3);

/// The longest a client waits. What takes so long was not answered.
const PATIENCE: Duration = Duration::from_secs(20);

/// A running service with a user and contacts.
pub(crate) struct Service {
    /// None where a test has taken it to stop it, or this is but another caller's view of it.
    api: Option<Api>,
    address: String,
    agent: ureq::Agent,
    key: String,
    user: String,
    contacts: Vec<String>,
}

/// What became of a request.
#[derive(Clone, Debug)]
pub(crate) struct Outcome {
    /// The status, or 0 where no answer came.
    pub(crate) status: u16,
    pub(crate) body: Value,
    pub(crate) retry_after: bool,
    /// Whether it is the stored answer to an earlier request with the same key.
    pub(crate) replayed: bool,
    pub(crate) took: Duration,
}

impl Service {
    /// Starts one that reaches its database by `through`, and by `direct` the tests themselves do.
    pub(crate) fn start(direct: &str, through: &str, settings: &[(&str, &str)]) -> Self {
        Self::start_by(&[], direct, through, settings)
    }

    /// The same by way of another program, which becomes it.
    pub(crate) fn start_by(
        launcher: &[&str],
        direct: &str,
        through: &str,
        settings: &[(&str, &str)],
    ) -> Self {
        let database = Database::connect(PoolOptions::new(direct), &key_ring()).unwrap();
        let scopes = ["split:admin", "platform:admin"].map(str::to_owned);
        let make = |tx: &mut repository::Tx<'_>| api_keys::insert(tx, "faults", &scopes);
        let (_, token) = database.write("test.key", &Actor::system(), make).unwrap();
        let api = launch(launcher, through, settings);
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_idle_connections(0)
            .timeout_global(Some(PATIENCE))
            .build()
            .into();
        let (address, api) = (api.address().to_owned(), Some(api));
        let mut this = Self {
            api,
            address,
            agent,
            key: token.text().to_string(),
            user: String::new(),
            contacts: Vec::new(),
        };
        this.populate();
        this
    }

    /// One on a database of its own behind a proxy.
    pub(crate) fn behind_proxy(settings: &[(&str, &str)]) -> (Self, FaultProxy, TestDatabase) {
        let database = TestDatabase::new();
        let direct = database.url("strongroom_app");
        let (proxy, through) = FaultProxy::before_postgres(&direct);
        (Self::start(&direct, &through, settings), proxy, database)
    }

    /// Another process on the same database, with the same user and contacts.
    pub(crate) fn beside(&self, through: &str, settings: &[(&str, &str)]) -> Self {
        let api = launch(&[], through, settings);
        Self { address: api.address().to_owned(), api: Some(api), ..self.as_holder_of(&self.key) }
    }

    /// The process as the holder of another key sees it, who cannot stop it.
    pub(crate) fn as_holder_of(&self, key: &str) -> Self {
        let Self { address, agent, user, contacts, .. } = self;
        let (address, agent, key) = (address.clone(), agent.clone(), key.to_owned());
        Self { api: None, address, agent, key, user: user.clone(), contacts: contacts.clone() }
    }

    fn populate(&mut self) {
        let asha = json!({"phone_number": "+919876543210", "name": "Asha Rao", "upi_id": "asha@okaxis"});
        self.user = self.post("/v1/split/users", None, &asha).id();
        let path = format!("/v1/split/users/{}/contacts", self.user);
        for n in 0..3 {
            let contact =
                json!({"name": format!("Friend {n}"), "phone_number": format!("+9198765440{n:02}")});
            let contact = self.post(&path, None, &contact).id();
            self.contacts.push(contact);
        }
    }

    /// The process, for a test that stops it and starts it again.
    pub(crate) fn take_api(&mut self) -> Api {
        self.api.take().unwrap()
    }

    /// `http://127.0.0.1:…`
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// The most memory that the process has taken so far, in KiB.
    pub(crate) fn peak_memory(&self) -> usize {
        let id = self.api.as_ref().unwrap().process_id();
        let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        peak.trim().trim_end_matches(" kB").parse().unwrap()
    }

    /// Sends the process a signal by name.
    pub(crate) fn signal(&self, name: &str) {
        self.api.as_ref().unwrap().signal(name);
    }

    /// The end of what the process has logged.
    pub(crate) fn log_tail(&self) -> String {
        let log = self.api.as_ref().map(Api::log).unwrap_or_default();
        let lines: Vec<&str> = log.lines().rev().take(50).collect();
        lines.into_iter().rev().collect::<Vec<_>>().join("\n")
    }

    /// The user's id.
    pub(crate) fn user(&self) -> &str {
        &self.user
    }

    /// Makes a bill of this description, which the oracle finds it by.
    pub(crate) fn make_bill(&self, description: &str, idempotency_key: Option<&str>) -> Outcome {
        let bill = json!({
            "user_id": self.user, "total_amount": "100.00", "description": description,
            "split": self.split_among(3),
        });
        self.post("/v1/split/bills", idempotency_key, &bill)
    }

    /// An idempotency key that no other request has.
    pub(crate) fn key_for(&self, description: &str) -> String {
        format!("{description}-{}", self.user)
    }

    /// An equal split among so many of the contacts.
    pub(crate) fn split_among(&self, people: usize) -> Value {
        let participants: Vec<Value> =
            self.contacts.iter().take(people).map(|id| json!({"contact_id": id})).collect();
        json!({"mode": "equal", "participants": participants})
    }

    /// A figure of the service without labels.
    pub(crate) fn metric(&self, name: &str) -> usize {
        let page = self.get("/metrics").body;
        let page = page.as_str().unwrap_or_default();
        let value = page.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        value.unwrap_or_else(|| panic!("no {name}: {page}")).parse().unwrap()
    }

    /// Reads the user.
    pub(crate) fn get_user(&self) -> Outcome {
        self.get(&format!("/v1/split/users/{}", self.user))
    }

    pub(crate) fn get(&self, path: &str) -> Outcome {
        self.send("GET", path, None, None)
    }

    pub(crate) fn post(&self, path: &str, idempotency_key: Option<&str>, body: &Value) -> Outcome {
        self.send("POST", path, idempotency_key, Some(body))
    }

    /// Any request.
    pub(crate) fn send(
        &self,
        method: &str,
        path: &str,
        idempotency_key: Option<&str>,
        body: Option<&Value>,
    ) -> Outcome {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.address))
            .header("authorization", format!("Bearer {}", self.key));
        if let Some(key) = idempotency_key {
            request = request.header("idempotency-key", key);
        }
        let start = Instant::now();
        let answered = match body {
            Some(body) => {
                let request = request.header("content-type", "application/json");
                self.agent.run(request.body(body.to_string()).unwrap())
            }
            None => self.agent.run(request.body(()).unwrap()),
        };
        let Ok(mut response) = answered else {
            let took = start.elapsed();
            return Outcome { status: 0, body: Value::Null, retry_after: false, replayed: false, took };
        };
        let text = response.body_mut().read_to_string();
        let took = start.elapsed();
        // An answer that broke off is none.
        let status = if text.is_ok() { response.status().as_u16() } else { 0 };
        let body = text.unwrap_or_default();
        let body = serde_json::from_str(&body).unwrap_or(Value::String(body));
        let has = |name| response.headers().contains_key(name);
        Outcome { status, body, retry_after: has("retry-after"), replayed: has("idempotent-replayed"), took }
    }
}

fn launch(launcher: &[&str], through: &str, settings: &[(&str, &str)]) -> Api {
    let deadline = DEADLINE.as_secs().to_string();
    let usual = [("REQUEST_TIMEOUT", deadline.as_str()), ("DEBUG", "false")];
    Api::start_by(launcher, through, &[&usual, settings].concat())
}

impl Outcome {
    /// Whether it was done.
    pub(crate) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Whether it was done, or refused for a passing reason: 503, and 409 while an earlier request with the same key is
    /// still being done.
    pub(crate) fn is_in_order(&self) -> bool {
        self.is_success() || (matches!(self.status, 409 | 503) && self.retry_after)
    }

    /// The id of what was made.
    pub(crate) fn id(&self) -> String {
        let id = self.body["id"].as_str().unwrap_or_else(|| panic!("no id: {self:?}"));
        id.to_owned()
    }
}
