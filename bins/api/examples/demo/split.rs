//! A bill, from the first friend to the last payment. People who are there already are not made again, so a second run
//! only makes a new bill.

use std::io::{self, IsTerminal as _};

use anyhow::Context as _;
use fast_qr::{ECL, QRBuilder};
use serde_json::{Value, json};

use crate::toolkit::{Database, Server, chapter, id, list, say, table, text};

const QUERIES: &[&str] = &[
    "SELECT left(encode(c.phone_number, 'hex'), 30) AS phone_number, left(encode(c.name, 'hex'), 30) AS name
    FROM contacts c JOIN bill_participants p ON p.contact_id = c.id ORDER BY p.created_at DESC LIMIT 2",
    "SELECT left(encode(upi_link, 'hex'), 30) AS upi_link, length(upi_link) AS bytes, status
    FROM payment_requests ORDER BY updated_at DESC LIMIT 2",
    "SELECT count(*) AS contacts, count(*) FILTER (WHERE position('Imran'::bytea IN name) > 0) AS with_that_name
    FROM contacts",
];

/// Each chapter is a function that takes what the ones before it have made.
pub(crate) fn play(server: &Server, database: Option<&Database>) -> anyhow::Result<()> {
    let people = meet(server)?;
    let order = order(&people);
    preview(server, &people, &order)?;
    let bill = store(server, &people, &order)?;
    let requests = ask(server, &bill)?;
    deliver(server, &requests)?;
    pay(server, &bill, "/participants/0")?;
    remind(server, &bill, database)?;
    hear_from_tara(server)?;
    pay(server, &bill, "/participants/1")?;
    look_back(server, &people)?;
    database.map_or(Ok(()), |database| database.show("split", QUERIES))
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

fn remind(server: &Server, bill: &Value, database: Option<&Database>) -> anyhow::Result<()> {
    chapter("Is it time to remind anybody?");
    list_reminders(server, bill)?;
    say(
        "Nobody gets two messages within a day, and nobody more than MAX_REMINDERS, which is three unless it is set.",
    );
    let Some(database) = database else { return Ok(()) };

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
    database.change("split", &later)?;
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

/// Draws a QR code. On a terminal it is light on dark whatever the terminal's colours are, as cameras expect it.
fn draw(text: &str) -> anyhow::Result<()> {
    let code = QRBuilder::new(text).ecl(ECL::L).build().context("the link is too long for a QR code")?;
    let (begin, end) = if io::stdout().is_terminal() { ("\x1b[97;40m", "\x1b[0m") } else { ("", "") };
    for line in code.to_str().lines() {
        println!("    {begin}{line}{end}");
    }
    Ok(())
}
