//! The command as its users have it: arguments in, exit code and text out, on a real database.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot set up its database fails by panicking"
)]

mod erase_user;
mod files;
mod market;
mod whatsapp;
mod writing;

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::process::{Command, Output};

use repository::codec::{EncryptionKey, Token};
use repository::testing::{self, TestDatabase};
use serde_json::Value;

/// A directory to be called in, and a database of its own.
struct Place {
    database: TestDatabase,
    directory: tempfile::TempDir,
}

impl Place {
    fn new(database: TestDatabase) -> Self {
        Self { database, directory: tempfile::tempdir().unwrap() }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_db-manage"));
        command
            .args(arguments)
            .current_dir(&self.directory)
            .env("DATABASE_URL", self.database.url("strongroom_app"))
            .env("DATABASE_ADMIN_URL", self.database.url("postgres"))
            .env("DATABASE_READER_URL", self.database.url("strongroom_reader"))
            .env("DATABASE_WRITER_URL", self.database.url("strongroom_writer"))
            .env("ENCRYPTION_KEY", testing::KEY);
        command
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        Ran::new(self.command(arguments).output().unwrap())
    }

    fn count(&self, table: &str) -> Value {
        self.run(&["query", &format!("SELECT count(*) AS n FROM {table}"), "--format", "ndjson"]).json()["n"]
            .clone()
    }
}

/// What came of a command.
#[derive(Debug)]
struct Ran {
    code: i32,
    out: String,
    err: String,
}

impl Ran {
    fn new(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Self { code: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) }
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

#[test]
fn health_tells_by_its_exit_code() {
    let place = Place::new(TestDatabase::new());
    let healthy = place.run(&["health", "--format", "json"]);
    assert_eq!((healthy.code, healthy.json()["status"].as_str()), (0, Some("healthy")), "{healthy:?}");
    assert_eq!(healthy.json()["conversation_count"], 0, "{healthy:?}");

    let other_key = EncryptionKey::generate().unwrap().to_base64();
    let wrong_key =
        place.command(&["health", "--format", "json"]).env("ENCRYPTION_KEY", other_key.as_str()).output();
    let wrong_key = Ran::new(wrong_key.unwrap());
    assert_eq!(
        (wrong_key.code, wrong_key.json()["status"].as_str()),
        (3, Some("unhealthy")),
        "{wrong_key:?}"
    );

    let no_key = Ran::new(
        place.command(&["health", "--format", "json"]).env_remove("ENCRYPTION_KEY").output().unwrap(),
    );
    assert_eq!((no_key.code, no_key.json()["keys"].as_str()), (0, Some("not_tried")), "{no_key:?}");

    assert_eq!(place.run(&["migrate", "to", "split_payment_requests"]).code, 0);
    let missing = place.run(&["health", "--format", "json"]);
    assert_eq!((missing.code, missing.json()["status"].as_str()), (3, Some("missing_tables")), "{missing:?}");
    let tables = missing.json()["missing_tables"].as_array().unwrap().clone();
    assert!(tables.contains(&"split.conversation_states".into()), "{tables:?}");

    let away = place.run(&["health", "--database-url", "postgres://x@127.0.0.1:1/x", "--format", "json"]);
    assert_eq!((away.code, away.json()["status"].as_str()), (3, Some("unhealthy")), "{away:?}");
    assert_eq!(place.run(&["test", "--database-url", "postgres://x@127.0.0.1:1/x"]).code, 1);
    assert_eq!(place.run(&["test"]).code, 0);
}

#[test]
fn init_makes_everything_and_can_be_called_again() {
    let place = Place::new(TestDatabase::empty());
    let first = place.run(&["init", "--sample-data", "--format", "json"]);
    assert_eq!(first.code, 0, "{first:?}");
    let users = place.count("users");
    assert_ne!(users, 0);
    assert_eq!(place.run(&["setup", "--sample-data"]).code, 0);
    assert_eq!(place.count("users"), users, "sample data is loaded once");
    let verified = place.run(&["keys", "verify", "--format", "json"]);
    assert_eq!((verified.code, &verified.json()["faults"]), (0, &serde_json::json!([])), "{verified:?}");
    assert_eq!(
        place.run(&["stats", "--format", "csv"]).out.lines().count(),
        1 + repository::system::tables().count()
    );
}

#[test]
fn counts_of_exporters_are_raised_and_lowered_on_demand() {
    let place = Place::new(TestDatabase::new());
    // Two users have a completed report each; the counts of one say none, those of the other say five.
    place.database.sabotage(
        "WITH users AS (
             INSERT INTO export.users (email, email_bidx, business_type, company_size)
             SELECT '\\x01'::bytea || sha256(''), sha256(n::text::bytea), 'SaaS', 'Micro' FROM generate_series(1, 2) n RETURNING id),
         reports AS (
             INSERT INTO export.reports (user_id, product_name, destination_country, business_type, company_size, status)
             SELECT id, 'LED', 'US', 'SaaS', 'Micro', 'completed' FROM users)
         INSERT INTO export.user_metrics (user_id, reports_generated) SELECT id, 5 * (row_number() OVER () - 1) FROM users",
    );
    let recompute = |options: &[&str]| {
        let ran = place.run(&[&["maintenance", "recompute-metrics", "--format", "json"], options].concat());
        assert_eq!(ran.code, 0, "{ran:?}");
        let drifts = ran.json().as_array().unwrap().clone();
        let mut told: Vec<_> =
            drifts.iter().map(|it| (it["stored"].clone(), it["outcome"].clone())).collect();
        told.sort_by_key(|(stored, _)| stored.as_i64());
        told
    };
    let raised = [(0.into(), "raised".into()), (5.into(), "kept".into())];
    assert_eq!(recompute(&["--dry-run"]), raised);
    assert_eq!(recompute(&[]), raised);
    assert_eq!(recompute(&["--lower"]), [(5.into(), "lowered".into())]);
    assert_eq!(recompute(&[]), []);
}

#[test]
fn tables_are_listed_without_a_database() {
    let place = Place::new(TestDatabase::empty());
    let away = ["--database-url", "postgres://x@127.0.0.1:1/x"];
    let listed = place.run(&[&["tables", "--system", "split", "--format", "json"][..], &away].concat());
    let tables = listed.json();
    assert_eq!(tables[1]["table"], "split.contacts", "{listed:?}");
    assert_eq!(tables[1]["owner"], "t.user_id");
    assert_eq!(tables[1]["end_users_may"], "SELECT, INSERT, UPDATE");
    assert_eq!(tables[1]["sealed"], "name, phone_number");
    assert_eq!(place.run(&["tables", "--system", "nothing"]).code, 2);
}

#[test]
fn migrations_are_told_planned_and_run() {
    let place = Place::new(TestDatabase::empty());
    let status = || place.run(&["migrate", "status", "--format", "json"]);
    let all = status().json().as_array().unwrap().len();
    assert_eq!(status().code, 3);
    let planned = place.run(&["migrate", "up", "--dry-run", "--format", "json"]);
    assert_eq!((planned.code, planned.json().as_array().unwrap().len()), (0, all), "{planned:?}");
    assert_eq!(status().code, 3, "a dry run runs nothing");
    assert_eq!(place.run(&["migrate", "initial"]).code, 0);
    assert_eq!(status().code, 0);
    assert_eq!(place.run(&["create-tables", "--format", "json"]).json(), serde_json::json!([]));
    assert_eq!(place.run(&["migrate", "redo", "--format", "json"]).json().as_array().unwrap().len(), 2);
    assert_eq!(place.run(&["migrate", "to", "split_users"]).code, 0);
    assert_eq!(place.run(&["migrate", "split_contacts"]).code, 0, "short for `run`");
    assert_eq!(place.run(&["migrate", "history", "--format", "json"]).json()[0]["name"], "split_contacts");
    let unknown = place.run(&["migrate", "nothing"]);
    assert!(unknown.code == 1 && unknown.err.contains("there is no migration nothing"), "{unknown:?}");
}

#[test]
fn a_new_migration_gets_its_two_files() {
    let place = Place::new(TestDatabase::empty());
    assert_eq!(place.run(&["migrate", "new", "add_tags"]).code, 1, "there is no directory migrations");
    let migrations = place.directory.path().join("migrations");
    fs::create_dir(&migrations).unwrap();
    assert_eq!(place.run(&["migrate", "new", "add_tags", "--dry-run"]).code, 0);
    assert_eq!(fs::read_dir(&migrations).unwrap().count(), 0);
    let written = place.run(&["migrate", "new", "add_tags", "--format", "json"]);
    let files = written.json();
    assert!(
        files.as_array().unwrap().iter().all(|file| place
            .directory
            .path()
            .join(file["file"].as_str().unwrap())
            .is_file())
    );
    assert_eq!(place.run(&["migrate", "new", "../elsewhere"]).code, 2);
}

#[test]
fn nothing_is_destroyed_without_being_told_twice() {
    let place = Place::new(TestDatabase::new());
    assert_eq!(place.run(&["init", "--sample-data"]).code, 0);
    let users = place.count("users");
    for unconfirmed in
        [&["reset"][..], &["drop"], &["drop", "--system", "split"], &["reset", "--confirm", "other"]]
    {
        let ran = place.run(unconfirmed);
        assert!(
            ran.code == 2 && ran.out.contains("split.users") && ran.err.contains("Nothing was changed"),
            "{ran:?}"
        );
    }
    assert_eq!(place.count("users"), users);
    let reset = place.run(&["reset", "--confirm"]);
    assert_eq!(reset.code, 0, "{reset:?}");
    assert_eq!(place.count("users"), 0);
    assert_eq!(place.run(&["health"]).code, 0, "the key is registered again");
    assert_eq!(place.run(&["drop", "--force", "--system", "split"]).code, 0);
    assert_eq!(place.run(&["migrate", "up"]).code, 0);
    assert_eq!(place.run(&["drop", "--force"]).code, 0);
    assert_eq!(place.run(&["health"]).code, 3);
}

#[test]
fn queries_read_and_only_with_write_do_they_change() {
    let place = Place::new(TestDatabase::new());
    assert_eq!(place.run(&["init", "--sample-data"]).code, 0);
    let table = place.run(&["query", "SELECT 1 AS one, 'x' AS two"]);
    assert!(table.code == 0 && table.out.contains("one") && table.out.contains('x'), "{table:?}");
    let csv = place.run(&["query", "SELECT '=1+1' AS a, -5 AS b", "--format", "csv"]);
    assert_eq!(csv.out, "a,b\n'=1+1,-5\n");
    let refused = place.run(&["query", "DELETE FROM users"]);
    assert!(refused.code == 1 && refused.err.contains("without --write"), "{refused:?}");
    assert_eq!(place.run(&["query", "--system", "nothing", "SELECT 1"]).code, 2);
    let written =
        place.run(&["query", "--write", "UPDATE bills SET status = 'cancelled'", "--format", "json"]);
    assert!(written.code == 0 && written.json()["rows"] != 0, "{written:?}");
    let log = "SELECT DISTINCT actor FROM audit_log WHERE new_values ->> 'status' = 'cancelled'";
    let actor = place.run(&["query", "--system", "platform", log, "--format", "ndjson"]).json();
    assert!(actor["actor"].as_str().unwrap().starts_with("operator:"), "{actor}");
}

#[test]
fn an_api_key_is_shown_once_and_revoked_for_good() {
    let place = Place::new(TestDatabase::new());
    let created =
        place.run(&["api-key", "create", "--name", "agent", "--scope", "split:write", "--format", "json"]);
    let created = created.json();
    assert!(Token::parse(created["key"].as_str().unwrap()).is_ok());
    let listed = place.run(&["api-key", "list", "--format", "json"]);
    assert_eq!(listed.json()[0]["name"], "agent");
    assert!(!listed.out.contains(created["key"].as_str().unwrap()));
    let revoked = place.run(&["api-key", "revoke", created["id"].as_str().unwrap(), "--format", "json"]);
    assert!(revoked.code == 0 && revoked.json()["revoked_at"].is_string(), "{revoked:?}");
    for wrong in [
        &["api-key", "create", "--name", " ", "--scope", "split:read"][..],
        &["api-key", "create", "--name", "\u{200b}", "--scope", "split:read"],
        &["api-key", "create", "--name", "\u{202e}reader", "--scope", "split:read"],
        &["api-key", "create", "--name", "\u{1b}[31mreader", "--scope", "split:read"],
        &["api-key", "create", "--name", "x", "--scope", "everything"],
        &["api-key", "create", "--name", "x"],
        &["api-key", "revoke", "x"],
    ] {
        assert_eq!(place.run(wrong).code, 2, "{wrong:?}");
    }
}

#[test]
fn a_key_is_printed_alone_and_an_answer_can_go_into_a_private_file() {
    let place = Place::new(TestDatabase::empty());
    let key = place.run(&["keys", "generate"]);
    assert!(EncryptionKey::parse(&key.out).is_ok() && key.err.is_empty(), "{}", key.err);
    assert_eq!(place.run(&["keys", "generate", "-o", "key"]).out, "");
    let file = place.directory.path().join("key");
    assert!(EncryptionKey::parse(&fs::read_to_string(&file).unwrap()).is_ok());
    assert_eq!(fs::metadata(&file).unwrap().mode() & 0o777, 0o600);
}

#[test]
fn cleaning_up_says_the_same_before_as_after() {
    let place = Place::new(TestDatabase::new());
    assert_eq!(place.run(&["init", "--sample-data"]).code, 0);
    place.database.sabotage(
        "UPDATE split.bills SET deleted_at = now() - interval '31 days', deletion_id = gen_random_uuid()
          WHERE status = 'completed'",
    );
    let rows = |dry_run: &[&str]| {
        let ran = place.run(&[&["cleanup", "--format", "json"], dry_run].concat());
        let report = ran.json();
        report.as_array().unwrap().iter().map(|rule| rule["rows"].as_u64().unwrap()).collect::<Vec<_>>()
    };
    let dry = rows(&["--dry-run"]);
    assert!(dry.iter().sum::<u64>() > 0);
    assert_eq!(rows(&[]), dry);
    assert_eq!(rows(&[]).iter().sum::<u64>(), 0);
    let days = ["cleanup", "--days", "3", "--system", "split"];
    assert_eq!(place.run(&days).code, 2, "--days is for a rule that is named");
    assert_eq!(place.run(&["cleanup", "--rule", "nothing"]).code, 2);
}

#[test]
fn the_audit_log_is_listed_and_verified() {
    let place = Place::new(TestDatabase::new());
    assert_eq!(place.run(&["init", "--sample-data"]).code, 0);
    let list = |filter: &[&str]| {
        let ran = place.run(&[&["audit", "list", "--format", "json"], filter].concat());
        assert_eq!(ran.code, 0, "{ran:?}");
        ran.json().as_array().unwrap().clone()
    };
    let bills = list(&["--table", "split.bills", "--limit", "3"]);
    assert!(bills.len() == 3 && bills.iter().all(|row| row["table_name"] == "split.bills"), "{bills:?}");
    assert!(bills[0]["id"].as_i64() > bills[1]["id"].as_i64(), "newest first");
    let row = bills[0]["row_id"].as_str().unwrap();
    let of_row = list(&["--table", "split.bills", "--row", row]);
    assert!(!of_row.is_empty() && of_row.iter().all(|found| found["row_id"] == row), "{of_row:?}");
    assert_eq!(list(&["--action", "query"]).len(), 0);
    assert_eq!(place.run(&["query", "SELECT 1"]).code, 0);
    assert_eq!(list(&["--action", "query"]).len(), 1);
    let actor = list(&["--action", "query"])[0]["actor"].as_str().unwrap().to_owned();
    assert!(actor.starts_with("operator:"));
    assert_eq!(list(&["--actor", &actor, "--action", "query"]).len(), 1);
    assert_eq!(list(&["--since", "2999-01-01T00:00:00Z"]).len(), 0);
    assert_ne!(list(&["--until", "2999-01-01T00:00:00Z"]).len(), 0);
    assert_eq!(list(&["--request-id", "none"]).len(), 0);
    for wrong in [
        &["audit", "list", "--row", "x"][..],
        &["audit", "list", "--since", "yesterday"],
        &["audit", "list", "--limit", "0"],
        &["audit", "list", "--action", "drop"],
        &["audit", "verify", "--head", "17"],
    ] {
        assert_eq!(place.run(wrong).code, 2, "{wrong:?}");
    }

    assert_eq!(place.run(&["cleanup"]).code, 0, "which seals");
    let clean = place.run(&["audit", "verify", "--format", "json"]);
    assert_eq!((clean.code, &clean.json()["faults"]), (0, &serde_json::json!([])), "{clean:?}");
    assert_eq!(clean.json()["unsealed"], 0);
    let head = clean.json()["head"].as_str().unwrap().to_owned();
    assert_eq!(place.run(&["audit", "verify", "--head", &head]).code, 0);
    let bill = &bills[2]["id"];
    place.database.sabotage(&format!("UPDATE platform.audit_log SET actor = 'system ' WHERE id = {bill}"));
    let tampered = place.run(&["audit", "verify", "--format", "json"]);
    assert_eq!(tampered.code, 3, "{tampered:?}");
    assert_eq!(
        (&tampered.json()["faults"][0]["kind"], &tampered.json()["faults"][0]["row"]),
        (&"changed".into(), bill)
    );
    let told = place.run(&["audit", "verify"]);
    assert!(told.out.contains("changed") && told.out.contains(&bill.to_string()), "{told:?}");
    place.database.sabotage("TRUNCATE platform.audit_log, platform.audit_seals");
    assert_eq!(place.run(&["audit", "verify"]).code, 0, "an empty log proves nothing");
    assert_eq!(place.run(&["audit", "verify", "--head", &head]).code, 3, "but a head that was noted does");
}

#[test]
fn old_months_of_the_audit_log_go_once_that_is_confirmed() {
    let place = Place::new(TestDatabase::new());
    let retire = |more: &[&str]| place.run(&[&["audit", "retire"], more].concat());
    let none = retire(&["--before", "2020-02"]);
    assert!(none.code == 0 && none.err.contains("There is nothing to retire"), "{none:?}");
    place.database.sabotage(
        "SET ROLE strongroom_owner;
         CREATE TABLE platform.audit_log_2020_01 PARTITION OF platform.audit_log FOR VALUES FROM ('2020-01-01Z') TO ('2020-02-01Z');
         INSERT INTO platform.audit_log (created_at, actor, action, table_name, row_id)
         SELECT day, 'system', 'insert', 'split.users', 'x' FROM generate_series('2019-12-01Z'::timestamptz, '2020-02-29Z', '1 day') AS day",
    );
    let old_rows = || {
        let ran = place.run(&[
            "audit",
            "list",
            "--until",
            "2020-03-01T00:00:00Z",
            "--limit",
            "1000",
            "--format",
            "json",
        ]);
        ran.json().as_array().unwrap().len()
    };

    for unconfirmed in [&["--before", "2020-02"][..], &["--before", "2020-02", "--confirm", "other"]] {
        let ran = retire(unconfirmed);
        assert!(ran.code == 2 && ran.err.contains("Nothing was changed"), "{ran:?}");
        assert!(ran.out.contains("platform.audit_log_2020_01") && ran.out.contains("62"), "{ran:?}");
    }
    let unsealed = retire(&["--before", "2020-02", "--dry-run"]);
    assert!(
        unsealed.code == 1 && unsealed.err.contains("62 rows of before 2020-02 are not sealed"),
        "{unsealed:?}"
    );
    assert_eq!(place.run(&["audit", "verify"]).code, 0, "which seals");
    let dry = retire(&["--before", "2020-02", "--dry-run", "--format", "json"]);
    assert_eq!((dry.code, &dry.json()["rows"]), (0, &62.into()), "{dry:?}");
    assert_eq!(old_rows(), 91);

    let gone = retire(&["--before", "2020-02", "--confirm", "--format", "json"]);
    assert_eq!(
        (gone.code, &gone.json()["rows"], &gone.json()["before"]),
        (0, &62.into(), &"2020-02".into()),
        "{gone:?}"
    );
    assert_eq!(gone.json()["partitions"][0]["partition"], "platform.audit_log_2020_01");
    assert_eq!(old_rows(), 29);
    let head = gone.json()["head"].as_str().unwrap().to_owned();
    let verified = place.run(&["audit", "verify", "--head", &head, "--format", "json"]);
    assert_eq!((verified.code, &verified.json()["retired"]), (0, &62.into()), "{verified:?}");
    let recorded = place.run(&["audit", "list", "--action", "retire", "--format", "json"]).json();
    assert_eq!(recorded[1]["old_values"]["rows"], 31);
    assert!(recorded[1]["actor"].as_str().unwrap().starts_with("operator:"), "{recorded}");

    place.database.sabotage("UPDATE platform.audit_log SET actor = 'x' WHERE created_at = '2020-02-02Z'");
    let refused = retire(&["--keep-months", "1", "--confirm"]);
    assert!(refused.code == 1 && refused.err.contains("audit verify"), "{refused:?}");
    assert_eq!(old_rows(), 29);
    for wrong in [
        &[][..],
        &["--before", "2999-01"],
        &["--before", "2020-1"],
        &["--before", "2020-13"],
        &["--keep-months", "0"],
        &["--keep-months", "1", "--before", "2020-01"],
        &["--before", "2020-01", "--dry-run", "--confirm"],
    ] {
        assert_eq!(retire(wrong).code, 2, "{wrong:?}");
    }
}

#[test]
fn a_command_gets_a_database_that_is_gone_afterwards() {
    let place = Place::new(TestDatabase::empty());
    let script = r#"echo "$DATABASE_URL"; "$0" health --format ndjson; exit 7"#;
    let ran = place.run(&["with-database", "--", "sh", "-c", script, env!("CARGO_BIN_EXE_db-manage")]);
    assert!(ran.code == 7 && ran.out.contains(r#"{"status":"healthy""#), "{ran:?}");
    let url = ran.out.lines().next().unwrap();
    assert_eq!(place.run(&["test", "--database-url", url]).code, 1, "its server is gone");
}

#[test]
fn the_settings_are_checked_all_at_once() {
    let place = Place::new(TestDatabase::new());
    assert_eq!(place.run(&["config", "check"]).code, 0);
    let healthy = place.run(&["config", "check", "--connect", "--format", "json"]);
    assert_eq!((healthy.code, healthy.json()), (0, serde_json::json!([])), "{healthy:?}");

    let check = |settings: &[(&str, &str)], more: &[&str]| {
        let arguments = [&["config", "check", "--format", "json"], more].concat();
        Ran::new(place.command(&arguments).envs(settings.iter().copied()).output().unwrap())
    };
    let wrong = check(&[("PORT", "x"), ("LOG_LEVEL", "loud"), ("TLS_CERT_FILE", "a.pem")], &["--connect"]);
    assert_eq!((wrong.code, wrong.json().as_array().unwrap().len()), (2, 3), "{wrong:?}");
    let weak = check(&[("ENCRYPTION_KEY", "your-32-character-encryption-key")], &[]);
    assert!(weak.code == 2 && weak.out.contains("ENCRYPTION_KEY"), "{weak:?}");
    let near = check(&[("DATABASE_POLL_SIZE", "3")], &[]);
    assert!(near.code == 0 && near.json()[0]["kind"] == "warning", "{near:?}");
    let away = ("DATABASE_URL", "postgres://x@127.0.0.1:1/x");
    assert_eq!(check(&[away], &[]).code, 0, "nothing is connected to");
    assert_eq!(check(&[away], &["--connect"]).code, 3);

    fs::create_dir(place.directory.path().join("config")).unwrap();
    fs::write(place.directory.path().join("config/config.yaml"), "database:\n  poll_size: 4\nprot: 1\n")
        .unwrap();
    let yaml = check(&[("PORT", "x")], &[]);
    assert_eq!((yaml.code, yaml.json().as_array().unwrap().len()), (2, 3), "{yaml:?}");
    assert!(yaml.out.contains("did you mean DATABASE_POOL_SIZE?"), "{yaml:?}");
}

#[test]
fn every_command_explains_itself() {
    let place = Place::new(TestDatabase::empty());
    let commands = place.run(&["--help"]).out;
    let commands =
        commands.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let is_name = |line: &&str| line.starts_with("  ") && !line.starts_with("   ");
    let names = commands.filter(is_name).filter_map(|line| line.split_whitespace().next());
    let names: Vec<&str> = names.filter(|name| *name != "help").collect();
    assert!(names.len() > 15, "{names:?}");
    for name in names {
        let help = place.run(&[name, "--help"]);
        assert!(help.code == 0 && help.out.contains("Examples:"), "{name}: {help:?}");
    }
    assert_eq!(place.run(&["nothing"]).code, 2);
    assert!(place.run(&["completions", "bash"]).out.contains("_db__manage"));
    assert!(place.run(&["man", "query"]).out.contains(".TH db-manage-query"));
}
