//! What operators do for the selling bot.

use std::fs;
use std::os::unix::fs::MetadataExt as _;

use repository::testing::TestDatabase;
use serde_json::Value;

use crate::Place;

fn with_sample_data() -> Place {
    let place = Place::new(TestDatabase::new());
    assert_eq!(place.run(&["init", "--sample-data"]).code, 0);
    place
}

#[test]
fn maintenance_does_each_step_once_and_says_so_before() {
    let place = with_sample_data();
    place.database.sabotage(
        "UPDATE market.conversations SET completed_at = now() - interval '31 days' WHERE completed_at IS NOT NULL;
         UPDATE market.bot_sessions SET last_activity_at = now() - interval '8 days', expires_at = now() - interval '7 days'",
    );
    let run = |dry_run: &[&str]| {
        let arguments = [&["maintenance", "--system", "market", "--format", "json"], dry_run].concat();
        let ran = place.run(&arguments);
        assert_eq!(ran.code, 0, "{ran:?}");
        let steps = ran.json();
        let rows = |step: &Value| step["rows"].as_u64().unwrap();
        steps.as_array().unwrap().iter().map(rows).collect::<Vec<_>>()
    };
    // Lucía has bought something and is verified, and somebody is blocked.
    let expected = [1, 1, 2, 30];
    assert_eq!(run(&["--dry-run"]), expected);
    assert_eq!(run(&[]), expected);
    assert_eq!(run(&[]), [0, 0, 0, 0]);
    assert_eq!(place.run(&["maintenance", "--system", "split"]).code, 2);
}

#[test]
fn days_alone_are_those_of_the_bots_sessions() {
    let place = with_sample_data();
    place.database.sabotage(
        "UPDATE market.bot_sessions SET last_activity_at = now() - interval '3 days', expires_at = now() - interval '2 days'",
    );
    let rows = |days: &str| {
        let report = place.run(&["cleanup", "--days", days, "--format", "json"]).json();
        let rules = report.as_array().unwrap().clone();
        assert!(rules.len() == 1 && rules[0]["rule"] == "market-bot-sessions", "{report}");
        rules[0]["rows"].as_u64().unwrap()
    };
    assert_eq!((rows("7"), rows("2"), rows("2")), (0, 1, 0));
}

#[test]
fn the_figures_of_today_stand_beside_yesterdays() {
    let place = with_sample_data();
    let statistics = place.run(&["stats", "--system", "market", "--format", "json"]).json();
    assert_eq!(statistics["today"]["messages_sent"], 12);
    assert_eq!(statistics["yesterday"]["messages_sent"], 0);
    assert_eq!(
        (&statistics["totals"]["products"], &statistics["totals"]["messages"]),
        (&4.into(), &12.into())
    );
}

#[test]
fn an_export_names_nobody_and_is_for_its_owner_alone() {
    let place = with_sample_data();
    assert_eq!(place.run(&["export", "--system", "market"]).code, 0);
    let files = fs::read_dir(place.directory.path()).unwrap().map(|entry| entry.unwrap().path());
    let named =
        |path: &std::path::PathBuf| path.file_name().unwrap().to_str().unwrap().starts_with("market_export_");
    let file = files.filter(named).collect::<Vec<_>>().remove(0);
    assert_eq!(fs::metadata(&file).unwrap().mode() & 0o777, 0o600);
    let text = fs::read_to_string(&file).unwrap();
    for personal in ["juan_comprador", "García", "Sants", "iPhone. ¿Sigue"] {
        assert!(!text.contains(personal), "{personal}: {text}");
    }
    let export = place.run(&["export", "--system", "market", "-o", "/dev/stdout"]).json();
    let count = |list: &str| export[list].as_array().unwrap().len();
    let counts = ["products", "buyers", "conversations", "messages"].map(count);
    assert_eq!(counts, [4, 3, 4, 12]);
    assert_eq!(export["buyers"][0]["username"], "j***r");
    assert_eq!(export["products"][0]["price"], "650.00");
    assert!(export["exported_at"].is_string() && export["messages"][0].get("content").is_none());
}

#[test]
fn everything_leaves_only_when_that_is_confirmed_and_the_audit_log_knows() {
    let place = with_sample_data();
    let asked = place.run(&["export", "--full", "--system", "market"]);
    assert!(asked.code == 2 && asked.err.contains("--confirm"), "{asked:?}");
    assert_eq!(place.run(&["export", "--confirm"]).code, 2, "nothing to confirm");
    assert_eq!(place.run(&["export", "--system", "split", "-o", "/dev/stdout"]).code, 2, "it has no excerpt");
    let recorded = || {
        let found = place.run(&["audit", "list", "--action", "query", "--format", "json"]).json();
        found.as_array().unwrap().len()
    };
    assert_eq!(recorded(), 0);

    let full =
        place.run(&["export", "--full", "--confirm", "--system", "market", "-o", "/dev/stdout"]).json();
    let count = |table: &str| full[table].as_array().unwrap().len();
    assert_eq!(
        ["products", "buyers", "conversations", "messages", "bot_sessions"].map(count),
        [4, 3, 4, 12, 1]
    );
    assert_eq!(full["buyers"][0]["username"], "juan_comprador");
    assert_eq!(full["products"][0]["price"], "650.00");
    assert!(full["buyers"][0].get("username_bidx").is_none(), "{}", full["buyers"][0]);
    assert_eq!(recorded(), 1);

    let all = place.run(&["export", "-o", "/dev/stdout"]).json();
    assert_eq!(all["market"]["buyers"][0]["username"], "j***r");
    let all = place.run(&["export", "--full", "--confirm", "-o", "/dev/stdout"]).json();
    assert!(all["split"]["contacts"].is_array() && all["market"]["messages"].is_array(), "every system");
}
