//! What each role can do to a table by each verb: the attempts, and the outcome that a table's [`Access`] calls for.
//!
//! Statements here name no row. Whatever they reach, the database let them reach.

use std::fmt;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;
use strongroom_repository::testing::TestDatabase;
use strongroom_repository::{Access, Table, Verb};
use uuid::Uuid;

/// What a statement came to: so many rows, or not allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Rows(usize),
    Refused,
}

/// As whom a statement runs: a role, and the value of `strongroom.end_user`.
#[derive(Clone)]
pub(crate) struct Who {
    pub(crate) role: &'static str,
    pub(crate) end_user: Option<String>,
}

impl Who {
    pub(crate) fn role(role: &'static str) -> Self {
        Self { role, end_user: None }
    }

    pub(crate) fn end_user(setting: impl Into<Option<String>>) -> Self {
        Self { role: "strongroom_user", end_user: setting.into() }
    }
}

impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} as {:?}", self.role, self.end_user)
    }
}

#[derive(QueryableByName)]
pub(crate) struct Found {
    #[diesel(sql_type = Text)]
    pub(crate) key: String,
    #[diesel(sql_type = Text)]
    row: String,
}

/// A database in which two users, `asha` and `bina`, have one row each in every table that users own, and catalogues have
/// one row that nobody owns.
pub(crate) struct World {
    conn: PgConnection,
    pub(crate) asha: Uuid,
    pub(crate) bina: Uuid,
    _test: TestDatabase,
}

impl World {
    pub(crate) fn new(test: TestDatabase, [asha, bina]: [Uuid; 2]) -> Self {
        // A superuser, who may become any of the roles.
        let conn = PgConnection::establish(&test.url("postgres")).unwrap();
        Self { conn, asha, bina, _test: test }
    }

    /// The row of a user; of a table that nobody owns, its only one.
    pub(crate) fn row_of(&mut self, table: &Table, user: Uuid) -> Found {
        let is_of_user =
            table.owner_of("t").map_or_else(|| "true".to_owned(), |of| format!("{of} = '{user}'"));
        diesel::sql_query(format!(
            "SELECT t.{}::text AS key, to_jsonb(t)::text AS row FROM {} t WHERE {is_of_user}",
            table.key,
            table.qualified_name()
        ))
        .get_result(&mut self.conn)
        .unwrap()
    }

    /// The columns of a table but for those that are generated, which nobody writes.
    fn stored_columns(&mut self, table: &str) -> String {
        let found: Found = diesel::sql_query(format!(
            "SELECT string_agg(quote_ident(attname), ', ') AS key, '' AS row FROM pg_attribute
              WHERE attrelid = '{table}'::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''"
        ))
        .get_result(&mut self.conn)
        .unwrap();
        found.key
    }

    /// Runs a statement as `who` in a transaction that is rolled back.
    pub(crate) fn attempt(&mut self, who: &Who, prepare: &str, sql: &str) -> Outcome {
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
    pub(crate) fn attempt_verb(&mut self, who: &Who, verb: Verb, table: &Table, user: Uuid) -> Outcome {
        let name = table.qualified_name();
        match verb {
            Verb::Select => self.attempt(who, "", &format!("SELECT FROM {name}")),
            Verb::Update => self.attempt(who, "", &format!("UPDATE {name} SET created_at = created_at")),
            Verb::Delete => self.attempt(who, "", &format!("DELETE FROM {name}")),
            Verb::Insert => {
                let Found { key, row } = self.row_of(table, user);
                // Without triggers, so that nothing goes along.
                let take_out = format!(
                    "SET LOCAL session_replication_role = replica; DELETE FROM {name} WHERE {} = '{key}'; \
                     SET LOCAL session_replication_role = origin",
                    table.key
                );
                let row = row.replace('\'', "''");
                let columns = self.stored_columns(&name);
                let insert = format!(
                    "INSERT INTO {name} ({columns}) SELECT {columns} FROM jsonb_populate_record(NULL::{name}, '{row}')"
                );
                self.attempt(who, &take_out, &insert)
            }
        }
    }
}

/// What an end user comes to, who owns one row where rows have owners; or who is nobody.
pub(crate) fn expected(table: &Table, verb: Verb, is_somebody: bool) -> Outcome {
    let own = usize::from(is_somebody);
    let rows = match (&table.access, verb) {
        (Access::Catalogue, Verb::Select) => return Outcome::Rows(1),
        (Access::Shared(_), Verb::Select) => own + 1,
        (Access::Programs | Access::Catalogue, _) => return Outcome::Refused,
        (Access::Owner(_) | Access::Actor(_) | Access::Parent(..) | Access::Shared(_), _) => own,
    };
    let stores_for_nobody = verb == Verb::Insert && !is_somebody;
    if table.end_users_may.contains(&verb) && !stores_for_nobody {
        Outcome::Rows(rows)
    } else {
        Outcome::Refused
    }
}

/// Tries every verb on every table as `asha`, and as nobody of `system`.
pub(crate) fn try_end_users<'a>(
    world: &mut World,
    system: &str,
    tables: impl IntoIterator<Item = &'a Table>,
) {
    let (asha, bina) = (world.asha, world.bina);
    let as_asha = Who::end_user(format!("{system}:{asha}"));
    let nobody = [None, Some(String::new()), Some(format!("other:{asha}")), Some(asha.to_string())];
    let nobody = nobody.map(Who::end_user);
    for table in tables {
        let name = table.qualified_name();
        for verb in Verb::ALL {
            let outcome = world.attempt_verb(&as_asha, verb, table, asha);
            assert_eq!(outcome, expected(table, verb, true), "{verb:?} {name}, in which a user has a row");
            for who in &nobody {
                let outcome = world.attempt_verb(who, verb, table, asha);
                assert_eq!(outcome, expected(table, verb, false), "{who}: {verb:?} {name}");
            }
        }
        let of_another = world.attempt_verb(&as_asha, Verb::Insert, table, bina);
        assert_eq!(of_another, Outcome::Refused, "a row of somebody else is stored in {name}");
    }
}
