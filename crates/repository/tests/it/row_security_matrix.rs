//! Row security, tried out: what each role can do to each table by each verb, executed and not read from the catalogue.
//!
//! Statements here name no row. Whatever they reach, the database let them reach.

use std::fmt;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{Text, Uuid as SqlUuid};
use strongroom_repository::testing::TestDatabase;
use strongroom_repository::{Actor, Error, Table, Verb, split, system};
use uuid::Uuid;

use crate::fixtures::owned;

/// What a statement came to: so many rows, or not allowed.
#[derive(Debug, PartialEq, Eq)]
enum Outcome {
    Rows(usize),
    Refused,
}

/// As whom a statement runs: a role, and the value of `strongroom.end_user`.
#[derive(Clone)]
struct Who {
    role: &'static str,
    end_user: Option<String>,
}

impl Who {
    fn role(role: &'static str) -> Self {
        Self { role, end_user: None }
    }

    fn end_user(setting: impl Into<Option<String>>) -> Self {
        Self { role: "strongroom_user", end_user: setting.into() }
    }
}

impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} as {:?}", self.role, self.end_user)
    }
}

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Text)]
    row: String,
}

/// Two organisers with one row each in every table.
struct World {
    conn: PgConnection,
    asha: Uuid,
    bina: Uuid,
    _test: TestDatabase,
}

impl World {
    fn new() -> Self {
        let test = TestDatabase::new();
        let [asha, bina] = ["+919876543210", "+919876543211"].map(|number| {
            let made = test.database().write::<_, Error>("test", &Actor::system(), |tx| owned(tx, number));
            made.unwrap().user.uuid()
        });
        // A superuser, who may become any of the roles.
        let conn = PgConnection::establish(&test.url("postgres")).unwrap();
        Self { conn, asha, bina, _test: test }
    }

    /// The row of a user, with its key and its content.
    fn row_of(&mut self, table: &Table, user: Uuid) -> Found {
        let (name, key) = (table.qualified_name(), table.key);
        let owner = table.owner_of("t").unwrap();
        diesel::sql_query(format!(
            "SELECT t.{key} AS id, to_jsonb(t)::text AS row FROM {name} t WHERE {owner} = $1"
        ))
        .bind::<SqlUuid, _>(user)
        .get_result(&mut self.conn)
        .unwrap()
    }

    /// Runs a statement as `who` in a transaction that is rolled back.
    fn attempt(&mut self, who: &Who, prepare: &str, sql: &str) -> Outcome {
        let setting = who.end_user.as_deref().unwrap_or_default();
        let become_who = format!("SET LOCAL strongroom.end_user = '{setting}'; SET LOCAL ROLE {}", who.role);
        self.conn.batch_execute(&format!("BEGIN; {prepare}; {become_who}")).unwrap();
        let outcome = diesel::sql_query(sql).execute(&mut self.conn);
        self.conn.batch_execute("ROLLBACK").unwrap();
        match outcome {
            Ok(rows) => Outcome::Rows(rows),
            Err(error) => {
                let message = error.to_string();
                let refused = ["permission denied", "violates row-level security policy"];
                assert!(refused.iter().any(|text| message.contains(text)), "{who}: {message}: {sql}");
                Outcome::Refused
            }
        }
    }

    /// Reads, changes or deletes whatever is there, or stores a row of `user` that was taken out before.
    fn attempt_verb(&mut self, who: &Who, verb: Verb, table: &Table, user: Uuid) -> Outcome {
        let name = table.qualified_name();
        match verb {
            Verb::Select => self.attempt(who, "", &format!("SELECT FROM {name}")),
            Verb::Update => self.attempt(who, "", &format!("UPDATE {name} SET created_at = created_at")),
            Verb::Delete => self.attempt(who, "", &format!("DELETE FROM {name}")),
            Verb::Insert => {
                let Found { id, row } = self.row_of(table, user);
                // Without triggers, so that nothing goes along.
                let take_out = format!(
                    "SET LOCAL session_replication_role = replica; DELETE FROM {name} WHERE {} = '{id}'; \
                     SET LOCAL session_replication_role = origin",
                    table.key
                );
                let row = row.replace('\'', "''");
                let insert =
                    format!("INSERT INTO {name} SELECT * FROM jsonb_populate_record(NULL::{name}, '{row}')");
                self.attempt(who, &take_out, &insert)
            }
        }
    }
}

fn tables_of_systems() -> impl Iterator<Item = &'static Table> {
    system::tables().filter(|table| table.schema != "platform")
}

#[test]
fn an_end_user_reaches_rows_of_its_own_and_no_others() {
    let mut world = World::new();
    let (asha, bina) = (world.asha, world.bina);
    let as_asha = Who::end_user(format!("split:{asha}"));
    for table in tables_of_systems() {
        let name = table.qualified_name();
        for verb in Verb::ALL {
            let may = table.end_users_may.contains(&verb);
            let expected = if may { Outcome::Rows(1) } else { Outcome::Refused };
            assert_eq!(world.attempt_verb(&as_asha, verb, table, asha), expected, "{verb:?} {name}");
        }
        let of_another = world.attempt_verb(&as_asha, Verb::Insert, table, bina);
        assert_eq!(of_another, Outcome::Refused, "a row of somebody else is stored in {name}");
    }
}

#[test]
fn nobody_and_the_users_of_other_systems_reach_nothing() {
    let mut world = World::new();
    let asha = world.asha;
    let nobody = [None, Some(String::new()), Some(format!("export:{asha}")), Some(asha.to_string())];
    for who in nobody.map(Who::end_user) {
        for table in tables_of_systems() {
            for verb in Verb::ALL {
                let expected = match verb {
                    Verb::Insert => Outcome::Refused,
                    verb if table.end_users_may.contains(&verb) => Outcome::Rows(0),
                    _ => Outcome::Refused,
                };
                let outcome = world.attempt_verb(&who, verb, table, asha);
                assert_eq!(outcome, expected, "{who}: {verb:?} {}", table.qualified_name());
            }
        }
    }
}

#[test]
fn the_service_and_the_owner_reach_every_row_and_the_reader_reads_them() {
    let mut world = World::new();
    let asha = world.asha;
    // The setting means nothing to those who are not end users.
    let setting = Some(format!("split:{asha}"));
    for role in ["strongroom_app", "strongroom_owner", "strongroom_reader"] {
        for who in [Who::role(role), Who { role, end_user: setting.clone() }] {
            for table in tables_of_systems() {
                for verb in Verb::ALL {
                    let expected = match (role, verb) {
                        (_, Verb::Select) => Outcome::Rows(2),
                        ("strongroom_reader", _) => Outcome::Refused,
                        (_, Verb::Insert) => Outcome::Rows(1),
                        _ => Outcome::Rows(2),
                    };
                    let outcome = world.attempt_verb(&who, verb, table, asha);
                    assert_eq!(outcome, expected, "{who}: {verb:?} {}", table.qualified_name());
                }
            }
        }
    }
}

#[test]
fn no_row_is_given_away_or_taken_over() {
    let mut world = World::new();
    let (asha, bina) = (world.asha, world.bina);
    let as_asha = Who::end_user(format!("split:{asha}"));
    for table in ["contacts", "bills", "bill_participants", "conversation_states"] {
        let give = format!("UPDATE split.{table} SET user_id = '{bina}'");
        assert_eq!(world.attempt(&as_asha, "", &give), Outcome::Refused, "{table}");
        let take = format!("UPDATE split.{table} SET user_id = '{asha}' WHERE user_id = '{bina}'");
        assert_eq!(world.attempt(&as_asha, "", &take), Outcome::Rows(0), "{table}");
    }
    let share = world.row_of(&split::bill_participants::TABLE, bina).id;
    let move_request = format!("UPDATE split.payment_requests SET bill_participant_id = '{share}'");
    assert_eq!(world.attempt(&as_asha, "", &move_request), Outcome::Refused);
}

#[test]
fn an_end_user_reaches_no_table_of_the_platform_and_no_function_of_the_owner() {
    let mut world = World::new();
    let as_asha = Who::end_user(format!("split:{}", world.asha));
    for table in ["api_keys", "encryption_keys", "audit_log", "migration_ledger"] {
        let read = format!("SELECT FROM platform.{table}");
        assert_eq!(world.attempt(&as_asha, "", &read), Outcome::Refused, "{table}");
    }
    for call in ["platform.ensure_audit_partitions(1)", "platform.record_query('split', 'SELECT 1')"] {
        assert_eq!(world.attempt(&as_asha, "", &format!("SELECT {call}")), Outcome::Refused, "{call}");
    }
}

/// A later system's tables may belong to an actor as the audit log names it; `platform.secure_table` serves them too.
#[test]
fn a_table_may_belong_to_the_actor_by_name() {
    let mut world = World::new();
    let as_asha = Who::end_user(format!("split:{}", world.asha));
    let make = format!(
        "SET LOCAL ROLE strongroom_owner;
         CREATE TABLE split.notes (actor TEXT NOT NULL);
         GRANT SELECT ON split.notes TO strongroom_user;
         SELECT platform.secure_table('split.notes', 'actor');
         INSERT INTO split.notes VALUES ('user:split:{}'), ('user:split:{}'), ('system'), ('')",
        world.asha, world.bina
    );
    assert_eq!(world.attempt(&as_asha, &make, "SELECT FROM split.notes"), Outcome::Rows(1));
    assert_eq!(world.attempt(&Who::end_user(None), &make, "SELECT FROM split.notes"), Outcome::Rows(0));
}
