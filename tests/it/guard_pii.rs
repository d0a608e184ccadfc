//! Names, numbers and addresses of people appear nowhere in clear: not in files of the database, its WAL, a dump, a
//! log, a metric, an error or an audit row.

use std::fs;

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use repository::testing;
use serde_json::json;
use strongroom_tests::Server;

use crate::world::{World, id, text};

const CANARIES: [&str; 5] = ["Kanariya", "9812345670", "9812345671", "canary.upi", "Undisclosed"];

fn contains(content: &[u8], text: &str) -> bool {
    content.windows(text.len()).any(|window| window == text.as_bytes())
}

fn assert_clean(what: &str, content: &[u8]) {
    assert!(!content.is_empty(), "{what} is empty");
    for canary in CANARIES {
        assert!(!contains(content, canary), "{canary} stands in {what}");
    }
}

/// Drives every kind of route into success and error with canaries in every place they fit.
fn drive(server: Server) -> World {
    let world = World::on(server, 0);
    let server = &world.server;
    let user = json!({"phone_number": "+919812345670", "name": "Kanariya Undisclosed", "upi_id": "canary.upi@okaxis"});
    let user = id(&server.post("/v1/split/users", &user).expect(201));
    server.post("/v1/split/users", &json!({"phone_number": "9812345670"})).expect(409);
    server.post("/v1/split/users", &json!({"phone_number": "9812345670x", "name": "Kanariya"})).expect(422);
    server.post("/v1/split/users/lookup", &json!({"phone_number": "9812345670"})).expect(200);
    let contacts = format!("/v1/split/users/{user}/contacts");
    let contact = json!({"name": "Kanariya Friend", "phone_number": "+919812345671"});
    let contact = id(&server.post(&contacts, &contact).expect(201));
    server.post(&format!("{contacts}/lookup"), &json!({"name": "kanariya friend"})).expect(200);
    server
        .send("PATCH", &format!("/v1/split/contacts/{contact}"), &[], Some(r#"{"name": "Kanariya Q"}"#))
        .expect(200);
    server
        .send("PATCH", &format!("/v1/split/contacts/{contact}"), &[], Some(r#"{"nmae": "Kanariya Q"}"#))
        .expect(422);
    let split = json!({"mode": "equal", "participants": [{"contact_id": contact}]});
    let bill = json!({"user_id": user, "total_amount": "10.00", "description": "Tea", "split": split});
    let bill = server.post("/v1/split/bills", &bill).expect(201);
    let requests = format!("/v1/split/bills/{}/payment-requests", id(&bill));
    server.post(&requests, &json!({"upi_id": "canary.upi@okaxis"})).expect(201);
    server.post(&requests, &json!({"upi_id": "canary.upi"})).expect(422);
    let request = server.get(&requests).expect(200);
    let request = format!("/v1/split/payment-requests/{}", text(&request, "/data/0/id"));
    let attempt =
        json!({"channel": "sms", "outcome": "failed", "error": "9812345671 does not answer, says Kanariya"});
    server.post(&format!("{request}/attempts"), &attempt).expect(200);
    server.get(&format!("{request}/qr.svg"));
    let conversation = format!("/v1/split/users/{user}/conversations/session-1");
    let context =
        json!({"step": "extracting_bill", "context": {"input_type": "text", "said": "Kanariya Undisclosed"}});
    server.send("PUT", &conversation, &[], Some(&context.to_string())).expect(200);
    server
        .post(&format!("{conversation}/errors"), &json!({"error": "Kanariya was not understood"}))
        .expect(200);
    let rows = json!([{"name": "Kanariya Batch", "phone_number": "+919812345672"}, {"name": "Kanariya", "phone_number": "x"}]);
    server.post(&format!("{contacts}/batch"), &rows).expect(200);
    server.post("/v1/split/pending-payments/lookup", &json!({"phone_number": "9812345671"})).expect(200);
    let participant = text(&bill, "/participants/0/id");
    server.post(&format!("/v1/split/participants/{participant}/confirm"), &json!({})).expect(200);
    let undo = json!({"reason": "Kanariya sent the money to 9812345670"});
    server.post(&format!("/v1/split/participants/{participant}/unconfirm"), &undo).expect(200);
    world
}

#[test]
fn logs_metrics_and_errors_hold_nothing_personal() {
    let world = drive(Server::start_with(&[("DEBUG", "true"), ("DATABASE_ECHO", "true")]));
    let log = world.server.log();
    assert!(log.contains("INSERT INTO"), "statements are logged, so that this means something");
    assert_clean("the log", log.as_bytes());
    assert_clean("the metrics", world.server.get("/metrics").text.as_bytes());
    let wrong = json!({"phone_number": "+9198123456709812345670", "name": "", "upi_id": "canary.upi"});
    assert_clean("an error", world.server.post("/v1/split/users", &wrong).text.as_bytes());
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = diesel::sql_types::Text)]
    text: String,
}

#[test]
fn a_dump_of_the_database_holds_nothing_personal() {
    let world = drive(Server::start());
    let mut conn = PgConnection::establish(&world.server.database().url("postgres")).unwrap();
    let mut dump = String::new();
    for table in repository::TABLES {
        // Bytes are written out as text, so that a name would show as one.
        let sql = format!(
            "SELECT encode(convert_to(t::text, 'UTF8'), 'escape') AS text FROM {} t",
            table.qualified_name()
        );
        let rows: Vec<Row> = diesel::sql_query(sql).load(&mut conn).unwrap();
        dump.extend(rows.into_iter().map(|row| row.text));
    }
    assert!(dump.contains("Tea"), "the dump shows what is in clear");
    assert_clean("the dump", dump.as_bytes());
}

#[test]
fn the_files_of_the_database_and_its_log_hold_nothing_personal() {
    let world = drive(Server::start());
    let mut conn = PgConnection::establish(&world.server.database().url("postgres")).unwrap();
    conn.batch_execute("CHECKPOINT").unwrap();
    let oid =
        diesel::sql_query("SELECT oid::text AS text FROM pg_database WHERE datname = current_database()");
    let oid = oid.get_result::<Row>(&mut conn).unwrap().text;
    let data = testing::data_directory();
    let mut found_clear_text = false;
    let files = [data.join("base").join(oid), data.join("pg_wal")].into_iter().flat_map(|folder| {
        let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        entries.map(|entry| entry.unwrap().path()).collect::<Vec<_>>()
    });
    for path in files.chain([testing::server_log()]) {
        // WAL is recycled, so a file may be gone by the time it is read.
        let Ok(content) = fs::read(&path) else { continue };
        found_clear_text |= contains(&content, "Tea");
        for canary in CANARIES {
            assert!(!contains(&content, canary), "{canary} stands in {}", path.display());
        }
    }
    assert!(found_clear_text, "what is in clear is found, so that this means something");
}
