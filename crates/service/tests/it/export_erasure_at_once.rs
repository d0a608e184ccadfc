//! What happens when an exporter is erased while something of the exporter's is stored.

use std::sync::Barrier;
use std::thread;

use domain::MessageText;
use domain::export::Exchange;
use repository::platform::idempotency_keys::{Answer, Claim, Request, claim, store};
use repository::testing::TestDatabase;
use repository::{Actor, Tx};
use strongroom_service::export::{chat_messages, users};
use strongroom_service::{Error, Result};

use crate::export_fixtures::{chat_session, exporter, report_of};

/// Waits until a transaction waits for another.
const WAIT_FOR_A_LOCK: &str = "
    SET statement_timeout = '30s';
    DO $$ BEGIN
        WHILE NOT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND locktype IN ('transactionid', 'tuple')) LOOP END LOOP;
    END $$";

/// Keeps an answer as a route does. It names the conversation and no other row.
fn keep_answer(tx: &mut Tx<'_>, path: &str, body: String) -> Result<()> {
    let request = Request { key: "k", method: "POST", path, query: "", body: b"" };
    let Claim::Free(slot) = claim(tx, &request)? else { panic!("the key is free") };
    Ok(store(tx, &slot, &Answer { status: 201, location: None, etag: None, body })?)
}

#[test]
fn a_conversation_begun_meanwhile_goes_with_every_answer_that_tells_of_it() {
    let test = TestDatabase::new();
    let database = test.database();
    let make = |tx: &mut Tx<'_>| {
        let user = exporter(tx);
        Ok((user, report_of(tx, user)))
    };
    let (user, report) = database.write::<_, Error>("test", &Actor::system(), make).unwrap();
    let said = Barrier::new(2);
    let erased = thread::scope(|scope| {
        scope.spawn(|| {
            let exchange = || {
                let text = MessageText::parse("Secret margins?").unwrap();
                Exchange { question: text.clone(), answer: text, sources: None }
            };
            database
                .write::<_, Error>("test.say", &Actor::system(), |tx| {
                    let session = chat_session(tx, report)?.id;
                    let [question, _] = chat_messages::add(tx, session, exchange())?;
                    let path = format!("/v1/export/chat-sessions/{session}/messages");
                    keep_answer(tx, &path, format!("{{\"content\": \"{}\"}}", question.content.expose()))?;
                    said.wait();
                    test.sabotage(WAIT_FOR_A_LOCK);
                    Ok(())
                })
                .unwrap();
        });
        said.wait();
        let erase = |tx: &mut Tx<'_>| users::erase(tx, user, None);
        database.write("test.erase", &Actor::system(), erase).unwrap()
    });
    assert_eq!(
        (erased.count("reports"), erased.count("chat_sessions"), erased.count("chat_messages")),
        (1, 1, 2)
    );
    assert_eq!(test.open_everything(), []);
}
