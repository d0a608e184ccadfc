//! A client of the API that tells what it does, and an operator of its database.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, ensure};
use repository::codec::TwilioToken;
use repository::domain::whatsapp::Form;
use serde_json::Value;
use ureq::http::Request;

/// The API, with a key for it.
pub(crate) struct Server {
    agent: ureq::Agent,
    url: String,
    bearer: String,
    twilio_token_file: PathBuf,
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

impl Server {
    pub(crate) fn find(url: &str, key_file: &Path, twilio_token_file: PathBuf) -> anyhow::Result<Self> {
        let agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        let url = url.trim_end_matches('/').to_owned();
        let mut server = Self { agent, url, bearer: String::new(), twilio_token_file };
        let readiness = server.send("GET", "/readyz", None).with_context(|| {
            format!("No server answers at {}. Start one first, in another terminal: make run", server.url)
        })?;
        ensure!(readiness.status == 200, "The server at {} is not ready: {}", server.url, readiness.body);
        let key = fs::read_to_string(key_file).with_context(|| {
            format!(
                "There is no API key in {}. Make one with `db-manage api-key create`, and name its file with --key-file",
                key_file.display()
            )
        })?;
        key.trim().clone_into(&mut server.bearer);
        Ok(server)
    }

    /// The same server for somebody with this token; with none, for somebody who is not known.
    pub(crate) fn with_token(&self, token: &str) -> Self {
        Self {
            agent: self.agent.clone(),
            url: self.url.clone(),
            bearer: token.to_owned(),
            twilio_token_file: self.twilio_token_file.clone(),
        }
    }

    /// The token by which Twilio signs what it sends to the server.
    pub(crate) fn twilio_token(&self) -> anyhow::Result<TwilioToken> {
        let path = self.twilio_token_file.display();
        let text = fs::read_to_string(&self.twilio_token_file).with_context(|| {
            format!("There is no token in {path}. Put the server's TWILIO_AUTH_TOKEN into a file, and name it with --twilio-token-file")
        })?;
        Ok(TwilioToken::new(text.trim()))
    }

    /// Sends a form as Twilio does, and tells the status of the answer. It is signed by `token`.
    pub(crate) fn call_as_twilio(
        &self,
        path: &str,
        form: &str,
        token: &TwilioToken,
    ) -> anyhow::Result<(u16, String)> {
        let url = format!("{}{path}", self.url);
        let signature = token.sign(Form::parse(form.as_bytes())?.signed_text(&url).as_bytes());
        let request = Request::post(url)
            .header("content-type", "application/x-www-form-urlencoded")
            .header("x-twilio-signature", signature);
        let mut response = self.agent.run(request.body(form.to_owned())?)?;
        let status = response.status().as_u16();
        println!("\n  POST {path}  ->  {status}");
        Ok((status, response.body_mut().read_to_string()?))
    }

    /// Sends a request and tells both it and its answer's status. Anything but success ends the story.
    pub(crate) fn call(&self, method: &str, path: &str, body: Option<&Value>) -> anyhow::Result<Value> {
        let answer = self.send(method, path, body)?;
        println!("\n  {method} {path}  ->  {}", answer.status);
        ensure!((200..300).contains(&answer.status), "{method} {path} was refused: {}", answer.body);
        Ok(answer.body)
    }

    /// Sends a request, whatever comes of it.
    pub(crate) fn send(&self, method: &str, path: &str, body: Option<&Value>) -> anyhow::Result<Answer> {
        let mut request = Request::builder().method(method).uri(format!("{}{path}", self.url));
        if !self.bearer.is_empty() {
            request = request.header("authorization", format!("Bearer {}", self.bearer));
        }
        let mut response = match body {
            Some(body) => {
                let request = request.header("content-type", "application/json");
                self.agent.run(request.body(body.to_string())?)
            }
            None => self.agent.run(request.body(())?),
        }?;
        let status = response.status().as_u16();
        let body = response.body_mut().read_to_string()?;
        let body = if body.is_empty() { Value::Null } else { serde_json::from_str(&body)? };
        Ok(Answer { status, body })
    }
}

/// The server's database, as an operator reaches it.
pub(crate) struct Database {
    db_manage: PathBuf,
}

impl Database {
    pub(crate) fn new(db_manage: PathBuf) -> Self {
        Self { db_manage }
    }

    /// Changes rows by hand, and tells how.
    pub(crate) fn change(&self, system: &str, statement: &str) -> anyhow::Result<()> {
        println!("\n  db-manage query --system {system} --write \"{statement}\"");
        self.run(&["query", "--system", system, "--write", statement]).map(drop)
    }

    /// Runs a command, and tells what it says.
    pub(crate) fn tell(&self, arguments: &[&str]) -> anyhow::Result<()> {
        println!("\n  db-manage {}\n", arguments.join(" "));
        self.run(arguments)?.lines().for_each(|line| println!("    {line}"));
        Ok(())
    }

    /// Shows what the tables of a system hold.
    pub(crate) fn show(&self, system: &str, statements: &[&str]) -> anyhow::Result<()> {
        chapter("This is how the database holds it.");
        statements.iter().try_for_each(|statement| self.query(system, statement))?;
        say("The rest is in clear: docs/encryption.md lists what the database still tells.");
        Ok(())
    }

    fn query(&self, system: &str, statement: &str) -> anyhow::Result<()> {
        println!("\n  db-manage query --system {system} \"{statement}\"\n");
        let answer = self.run(&["query", "--system", system, statement])?;
        answer.lines().for_each(|line| println!("    {line}"));
        Ok(())
    }

    fn run(&self, arguments: &[&str]) -> anyhow::Result<String> {
        let ran = Command::new(&self.db_manage).args(arguments).output();
        let ran = ran.with_context(|| format!("{} did not run", self.db_manage.display()))?;
        ensure!(ran.status.success(), "it failed: {}", String::from_utf8_lossy(&ran.stderr));
        Ok(String::from_utf8_lossy(&ran.stdout).into_owned())
    }
}

pub(crate) fn chapter(text: &str) {
    println!("\n{text}");
}

pub(crate) fn say(text: &str) {
    println!("\n  {text}");
}

/// Prints these fields of each object of a list in the answer, in columns.
pub(crate) fn table(answer: &Value, of: &str, pointers: &[&str]) -> anyhow::Result<()> {
    let rows = list(answer, of)?;
    let width = |pointer| rows.iter().map(|row| shown(row, pointer).chars().count()).max().unwrap_or(0);
    let columns: Vec<(&str, usize)> = pointers.iter().map(|pointer| (*pointer, width(pointer))).collect();
    for row in rows {
        let cells = columns.iter().map(|(pointer, width)| format!("{:<width$}", shown(row, pointer)));
        println!("    {}", cells.collect::<Vec<_>>().join("  ").trim_end());
    }
    Ok(())
}

pub(crate) fn list<'a>(object: &'a Value, pointer: &str) -> anyhow::Result<&'a [Value]> {
    let list = object.pointer(pointer).and_then(Value::as_array);
    list.map(Vec::as_slice).with_context(|| format!("the answer has no list {pointer}"))
}

pub(crate) fn id(object: &Value) -> anyhow::Result<String> {
    text(object, "/id").map(str::to_owned)
}

pub(crate) fn text<'a>(object: &'a Value, pointer: &str) -> anyhow::Result<&'a str> {
    object.pointer(pointer).and_then(Value::as_str).with_context(|| format!("the answer has no {pointer}"))
}

/// A field as people read it.
pub(crate) fn shown(object: &Value, pointer: &str) -> String {
    match object.pointer(pointer) {
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
        None => String::new(),
    }
}
