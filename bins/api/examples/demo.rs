//! A bill, from the first friend to the last payment, over HTTP: what `make demo` plays.
//!
//! It is a client like any other: it knows an address and an API key. Each chapter is a function that takes what the ones
//! before it have made. People who are there already are not made again, so a second run only makes a new bill.

#![allow(clippy::print_stdout, reason = "a program that tells a story")]

use std::fs;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context as _, ensure};
use clap::Parser;
use fast_qr::{ECL, QRBuilder};
use serde_json::{Value, json};
use ureq::http::Request;

/// Splits a restaurant bill over HTTP, and says what happens.
#[derive(Debug, Parser)]
#[command(args_override_self = true)]
struct Arguments {
    /// Where the server is
    #[arg(long, default_value = "http://127.0.0.1:8080")]
    url: String,
    /// The file that holds the API key
    #[arg(long, default_value = ".strongroom/api-key", value_name = "FILE")]
    key_file: PathBuf,
    /// `db-manage`, with the settings of the server's database, so that the story can let a day pass
    #[arg(long, value_name = "PROGRAM")]
    db_manage: Option<PathBuf>,
}

fn main() -> ExitCode {
    match play(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "{error}");
            ExitCode::FAILURE
        }
    }
}

fn play(arguments: &Arguments) -> anyhow::Result<()> {
    let server = Server::find(&arguments.url, &arguments.key_file)?;
    let people = meet(&server)?;
    let order = order(&people);
    preview(&server, &people, &order)?;
    let bill = store(&server, &people, &order)?;
    let requests = ask(&server, &bill)?;
    deliver(&server, &requests)?;
    pay(&server, &bill, "/participants/0")?;
    remind(&server, &bill, arguments.db_manage.as_deref())?;
    hear_from_tara(&server)?;
    pay(&server, &bill, "/participants/1")?;
    look_back(&server, &people)
}

/// Who is at the table.
struct People {
    maya: String,
    imran: String,
    tara: String,
}

fn meet(server: &Server) -> anyhow::Result<People> {
    chapter("Maya pays for dinner. She shares the bill with two friends.");
    let maya =
        json!({"phone_number": "+91 90000 00101", "name": "Maya Pillai", "upi_id": "maya.pillai@okaxis"});
    let maya = id(&server.call("PUT", "/v1/split/users/by-phone", Some(&maya))?)?;
    let friend = |name: &str, phone: &str| {
        let friend = json!({"name": name, "phone_number": phone});
        let path = format!("/v1/split/users/{maya}/contacts");
        id(&server.call("POST", &path, Some(&friend))?)
    };
    let (imran, tara) = (friend("Imran Qureshi", "90000 00102")?, friend("Tara Joshi", "90000 00103")?);
    say("200 means that somebody was there already, 201 that they were made just now.");

    let found = json!({"name": "tara joshi"});
    let found = server.call("POST", &format!("/v1/split/users/{maya}/contacts/lookup"), Some(&found))?;
    table(&found, "/data", &["/name", "/phone_number"])?;
    say("The name is found in any case, though the database has never seen it: a keyed hash is compared.");
    Ok(People { maya, imran, tara })
}

/// Who had what, with tax and tip on top.
fn order(people: &People) -> Value {
    let People { imran, tara, .. } = people;
    json!({
        "mode": "items",
        "items": [
            {"name": "Paneer tikka", "amount": "320.00", "quantity": 1, "contact_ids": [imran, tara, "organiser"]},
            {"name": "Mutton biryani", "amount": "420.00", "quantity": 1, "contact_ids": [imran]},
            {"name": "Masala dosa", "amount": "180.00", "quantity": 1, "contact_ids": ["organiser"]},
            {"name": "Sweet lassi", "amount": "160.00", "quantity": 2, "contact_ids": [imran, tara]},
        ],
        "tax": "54.00",
        "tip": "100.00",
    })
}

fn preview(server: &Server, people: &People, order: &Value) -> anyhow::Result<()> {
    chapter("Who had what is known, and so is who owes what. Nothing is stored yet.");
    table(order, "/items", &["/name", "/quantity", "/amount"])?;
    println!("    tax 54.00, tip 100.00, total 1234.00");
    let trial = json!({"user_id": people.maya, "total_amount": "1234.00", "split": order});
    let shares = server.call("POST", "/v1/split/preview", Some(&trial))?;
    table(&shares, "/participants", &["/name", "/amount_owed"])?;
    println!("    Maya herself: {}", text(&shares, "/organiser_share")?);
    say("Tax and tip follow what each had. The three parts add up to the total, to the last paisa.");
    Ok(())
}

fn store(server: &Server, people: &People, order: &Value) -> anyhow::Result<Value> {
    chapter("Maya agrees. One call stores the bill and its shares, in one transaction.");
    let bill = json!({
        "user_id": people.maya, "total_amount": "1234.00", "currency": "INR",
        "description": "Dinner at Saffron", "merchant": "Saffron", "split": order,
    });
    let bill = server.call("POST", "/v1/split/bills", Some(&bill))?;
    println!("    status: {}", text(&bill, "/status")?);
    table(&bill, "/participants", &["/name", "/amount_owed", "/payment_status"])?;
    Ok(bill)
}

fn ask(server: &Server, bill: &Value) -> anyhow::Result<Value> {
    chapter("Each friend gets a link that opens a payment app, amount and payee filled in.");
    let path = format!("/v1/split/bills/{}/payment-requests", id(bill)?);
    let asked = server.call("POST", &path, Some(&json!({})))?;
    table(&asked, "/data", &["/upi_link"])?;
    let first = asked.pointer("/data/0").context("nobody was asked")?;
    println!("\n  A ready message for Imran, and the same link for the camera of his phone:\n");
    println!("    {}\n", text(first, "/message")?.replace('\n', "\n    "));
    draw(text(first, "/upi_link")?)?;
    say("The server draws the code too: GET /v1/split/payment-requests/{id}/qr.svg, or qr.png.");
    Ok(asked)
}

fn deliver(server: &Server, requests: &Value) -> anyhow::Result<()> {
    chapter(
        "The agent sends the messages and records what became of them. Tara is not on WhatsApp, so she gets an SMS.",
    );
    let record = |request: &str, attempt: Value| -> anyhow::Result<()> {
        let request = requests.pointer(request).context("somebody was not asked")?;
        let path = format!("/v1/split/payment-requests/{}/attempts", id(request)?);
        let request = server.call("POST", &path, Some(&attempt))?;
        let (channel, outcome) = (text(&attempt, "/channel")?, text(&attempt, "/outcome")?);
        println!("    {channel}: {outcome}; the request is {}", text(&request, "/status")?);
        Ok(())
    };
    record("/data/0", json!({"channel": "whatsapp", "outcome": "sent"}))?;
    record(
        "/data/1",
        json!({"channel": "whatsapp", "outcome": "failed", "error": "no account for +919000000103"}),
    )?;
    record("/data/1", json!({"channel": "sms", "outcome": "sent"}))?;
    say("The error names her number, so it is sealed like the number itself.");
    Ok(())
}

/// A link starts a payment and never proves one: whoever sees the money arrive confirms it. Here nobody really pays.
fn pay(server: &Server, bill: &Value, share: &str) -> anyhow::Result<()> {
    let share = bill.pointer(share).context("the bill lacks a share")?;
    chapter(&format!("{} pays.", text(share, "/name")?));
    let path = format!("/v1/split/participants/{}/confirm", id(share)?);
    let confirmed = server.call("POST", &path, Some(&json!({})))?;
    println!(
        "    {}, {}; the bill is {}",
        text(&confirmed, "/payment_status")?,
        text(&confirmed, "/amount_owed")?,
        text(&confirmed, "/bill_status")?,
    );
    Ok(())
}

fn remind(server: &Server, bill: &Value, db_manage: Option<&Path>) -> anyhow::Result<()> {
    chapter("Is it time to remind anybody?");
    list_reminders(server, bill)?;
    say(
        "Nobody gets two messages within a day, and nobody more than MAX_REMINDERS, which is three unless it is set.",
    );
    let Some(db_manage) = db_manage else { return Ok(()) };

    chapter(
        "The next evening Tara has not paid. The story does not wait: it puts her request back by 25 hours.",
    );
    let tara = id(bill.pointer("/participants/1").context("the bill lacks a share")?)?;
    let later = format!(
        "UPDATE payment_requests\n    \
            SET created_at = created_at - interval '25 hours',\n        \
                last_delivery_attempt = last_delivery_attempt - interval '25 hours'\n    \
          WHERE bill_participant_id = '{tara}'"
    );
    println!("\n  db-manage query --write \"{later}\"");
    let ran = Command::new(db_manage).args(["query", "--write", &later]).output();
    let ran = ran.with_context(|| format!("{} did not run", db_manage.display()))?;
    ensure!(ran.status.success(), "it failed: {}", String::from_utf8_lossy(&ran.stderr));
    say("What an operator does by hand stands in the audit log, under the operator's name.");
    if list_reminders(server, bill)? == 0 {
        say("Nobody is due: this server has another database.");
        return Ok(());
    }

    chapter("The agent reminds her, and records that.");
    let reminded = json!({"participant_ids": [tara]});
    let reminders =
        server.call("POST", &format!("/v1/split/bills/{}/reminders", id(bill)?), Some(&reminded))?;
    table(&reminders, "/skipped", &["/name", "/code", "/reminder_count", "/next_at"])
}

/// Prints who is due a reminder and who is not; answers how many are due.
fn list_reminders(server: &Server, bill: &Value) -> anyhow::Result<usize> {
    let reminders = server.call("GET", &format!("/v1/split/bills/{}/reminders", id(bill)?), None)?;
    let due = list(&reminders, "/due")?.len();
    println!("    due: {due}");
    table(&reminders, "/due", &["/name", "/amount_owed"])?;
    table(&reminders, "/skipped", &["/name", "/code", "/next_at"])?;
    Ok(due)
}

fn hear_from_tara(server: &Server) -> anyhow::Result<()> {
    chapter("Tara writes from her phone that she has paid. Her number leads to what she owes.");
    let payer = json!({"phone_number": "90000 00103"});
    let pending = server.call("POST", "/v1/split/pending-payments/lookup", Some(&payer))?;
    table(&pending, "/data", &["/name", "/description", "/amount_owed", "/payment_status"])
}

fn look_back(server: &Server, people: &People) -> anyhow::Result<()> {
    chapter(
        "The last payment has completed the bill, in the same transaction. These are Maya's newest bills.",
    );
    let bills = server.call("GET", &format!("/v1/split/users/{}/bills?limit=3", people.maya), None)?;
    let shown = ["/description", "/total_amount", "/status", "/paid_count", "/total_paid", "/remaining"];
    table(&bills, "/data", &shown)
}

/// The API, with a key for it.
struct Server {
    agent: ureq::Agent,
    url: String,
    key: String,
}

struct Answer {
    status: u16,
    body: Value,
}

impl Server {
    fn find(url: &str, key_file: &Path) -> anyhow::Result<Self> {
        let agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        let mut server = Self { agent, url: url.trim_end_matches('/').to_owned(), key: String::new() };
        let readiness = server.send("GET", "/readyz", None).with_context(|| {
            format!("No server answers at {url}. Start one first, in another terminal: make run")
        })?;
        ensure!(readiness.status == 200, "The server at {url} is not ready: {}", readiness.body);
        let key = fs::read_to_string(key_file).with_context(|| {
            format!(
                "There is no API key in {}. Make one with `db-manage api-key create`, and name its file with --key-file",
                key_file.display()
            )
        })?;
        key.trim().clone_into(&mut server.key);
        Ok(server)
    }

    /// Sends a request and tells both it and its answer's status. Anything but success ends the story.
    fn call(&self, method: &str, path: &str, body: Option<&Value>) -> anyhow::Result<Value> {
        let answer = self.send(method, path, body)?;
        println!("\n  {method} {path}  ->  {}", answer.status);
        ensure!((200..300).contains(&answer.status), "{method} {path} was refused: {}", answer.body);
        Ok(answer.body)
    }

    fn send(&self, method: &str, path: &str, body: Option<&Value>) -> anyhow::Result<Answer> {
        let request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.url))
            .header("authorization", format!("Bearer {}", self.key));
        let mut response = match body {
            Some(body) => {
                let request = request.header("content-type", "application/json");
                self.agent.run(request.body(body.to_string())?)
            }
            None => self.agent.run(request.body(())?),
        }?;
        let status = response.status().as_u16();
        Ok(Answer { status, body: serde_json::from_str(&response.body_mut().read_to_string()?)? })
    }
}

fn chapter(text: &str) {
    println!("\n{text}");
}

fn say(text: &str) {
    println!("\n  {text}");
}

/// Prints these fields of each object of a list in the answer, in columns.
fn table(answer: &Value, of: &str, pointers: &[&str]) -> anyhow::Result<()> {
    let rows = list(answer, of)?;
    let cell = |row: &Value, pointer: &str| match row.pointer(pointer) {
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
        None => String::new(),
    };
    let width = |pointer| rows.iter().map(|row| cell(row, pointer).chars().count()).max().unwrap_or(0);
    let columns: Vec<(&str, usize)> = pointers.iter().map(|pointer| (*pointer, width(pointer))).collect();
    for row in rows {
        let cells = columns.iter().map(|(pointer, width)| format!("{:<width$}", cell(row, pointer)));
        println!("    {}", cells.collect::<Vec<_>>().join("  ").trim_end());
    }
    Ok(())
}

/// Draws a QR code. On a terminal it is light on dark whatever the terminal's colours are, as cameras expect it.
fn draw(text: &str) -> anyhow::Result<()> {
    let code = QRBuilder::new(text).ecl(ECL::L).build().context("the link is too long for a QR code")?;
    let (begin, end) = if io::stdout().is_terminal() { ("\x1b[97;40m", "\x1b[0m") } else { ("", "") };
    for line in code.to_str().lines() {
        println!("    {begin}{line}{end}");
    }
    Ok(())
}

fn list<'a>(object: &'a Value, pointer: &str) -> anyhow::Result<&'a [Value]> {
    let list = object.pointer(pointer).and_then(Value::as_array);
    list.map(Vec::as_slice).with_context(|| format!("the answer has no list {pointer}"))
}

fn id(object: &Value) -> anyhow::Result<String> {
    text(object, "/id").map(str::to_owned)
}

fn text<'a>(object: &'a Value, pointer: &str) -> anyhow::Result<&'a str> {
    object.pointer(pointer).and_then(Value::as_str).with_context(|| format!("the answer has no {pointer}"))
}
