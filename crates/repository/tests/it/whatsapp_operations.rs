//! What operators do to conversations: audit log, keys, retention, and how lists are read.

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::sql_types::Text;
use strongroom_repository::ops::{cleanup, keys};
use strongroom_repository::testing::{TestDatabase, execute, key_ring};
use strongroom_repository::whatsapp::{userchats, users};
use strongroom_repository::{Actor, Error};

use crate::whatsapp_fixtures::{MOST, owned, talk, user};

#[derive(QueryableByName)]
struct Value {
    #[diesel(sql_type = Text)]
    value: String,
}

fn value(test: &TestDatabase, sql: &str) -> String {
    let mut conn = PgConnection::establish(&test.url("postgres")).unwrap();
    diesel::sql_query(sql).get_result::<Value>(&mut conn).unwrap().value
}

#[test]
fn the_audit_log_counts_messages_and_holds_none() {
    let test = TestDatabase::new();
    let database = test.database();
    database
        .write::<_, Error>("test", &Actor::system(), |tx| {
            let asha = user(tx, "+12025550101");
            talk(tx, asha.user_id, MOST, &["Canary", "b"]);
            Ok(())
        })
        .unwrap();
    let log = value(
        &test,
        "SELECT string_agg(concat_ws(' ', action, changed_columns, new_values ->> 'message_count'), '; ' ORDER BY id) AS value
           FROM platform.audit_log WHERE table_name = 'whatsapp.userchats'",
    );
    assert_eq!(log, "insert 1; update {message_count,waiting_since} 2");
    let texts = "SELECT coalesce(string_agg(a::text, ''), '') AS value FROM platform.audit_log a";
    let everything = value(&test, texts);
    assert!(!everything.contains("Canary") && !everything.contains("role"), "{everything}");
}

#[test]
fn keys_know_sealed_elements_as_they_know_sealed_columns() {
    let test = TestDatabase::new();
    let database = test.database();
    database
        .write::<_, Error>("test", &Actor::system(), |tx| {
            owned(tx, "+12025550101")?;
            let asha = user(tx, "+12025550102");
            // More chats than are read at a time, and one without messages.
            talk(tx, asha.user_id, 1, &["x"; 120]);
            execute(tx, "UPDATE whatsapp.userchats SET messages = '[]' WHERE is_active AND message_count = 1 AND continues_chat_id IS NOT NULL");
            Ok(())
        })
        .unwrap();
    let verified = keys::verify(&database, &Actor::system(), |_, _| {}).unwrap();
    assert_eq!((verified.opened, verified.faults.len()), (2 + 1 + 119, 0));
    let url = test.url("strongroom_app");
    let mut session =
        strongroom_repository::ops::Session::connect(url.as_str(), std::time::Duration::from_secs(30))
            .unwrap();
    assert_eq!(keys::status(&mut session, &key_ring()).unwrap()[0].values, 122);
    assert!(
        test.open_everything()
            .iter()
            .any(|(place, text)| place == "whatsapp.userchats.messages" && text == "hello")
    );
    let chat = value(
        &test,
        "SELECT chat_id AS value FROM whatsapp.userchats WHERE message_count = 1 ORDER BY chat_id DESC LIMIT 1",
    );
    test.sabotage(&format!(
        "UPDATE whatsapp.userchats SET messages = jsonb_set(messages, '{{0,content}}', to_jsonb(encode('\\x01'::bytea || sha256(''), 'base64')))
          WHERE chat_id = '{chat}'"
    ));
    let verified = keys::verify(&database, &Actor::system(), |_, _| {}).unwrap();
    assert_eq!((verified.faults.len(), verified.faults[0].column), (1, "messages"));
    assert_eq!(verified.faults[0].row, chat);
}

#[test]
fn retention_takes_notes_after_30_days_and_closed_chats_only_when_asked() {
    let test = TestDatabase::new();
    let database = test.database();
    database
        .write::<_, Error>("test", &Actor::system(), |tx| {
            let gone = owned(tx, "+12025550101")?;
            let asha = owned(tx, "+12025550102")?;
            userchats::close_active(tx, asha.user_id)?;
            users::soft_delete(tx, gone.user_id, None)?;
            Ok(())
        })
        .unwrap();
    let clean = |plan: &cleanup::Plan<'_>| {
        let report = cleanup::run(&database, &Actor::system(), plan, |_| {}).unwrap();
        report.into_iter().map(|cleaned| (cleaned.rule, cleaned.rows)).collect::<Vec<_>>()
    };
    let of_system = cleanup::Plan { system: Some("whatsapp"), ..cleanup::Plan::default() };
    let rules = ["whatsapp-deliveries", "whatsapp-inbound-messages", "whatsapp-deleted-users"];
    assert_eq!(clean(&of_system), rules.map(|rule| (rule, 0)), "everything is new");
    test.sabotage(
        "ALTER TABLE whatsapp.userchats DISABLE TRIGGER touch;
         UPDATE whatsapp.inbound_messages SET created_at = now() - interval '31 days';
         UPDATE whatsapp.message_deliveries SET created_at = now() - interval '31 days';
         UPDATE whatsapp.users SET deleted_at = now() - interval '31 days' WHERE deleted_at IS NOT NULL;
         UPDATE whatsapp.userchats SET updated_at = now() - interval '91 days'",
    );
    assert_eq!(clean(&of_system).iter().map(|(_, rows)| *rows).collect::<Vec<_>>(), [2, 2, 1]);
    let named =
        cleanup::Plan { rule: Some("whatsapp-inactive-chats"), days: Some(90), ..cleanup::Plan::default() };
    assert_eq!(clean(&named), [("whatsapp-inactive-chats", 1)]);
}

#[test]
fn every_list_enters_an_index() {
    let test = TestDatabase::new();
    test.sabotage(
        "SET session_replication_role = replica;
         INSERT INTO whatsapp.users (user_id, phone_number, phone_number_bidx, created_at)
         SELECT gen_random_uuid(), '\\x01'::bytea || sha256(''), sha256(n::text::bytea), now() - make_interval(secs => n)
           FROM generate_series(1, 100000) n;
         INSERT INTO whatsapp.userchats (chat_id, customer_id, is_active, waiting_since, created_at)
         SELECT lpad(to_hex(row_number() OVER ()), 16, '0'), user_id, true, CASE WHEN random() < 0.01 THEN created_at END, created_at FROM whatsapp.users;
         INSERT INTO whatsapp.message_deliveries (message_sid, customer_id, status, created_at)
         SELECT 'SM' || row_number() OVER (), user_id, CASE WHEN random() < 0.01 THEN 'failed' ELSE 'read' END, created_at FROM whatsapp.users;
         INSERT INTO whatsapp.inbound_messages (message_sid, customer_id, outcome, created_at)
         SELECT message_sid, customer_id, 'ignored', created_at FROM whatsapp.message_deliveries;
         RESET session_replication_role;
         ANALYZE",
    );
    let mut conn = PgConnection::establish(&test.url("strongroom_app")).unwrap();
    for statement in [
        "SELECT * FROM whatsapp.users WHERE (phone_number_bidx = ANY (ARRAY[sha256('1'), sha256('2')]) OR whatsapp_id_bidx = sha256('3'))
            AND deleted_at IS NULL ORDER BY created_at, user_id FOR NO KEY UPDATE",
        "SELECT * FROM whatsapp.users WHERE deleted_at IS NULL ORDER BY created_at DESC, user_id DESC LIMIT 51",
        "SELECT * FROM whatsapp.users WHERE is_active AND deleted_at IS NULL ORDER BY created_at DESC, user_id DESC LIMIT 51",
        "UPDATE whatsapp.userchats SET is_active = false WHERE created_at < now() - interval '27 hours' AND is_active",
        "SELECT c.chat_id FROM whatsapp.userchats c JOIN whatsapp.users u ON u.user_id = c.customer_id AND u.is_active AND u.deleted_at IS NULL
          WHERE c.is_active AND c.waiting_since IS NOT NULL AND (c.claimed_until IS NULL OR c.claimed_until <= now())
          ORDER BY c.waiting_since, c.chat_id LIMIT 10 FOR NO KEY UPDATE OF c SKIP LOCKED",
        "SELECT * FROM whatsapp.userchats WHERE customer_id = '00000000-0000-0000-0000-000000000007' ORDER BY created_at DESC, chat_id DESC LIMIT 51",
        "UPDATE whatsapp.userchats SET is_active = true WHERE customer_id = '00000000-0000-0000-0000-000000000007' AND is_active",
        "SELECT * FROM whatsapp.message_deliveries WHERE status = 'failed' ORDER BY created_at DESC, message_sid DESC LIMIT 51",
        "SELECT * FROM whatsapp.message_deliveries ORDER BY created_at DESC, message_sid DESC LIMIT 51",
        "DELETE FROM whatsapp.inbound_messages WHERE created_at < now() - interval '27 hours'",
    ] {
        conn.batch_execute("BEGIN").unwrap();
        let plan: Vec<Plan> = diesel::sql_query(format!("EXPLAIN (COSTS OFF) {statement}")).load(&mut conn).unwrap();
        conn.batch_execute("ROLLBACK").unwrap();
        let plan: Vec<String> = plan.into_iter().map(|line| line.line).collect();
        let is_whole = plan.iter().any(|line| line.contains("Seq Scan"));
        assert!(!is_whole && plan.iter().any(|line| line.contains("Index")), "{statement}\n{}", plan.join("\n"));
    }
}

#[derive(QueryableByName)]
struct Plan {
    #[diesel(sql_type = Text)]
    #[diesel(column_name = "QUERY PLAN")]
    line: String,
}
