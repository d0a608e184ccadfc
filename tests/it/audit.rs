//! Who changed what, over HTTP; and that what a dump brings back still proves it.

use std::path::Path;
use std::process::Command;

use embedded::Binaries;
use repository::platform::api_keys;
use repository::testing::TestDatabase;
use repository::{Actor, Database};
use serde_json::{Value, json};
use strongroom_tests::{Server, db_manage};

use crate::world::{World, each, id, text};

fn rows(server: &Server, query: &str) -> Value {
    server.get(&format!("/v1/audit?{query}")).expect(200)["data"].clone()
}

/// A key with these scopes, as a header.
fn bearer(database: &Database, scopes: &[&str]) -> String {
    let scopes: Vec<String> = scopes.iter().map(|scope| (*scope).to_owned()).collect();
    let made = database.write("test.key", &Actor::system(), |tx| api_keys::insert(tx, "test", &scopes));
    format!("Bearer {}", *made.unwrap().1.text())
}

#[test]
fn a_change_is_told_with_actor_request_and_values() {
    let world = World::with_contacts(2);
    let bill = world.bill("100.00");
    let participant = text(&bill, "/participants/0/id");
    let confirm = format!("/v1/split/participants/{participant}/confirm");
    world.server.send("POST", &confirm, &[("x-request-id", "the-payment")], Some("{}")).expect(200);

    let of_participant = format!("table=split.bill_participants&row_id={participant}");
    let changes = rows(&world.server, &of_participant);
    assert_eq!(each(&changes, "action"), ["update", "insert"], "newest first");
    let (update, insert) = (&changes[0], &changes[1]);
    assert_eq!(update["request_id"], "the-payment");
    assert!(update["actor"].as_str().unwrap().starts_with("api_key:"));
    assert_eq!(update["changed_columns"], json!(["payment_status", "paid_at"]));
    assert_eq!(update["old_values"], json!({"payment_status": "pending"}));
    assert_eq!(update["new_values"]["payment_status"], "confirmed");
    assert_eq!(insert["new_values"]["amount_owed"], "50.00");

    let by_request = rows(&world.server, "request_id=the-payment");
    assert!(each(&by_request, "table_name").contains(&"split.bill_participants"));
    assert_eq!(rows(&world.server, &format!("{of_participant}&action=DELETE")), json!([]));
    assert_eq!(
        rows(&world.server, &format!("{of_participant}&to={}", text(update, "/created_at"))),
        json!([insert])
    );
    let from = format!("{of_participant}&from={}", text(update, "/created_at"));
    assert_eq!(rows(&world.server, &from), json!([update]));
    assert_eq!(rows(&world.server, "actor=operator:nobody"), json!([]));
    assert!(!update.to_string().contains("Friend"), "no names");
}

#[test]
fn pages_follow_one_another_and_a_cursor_answers_its_own_question_only() {
    let world = World::with_contacts(5);
    let mut seen = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = world.server.get(&format!("/v1/audit?table=split.contacts&limit=2{cursor}")).expect(200);
        seen.extend(each(&page["data"], "row_id").into_iter().map(str::to_owned));
        let Some(next) = page["next_cursor"].as_str() else { break };
        let elsewhere = world.server.get(&format!("/v1/audit?table=split.users&cursor={next}"));
        assert_eq!(elsewhere.expect(400)["code"], "invalid_cursor");
        cursor = format!("&cursor={next}");
    }
    let newest_first: Vec<String> = world.contacts.iter().rev().cloned().collect();
    assert_eq!(seen, newest_first);
}

#[test]
fn only_admins_see_it_and_those_of_a_system_only_that() {
    let world = World::with_contacts(1);
    let database = world.server.database().database();
    let get = |scopes: &[&str], query: &str| {
        let header = bearer(&database, scopes);
        world.server.send("GET", &format!("/v1/audit?{query}"), &[("authorization", &header)], None)
    };
    let all = get(&["platform:admin"], "table=platform.api_keys").expect(200);
    assert!(!all["data"].as_array().unwrap().is_empty());
    let of_split = get(&["split:admin"], "limit=100").expect(200);
    let tables = each(&of_split["data"], "table_name");
    assert!(!tables.is_empty() && tables.iter().all(|table| table.starts_with("split.")), "{tables:?}");
    for (scopes, query) in [
        (&["split:admin"][..], "table=platform.api_keys"),
        (&["split:admin"], "table=platform"),
        (&["split:write"], "table=split.users"),
        (&["split:read"], ""),
    ] {
        assert_eq!(get(scopes, query).expect(403)["code"], "insufficient_scope", "{scopes:?} {query}");
    }
}

#[test]
fn what_does_not_fit_is_named() {
    let world = World::with_contacts(0);
    for (query, pointer, code) in [
        ("table=split.nothing", "/table", "unknown_value"),
        ("row_id=1", "/table", "missing"),
        ("table=split.bills&row_id=", "/row_id", "empty"),
        ("actor=%00", "/actor", "control_character"),
        ("action=drop", "/action", "unknown_value"),
        ("from=yesterday", "/from", "invalid_time"),
        ("limit=0", "/limit", "limit_out_of_range"),
        ("what=1", "/what", "unknown_field"),
    ] {
        let problem = world.server.get(&format!("/v1/audit?{query}")).expect(422);
        let error = &problem["errors"][0];
        assert_eq!((&error["pointer"], &error["code"]), (&json!(pointer), &json!(code)), "{query}");
    }
}

/// A database that was dumped and restored elsewhere verifies, and goes on being sealed.
#[test]
fn seals_survive_a_dump_and_a_restore() {
    let world = World::with_contacts(3);
    let (source, target) = (world.server.database(), TestDatabase::empty());
    let verify = |database: &TestDatabase| {
        let ran = db_manage(database, &["audit", "verify", "--format", "json"]);
        assert_eq!(ran.code, 0, "{ran:?}");
        ran.json()
    };
    let before = verify(source);
    id(&world.bill("10.00"));

    let file = tempfile::NamedTempFile::new().unwrap();
    let run = |program: &str, option: &str, database: &TestDatabase, rest: &[&Path]| {
        let program = Binaries::find().unwrap().program(program);
        let ran =
            Command::new(program).arg(option).arg(database.url("postgres")).args(rest).output().unwrap();
        assert!(ran.status.success(), "{ran:?}");
        ran.stdout
    };
    let dump = run("pg_dump", "--format=custom", source, &[]);
    std::fs::write(file.path(), dump).unwrap();
    run("pg_restore", "--dbname", &target, &[file.path()]);

    let after = verify(&target);
    assert_eq!(
        after["seals"],
        json!(before["seals"].as_u64().unwrap() + 1),
        "what was not sealed yet is sealed there"
    );
    let restored = target.database();
    bearer(&restored, &["split:read"]);
    let grown = verify(&target);
    assert_eq!(
        (&grown["unsealed"], &grown["rows"]),
        (&json!(0), &json!(after["rows"].as_u64().unwrap() + 1))
    );
}
