//! `db-manage whatsapp`: what operators see of conversations, masked unless they ask for more.

use std::fs;
use std::io::Write as _;
use std::process::Stdio;

use repository::testing::TestDatabase;

use crate::{Place, Ran};

fn place() -> Place {
    let place = Place::new(TestDatabase::new());
    let loaded = place.run(&["init", "--sample-data"]);
    assert_eq!(loaded.code, 0, "{loaded:?}");
    place
}

/// Runs a command that is told something on standard input.
fn run_with(place: &Place, arguments: &[&str], input: &str) -> Ran {
    let mut command = place.command(arguments);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    Ran::new(child.wait_with_output().unwrap())
}

#[test]
fn people_are_masked_unless_they_are_revealed_and_that_is_recorded() {
    let place = place();
    let masked = place.run(&["whatsapp", "users", "--format", "json"]);
    let people = masked.json();
    assert_eq!(people.as_array().unwrap().len(), 3);
    assert_eq!(people[2]["phone_number"], "+*********01");
    assert_eq!(people[2]["full_name"], "M********ks");
    let reveals = || place.count("platform.audit_log WHERE action = 'query' AND table_name = 'whatsapp'");
    let before = reveals().as_i64().unwrap();
    let revealed = place.run(&["whatsapp", "users", "--reveal", "--limit", "1", "--format", "json"]).json();
    assert_eq!(
        (revealed[0]["phone_number"].as_str(), revealed.as_array().unwrap().len()),
        (Some("+12025550103"), 1)
    );
    assert_eq!(reveals().as_i64().unwrap(), before + 1);
}

#[test]
fn chats_and_messages_are_found_by_a_number_that_nobody_else_sees() {
    let place = place();
    let chats =
        run_with(&place, &["whatsapp", "chats", "--phone", "-", "--format", "json"], "+12025550101\n").json();
    assert_eq!((chats[0]["message_count"].as_i64(), chats[1]["message_count"].as_i64()), (Some(1), Some(4)));
    assert_eq!(chats[0]["continues_chat_id"], chats[1]["chat_id"]);
    let chat = chats[1]["chat_id"].as_str().unwrap();
    let masked = place.run(&["whatsapp", "messages", chat, "--format", "json"]).json();
    assert_eq!(masked[0]["content"], "[21 characters]");
    let revealed = place.run(&["whatsapp", "messages", chat, "--reveal", "--format", "json"]).json();
    assert_eq!(
        (revealed[0]["role"].as_str(), revealed[0]["content"].as_str()),
        (Some("user"), Some("What is Apache Spark?"))
    );
    let absent = place.run(&["whatsapp", "messages", "0000000000000000"]);
    assert_eq!((absent.code, absent.err.contains("chat not found")), (1, true), "{absent:?}");
    assert_eq!(place.run(&["whatsapp", "messages", "nonsense"]).code, 2);
}

#[test]
fn statistics_count_what_the_requirements_statement_counts() {
    let place = place();
    let rows = place.run(&["whatsapp", "statistics", "--format", "json"]).json();
    let totals: Vec<_> = rows
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["total_chats"].as_i64(), row["total_messages"].as_i64()))
        .collect();
    assert_eq!(totals, [(Some(1), Some(2)), (Some(1), Some(2)), (Some(2), Some(5))]);
}

#[test]
fn old_chats_are_closed_once_and_a_dry_run_closes_none() {
    let place = place();
    place.database.sabotage("UPDATE whatsapp.userchats SET created_at = now() - interval '31 days'");
    let deactivate = |more: &[&str]| {
        let arguments = [&["whatsapp", "deactivate", "--format", "json"], more].concat();
        place.run(&arguments).json()["deactivated"].as_i64()
    };
    assert_eq!(deactivate(&["--days", "32"]), Some(0));
    assert_eq!((deactivate(&["--dry-run"]), deactivate(&[]), deactivate(&[])), (Some(2), Some(2), Some(0)));
}

#[test]
fn an_export_is_imported_once_and_a_dry_run_keeps_nothing() {
    let place = place();
    let file = place.directory.path().join("_chat.txt");
    fs::write(&file, "13/1/25, 10:00 - Maya: hi\n13/1/25, 10:01 - Shop: hello\n").unwrap();
    let file = file.to_str().unwrap();
    let import = |more: &[&str]| {
        let arguments =
            [&["whatsapp", "import", file, "--phone", "-", "--assistant", "-", "--format", "json"], more]
                .concat();
        run_with(&place, &arguments, "+12025550101\nShop\n")
    };
    let zone = &["--timezone", "Asia/Kolkata"];
    let dry = import(&[&zone[..], &["--dry-run"]].concat()).json();
    let first = import(zone).json();
    assert_eq!(
        (&dry["messages"], &first["messages"], &first["date_order"]),
        (&2.into(), &2.into(), &"day_first".into())
    );
    assert_eq!(import(zone).json()["messages"], 0);
    let without = import(&[]);
    assert_eq!((without.code, without.err.contains("--timezone")), (1, true), "{without:?}");
    let refused = import(&["--timezone", "Kolkata"]);
    assert_eq!((refused.code, refused.err.contains("IANA")), (2, true), "{refused:?}");
}

#[test]
fn a_person_is_erased_by_a_number_that_only_a_network_knows() {
    let place = place();
    place.database.sabotage("UPDATE whatsapp.users SET deleted_at = now(), deletion_id = user_id");
    let erased = place
        .run(&["erase-user", "--system", "whatsapp", "--phone", "+12025550101", "--format", "json"])
        .json();
    assert_eq!(
        (erased["users"].as_i64(), erased["userchats"].as_i64(), erased["inbound_messages"].as_i64()),
        (Some(1), Some(2), Some(3))
    );
    let nobody =
        place.run(&["erase-user", "--system", "whatsapp", "--phone", "+5215512345678", "--format", "json"]);
    assert_eq!(nobody.code, 0, "{nobody:?}");
}
