//! Messages of the WhatsApp bot, as Twilio and agents send them: to conversations of ten messages and of a thousand. A chat
//! holds its messages as one array, which each message rewrites, so what a message costs grows with the chat it goes into;
//! the roll-over keeps chats short.

use anyhow::Context as _;
use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::sql_types::{Array, Integer, Text, Uuid as SqlUuid};
use repository::codec::TwilioToken;
use repository::domain::whatsapp::{ChatId, Form, phone_number};
use repository::{Actor, Database};
use service::whatsapp::users;
use uuid::Uuid;

use crate::http::{request, signed_request};
use crate::load::{self, Figures, Plan};
use crate::options::Scale;
use crate::pgbench::PgBench;
use crate::report::{Goal, Report, Row, rate};
use crate::running::{Running, TWILIO_TOKEN};
use crate::statements::{array, transaction};

/// Connections that send requests.
const CONNECTIONS: usize = 16;

/// People with a short conversation: so many that no conversation grows much while it is measured.
const FEW: usize = 2_000;

/// People with a long one, and those with a chat that does not roll over.
const MANY: usize = 200;

/// Messages of a short conversation, of a long one, and of a full chat.
const SHORT: i32 = 10;
const LONG: i32 = 1_000;
const FULL: i32 = 200;

/// How many times slower a message to a long conversation may be.
const SLOWER: f64 = 3.0;

/// A content as it stands in the array, in base64: sixty characters, sealed.
const CONTENT: usize = 120;

/// Somebody with a chat.
#[derive(QueryableByName)]
struct Person {
    #[diesel(sql_type = SqlUuid)]
    user_id: Uuid,
    #[diesel(sql_type = Text)]
    bidx: String,
    #[diesel(sql_type = Text)]
    chat_id: String,
}

/// Measures a webhook, an answer and a claim.
pub(crate) fn measure(running: &mut Running, report: &mut Report, scale: Scale) -> anyhow::Result<()> {
    running.empty()?;
    let plan = Plan { connections: CONNECTIONS, warm_up: scale.warm_up, time: scale.time };
    let short = settle(running, 0, FEW, |_| (0, SHORT))?;
    // Chats of a long conversation are anywhere between empty and full.
    let long = settle(running, FEW, MANY, |n| (LONG / FULL, i32::try_from(n).unwrap_or(0) % FULL))?;
    let endless = settle(running, FEW + MANY, MANY, |_| (0, LONG))?;
    let mut sid = 0;
    let mut webhooks = |running: &mut Running, first: usize, people: usize| {
        running.vacuum()?;
        let address = running.api.address();
        let mut turns = (first..first + people).cycle();
        load::run(address, plan, &mut |buffer| {
            sid += 1;
            let person = turns.next().unwrap_or(first);
            buffer.extend_from_slice(&webhook(sid, person));
        })
    };

    let few = webhooks(running, 0, FEW)?;
    report.add(Row::of("POST webhook, conversation of 10 messages", few));
    if let Some(pgbench) = PgBench::find(running.url(), running.home().path().to_owned())? {
        let run = |people: &[Person], name: &str| pgbench.run(name, &append(people), CONNECTIONS, scale.time);
        running.vacuum()?;
        let per_second = run(short.get(..MANY).unwrap_or(&short), "WhatsAppShort")?;
        beside(report, "pgbench, the same statements", few, per_second);
        running.vacuum()?;
        let endless = run(&endless, "WhatsAppEndless")?;
        let row = Row::new("pgbench, in one chat of 1,000 messages without roll-over", rate(endless));
        report.add(row.beside().ratio(per_second / endless));
    }
    let many = webhooks(running, FEW, MANY)?;
    let slower = few.per_second / many.per_second;
    let row = Row::of("POST webhook, conversation of 1,000 messages", many).ratio(slower);
    report.add(row.goal("times slower", Goal::AtMost(SLOWER, ""), slower));
    drop(long);

    running.vacuum()?;
    let mut turns = short.iter().cycle();
    let body =
        format!("{{\"content\":\"{}\"}}", "An engine for analysing data on many machines. ".repeat(2).trim());
    let token = running.token.clone();
    let answers = load::run(running.api.address(), plan, &mut |buffer| {
        let Some(person) = turns.next() else { return };
        let path = format!("/v1/whatsapp/chats/{}/answers", person.chat_id);
        buffer.extend_from_slice(&request("POST", &path, &token, &body));
    })?;
    report.add(Row::of("POST answer, conversation of 10 messages", answers));

    running.superuser.batch_execute("UPDATE whatsapp.userchats SET waiting_since = now() WHERE is_active")?;
    running.vacuum()?;
    let claim = request("POST", "/v1/whatsapp/waiting/claim", &token, r#"{"limit":1,"lease_seconds":1}"#);
    let claims = load::run(running.api.address(), plan, &mut |buffer| buffer.extend_from_slice(&claim))?;
    report.add(Row::of("POST claim of one chat", claims));
    Ok(())
}

fn beside(report: &mut Report, what: &str, ours: Figures, per_second: f64) {
    report.add(Row::new(what, rate(per_second)).beside().ratio(ours.per_second / per_second));
}

/// A message of a person, signed by Twilio.
fn webhook(sid: u64, person: usize) -> Vec<u8> {
    let body = format!(
        "MessageSid=SM{sid:032}&From=whatsapp:%2B{}&To=whatsapp:%2B14155238886&NumMedia=0&ProfileName=Asha\
         &Body=What+is+Apache+Spark+and+how+do+I+run+it+on+my+laptop%3F",
        digits(person)
    );
    let text = Form::parse(body.as_bytes())
        .unwrap_or_default()
        .signed_text("http://localhost/v1/whatsapp/webhook/twilio");
    let signature = TwilioToken::new(TWILIO_TOKEN).sign(text.as_bytes());
    signed_request("/v1/whatsapp/webhook/twilio", &signature, &body)
}

fn digits(person: usize) -> String {
    format!("1202{person:07}")
}

/// Makes so many people, each with as many full chats and as many messages in an active one as `sizes` says.
fn settle(
    running: &mut Running,
    first: usize,
    people: usize,
    sizes: impl Fn(usize) -> (i32, i32),
) -> anyhow::Result<Vec<Person>> {
    let ids = make_users(&running.database, first, people)?;
    let (full, last): (Vec<i32>, Vec<i32>) = (0..people).map(sizes).unzip();
    let insert = format!(
        "WITH u AS (SELECT * FROM unnest($1, $2, $3) AS u (user_id, full_chats, last)),
         chats AS (
             SELECT user_id, false AS is_active, {FULL} AS size FROM u, generate_series(1, full_chats)
             UNION ALL SELECT user_id, true, last FROM u)
         INSERT INTO whatsapp.userchats (customer_id, is_active, messages, waiting_since, last_inbound_at)
         SELECT user_id, is_active,
                (SELECT coalesce(jsonb_agg(jsonb_build_object('role', 'user', 'content', repeat('x', {CONTENT}),
                                                             'timestamp', '2026-11-01T00:00:00.000000+00:00')), '[]')
                   FROM generate_series(1, size)),
                CASE WHEN is_active THEN now() END, now()
           FROM chats"
    );
    diesel::sql_query(insert)
        .bind::<Array<SqlUuid>, _>(&ids)
        .bind::<Array<Integer>, _>(full)
        .bind::<Array<Integer>, _>(last)
        .execute(&mut running.superuser)
        .context("the chats could not be made")?;
    diesel::sql_query(
        "SELECT u.user_id, encode(u.phone_number_bidx, 'hex') AS bidx, c.chat_id
           FROM whatsapp.users u JOIN whatsapp.userchats c ON c.customer_id = u.user_id AND c.is_active
          WHERE u.user_id = ANY ($1)",
    )
    .bind::<Array<SqlUuid>, _>(&ids)
    .load(&mut running.superuser)
    .context("the people could not be read")
}

fn make_users(database: &Database, first: usize, people: usize) -> anyhow::Result<Vec<Uuid>> {
    let make = |person: usize| {
        let phone = phone_number(&format!("+{}", digits(person)))?;
        let make = database.write("bench.settle", &Actor::system(), |tx| {
            users::find_or_create(tx, phone.clone(), None, None)
        });
        Ok(make?.0.user_id.uuid())
    };
    (first..first + people).map(make).collect()
}

/// The statements of a message that goes into an active chat, in the repository's words, but for colons: pgbench takes what
/// follows one for a variable.
fn append(people: &[Person]) -> String {
    let indexes: Vec<String> = people.iter().map(|person| format!("\"\\\\x{}\"", person.bidx)).collect();
    let (users, indexes) = (array(people.iter().map(|person| person.user_id)), indexes.join(","));
    let content = "x".repeat(CONTENT);
    let statements = format!(
        "SELECT user_id, email, phone_number, whatsapp_id, full_name, full_name_is_set, is_active, row_version, created_at, \
         updated_at FROM whatsapp.users WHERE phone_number_bidx = ANY (ARRAY[('{{{indexes}}}'::bytea[])[:n]]) \
         AND deleted_at IS NULL ORDER BY created_at, user_id FOR NO KEY UPDATE;\n\
         SELECT message_sid, customer_id, chat_id, outcome, idempotency_token, created_at FROM whatsapp.inbound_messages \
         WHERE message_sid = 'SMp' || (:r)::bigint;\n\
         UPDATE whatsapp.userchats AS c SET messages = c.messages || jsonb_build_array(\
         '{{\"role\":\"user\",\"content\":\"{content}\"}}'::jsonb || jsonb_build_object('timestamp', to_char(\
         new.kept_at AT TIME ZONE 'UTC', replace('YYYY-MM-DD\"T\"HH24#MI#SS.US\"+00#00\"', '#', chr(58))))), \
         waiting_since = coalesce(c.waiting_since, new.kept_at), last_inbound_at = new.kept_at \
         FROM (SELECT chat_id, greatest(clock_timestamp(), (messages -> -1 ->> 'timestamp')::timestamptz \
         + interval '1 microsecond') AS kept_at FROM whatsapp.userchats \
         WHERE customer_id = ({users})[:n] AND is_active) AS new \
         WHERE c.chat_id = new.chat_id AND c.is_active AND c.message_count < 100000 \
         RETURNING c.chat_id, c.message_count, c.messages -> -1 ->> 'timestamp' AS kept_at;\n\
         INSERT INTO whatsapp.inbound_messages (message_sid, customer_id, chat_id, outcome) \
         VALUES ('SMp' || (:r)::bigint, ({users})[:n], '{chat}', 'kept') ON CONFLICT DO NOTHING;\n",
        chat = ChatId::generate(),
    );
    format!(
        "\\set n random(1, {})\n\\set r random(1, 9000000000000000000)\n{}",
        people.len(),
        transaction(&statements)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_webhook_is_a_whole_request() {
        let request = String::from_utf8(webhook(7, 1)).unwrap();
        let (head, body) = request.split_once("\r\n\r\n").unwrap();
        assert!(
            head.contains(&format!("Content-Length: {}", body.len()))
                && head.contains("X-Twilio-Signature: ")
        );
        assert!(body.contains("From=whatsapp:%2B12020000001"));
    }

    #[test]
    fn the_script_ends_its_transaction() {
        let person = Person { user_id: Uuid::nil(), bidx: "00".into(), chat_id: "0".into() };
        let script = append(&[person]);
        assert!(script.contains("BEGIN;") && script.ends_with("COMMIT;\n"));
        assert!(script.lines().all(|line| line.starts_with('\\') || line.ends_with(';')), "{script}");
    }
}
