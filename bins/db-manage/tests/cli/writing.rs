//! `query --write`: it changes rows, is recorded before it runs, and leaves definitions to `--ddl`.

use std::fs;

use repository::testing::{self, TestDatabase, unique};

use crate::{Place, Ran};

fn writing(place: &Place, statement: &str) -> Ran {
    place.run(&["query", "--write", statement, "--format", "json"])
}

/// By a login that may act as the owner of the tables and as nobody else.
fn defining(place: &Place, statement: &str) -> Ran {
    let mut command = place.command(&["query", "--write", "--ddl", statement, "--format", "json"]);
    Ran::new(command.env("DATABASE_ADMIN_URL", place.database.url("strongroom_migrator")).output().unwrap())
}

fn recorded(place: &Place, action: &str) -> usize {
    let listed = place.run(&["audit", "list", "--action", action, "--format", "json"]);
    assert_eq!(listed.code, 0, "{listed:?}");
    listed.json().as_array().unwrap().len()
}

#[test]
fn no_program_of_the_server_is_run() {
    let place = Place::new(TestDatabase::new());
    // The server runs it in its data directory.
    let marker = format!("ran_{}", unique().simple());
    let statement = format!("DO $$ BEGIN RESET ROLE; COPY (SELECT 1) TO PROGRAM 'touch {marker}'; END $$");
    for more in [&[][..], &["--ddl"]] {
        let ran = place.run(&[&["query", "--write", statement.as_str()], more].concat());
        assert_eq!(ran.code, 1, "{more:?}: {ran:?}");
    }
    let by_the_owner = defining(&place, &statement);
    assert!(
        by_the_owner.code == 1 && by_the_owner.err.contains("pg_execute_server_program"),
        "{by_the_owner:?}"
    );
    assert!(!fs::exists(testing::data_directory().join(marker)).unwrap());
}

#[test]
fn every_run_is_recorded_even_when_the_statement_fails() {
    let place = Place::new(TestDatabase::new());
    assert_eq!(recorded(&place, "write"), 0);
    assert_eq!(writing(&place, "UPDATE bills SET status = 'cancelled'").code, 0);
    assert_eq!(writing(&place, "UPDATE bills SET nothing = 1").code, 1);
    assert_eq!(recorded(&place, "write"), 2);
    let listed = place.run(&["audit", "list", "--action", "write", "--format", "ndjson", "--limit", "1"]);
    let row = listed.json();
    assert!(row["actor"].as_str().unwrap().starts_with("operator:"), "{row}");
    assert_eq!((row["table_name"].as_str(), row["row_id"].as_str().unwrap().len()), (Some("split"), 64));
    let rewritten = writing(&place, "DELETE FROM platform.audit_log");
    assert!(rewritten.code == 1 && rewritten.err.contains("permission denied"), "{rewritten:?}");
}

#[test]
fn definitions_are_refused_without_ddl() {
    let place = Place::new(TestDatabase::new());
    assert_eq!(place.run(&["init", "--sample-data"]).code, 0);
    let users = place.count("users");
    for statement in [
        "TRUNCATE users CASCADE",
        "ALTER TABLE users DISABLE TRIGGER ALL",
        "GRANT SELECT ON users TO PUBLIC",
        "CREATE TABLE copy_of_users AS SELECT * FROM users",
        "SELECT * INTO copy_of_users FROM users",
        "DROP OWNED BY CURRENT_USER",
        "DO $$ BEGIN DELETE FROM users; END $$",
        "/* UPDATE */ -- INSERT\n TRUNCATE users CASCADE",
        "SET ROLE strongroom_owner",
        "COMMIT",
    ] {
        let ran = writing(&place, statement);
        assert!(ran.code == 1 && ran.err.contains("--ddl"), "{statement}: {ran:?}");
    }
    assert_eq!(place.count("users"), users);
    let changed = writing(&place, "/* twice */ (WITH one AS (SELECT 1) SELECT * FROM one)");
    assert_eq!(changed.code, 0, "{changed:?}");
}

#[test]
fn with_ddl_definitions_are_recorded_and_so_is_what_a_truncate_takes() {
    let place = Place::new(TestDatabase::new());
    assert_eq!(place.run(&["init", "--sample-data"]).code, 0);
    let bills = place.count("bills");
    assert_ne!(bills, 0);
    let superuser = place.run(&["query", "--write", "--ddl", "TRUNCATE users CASCADE"]);
    assert!(superuser.code == 1 && superuser.err.contains("strongroom_migrator"), "{superuser:?}");
    let truncated = defining(&place, "TRUNCATE users CASCADE");
    assert_eq!(truncated.code, 0, "{truncated:?}");
    assert_eq!(place.count("bills"), 0);
    assert_eq!(recorded(&place, "ddl"), 2, "the one that was refused as well");
    let rows =
        place.run(&["audit", "list", "--action", "truncate", "--table", "split.bills", "--format", "ndjson"]);
    assert_eq!(rows.json()["old_values"]["rows"], bills, "{rows:?}");
    assert_eq!(place.run(&["query", "--ddl", "TRUNCATE users"]).code, 2, "--ddl is for --write");
}

#[test]
fn what_an_operator_typed_does_not_stand_in_the_servers_log() {
    let place = Place::new(TestDatabase::new());
    let literal = format!("literal-{}", unique().simple());
    // The log of this database tells everything, but for the logins of operators.
    place.database.sabotage(
        "DO $$ BEGIN
             EXECUTE format('ALTER DATABASE %I SET log_min_messages = warning', current_database());
             EXECUTE format('ALTER DATABASE %I SET log_min_error_statement = error', current_database());
             EXECUTE format('ALTER DATABASE %I SET log_min_duration_statement = 0', current_database());
         END $$",
    );
    assert_eq!(place.run(&["query", &format!("SELECT uuid '{literal}'")]).code, 1);
    assert_eq!(place.run(&["query", &format!("SELECT '{literal}' AS x")]).code, 0);
    let update = format!("UPDATE users SET id = uuid '{literal}'");
    assert_eq!(writing(&place, &update).code, 1);
    assert_eq!(defining(&place, &update).code, 1);
    assert!(!fs::read_to_string(testing::server_log()).unwrap().contains(&literal));
}

#[test]
fn a_key_is_not_registered_where_values_are_sealed_and_the_register_is_lost() {
    let place = Place::new(TestDatabase::new());
    assert_eq!(place.run(&["init", "--sample-data"]).code, 0);
    place.database.sabotage("DELETE FROM platform.encryption_keys");
    let refused = place.run(&["init"]);
    assert_eq!(refused.code, 1, "{refused:?}");
    assert!(
        refused.err.contains("platform.encryption_keys") && refused.err.contains("backup"),
        "{refused:?}"
    );
    let keys = place.run(&["query", "--system", "platform", "SELECT count(*) AS n FROM audit_log WHERE table_name = 'platform.encryption_keys' AND action = 'insert'", "--format", "ndjson"]);
    assert_eq!(keys.json()["n"], 1, "the first one alone");
}

/// On a server of its own, because the roles of the tests' server belong to all tests.
#[test]
fn the_logins_of_operators_are_bounded() {
    let place = Place::new(TestDatabase::empty());
    let bounds = "SELECT rolname, rolconnlimit, (SELECT count(*) FROM unnest(rolconfig) AS line
                          WHERE split_part(line, '=', 1) IN ('log_min_error_statement', 'log_min_duration_statement',
                                                             'log_parameter_max_length', 'temp_file_limit')) AS settings
                    FROM pg_roles WHERE rolname IN ('strongroom_reader', 'strongroom_writer') ORDER BY 1";
    let program = env!("CARGO_BIN_EXE_db-manage");
    let ran = place.run(&["with-database", "--", program, "query", bounds, "--format", "ndjson"]);
    assert_eq!(
        ran.out,
        "{\"rolname\":\"strongroom_reader\",\"rolconnlimit\":10,\"settings\":4}\n\
         {\"rolname\":\"strongroom_writer\",\"rolconnlimit\":-1,\"settings\":3}\n",
        "{ran:?}"
    );
}
