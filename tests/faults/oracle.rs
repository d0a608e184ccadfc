//! ACK: what clients were told is what is stored.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::process::Command;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use embedded::Binaries;
use repository::testing::{KEY, TestDatabase};
use strongroom_tests::Random;

use crate::figures::Figures;
use crate::load::Ledger;
use crate::service::Service;

/// A database as the oracle asks it, by the superuser's URL.
pub(crate) struct Oracle {
    url: String,
}

/// A service on a database of its own, and the oracle of that.
pub(crate) fn with_oracle() -> (Service, Oracle, TestDatabase) {
    let database = TestDatabase::new();
    let url = database.url("strongroom_app");
    (Service::start(&url, &url, &[]), Oracle::of(&database.url("postgres")), database)
}

#[derive(QueryableByName)]
struct Bill {
    #[diesel(sql_type = Text)]
    id: String,
    #[diesel(sql_type = Text)]
    description: String,
}

#[derive(QueryableByName)]
struct Value {
    #[diesel(sql_type = Text)]
    value: String,
}

/// The service's sessions.
const SESSIONS: &str = "SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND usename = 'strongroom_app'";

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

impl Oracle {
    pub(crate) fn of(admin_url: &str) -> Self {
        Self { url: admin_url.to_owned() }
    }

    /// A number that SQL finds.
    pub(crate) fn count(&self, sql: &str) -> usize {
        let found: Count = diesel::sql_query(format!("SELECT ({sql})::bigint AS count"))
            .get_result(&mut self.connection())
            .unwrap_or_else(|error| panic!("{error}: {sql}"));
        usize::try_from(found.count).unwrap()
    }

    /// Runs SQL.
    pub(crate) fn run(&self, sql: &str) {
        use diesel::connection::SimpleConnection as _;
        self.connection().batch_execute(sql).unwrap_or_else(|error| panic!("{error}: {sql}"));
    }

    pub(crate) fn connection(&self) -> PgConnection {
        PgConnection::establish(&self.url).unwrap()
    }

    /// Terminates a backend of the service, if it has any; answers how many.
    pub(crate) fn terminate_one(&self, conn: &mut PgConnection, random: &mut Random) -> usize {
        let backends = "SELECT pid::text AS value FROM pg_stat_activity
            WHERE datname = current_database() AND usename = 'strongroom_app' ORDER BY pid";
        let backends: Vec<Value> = diesel::sql_query(backends).load(conn).unwrap();
        if backends.is_empty() {
            return 0;
        }
        let backend = &backends[random.below(backends.len())].value;
        diesel::sql_query(format!("SELECT pg_terminate_backend({backend})")).execute(conn).unwrap()
    }

    /// Sessions of the service that have a transaction open and do nothing in it now.
    pub(crate) fn count_in_transaction(&self) -> usize {
        self.count(&format!("{SESSIONS} AND state LIKE 'idle in transaction%'"))
    }

    /// Those of them that have said nothing for a second, and so will not end it. The service's housekeeping goes on.
    pub(crate) fn count_left_in_transaction(&self) -> usize {
        let is_left =
            "state LIKE 'idle in transaction%' AND state_change < clock_timestamp() - interval '1 second'";
        self.count(&format!("{SESSIONS} AND {is_left}"))
    }

    /// Sessions of the service that are at work.
    pub(crate) fn count_busy(&self) -> usize {
        self.count(&format!("{SESSIONS} AND state <> 'idle'"))
    }

    /// Sessions of the service that wait for a lock.
    pub(crate) fn count_waiting(&self) -> usize {
        self.count(&format!("{SESSIONS} AND wait_event_type = 'Lock'"))
    }

    /// Every bill that a client was told of is there, once; shares add up; every sealed value opens; tables and indexes
    /// agree.
    pub(crate) fn acknowledges(&self, figures: &Figures, ledger: &Ledger) {
        let stored: Vec<Bill> =
            diesel::sql_query("SELECT id::text, coalesce(description, '') AS description FROM split.bills")
                .load(&mut self.connection())
                .unwrap();
        let ids: BTreeSet<&str> = stored.iter().map(|bill| bill.id.as_str()).collect();
        let mut by_description: BTreeMap<&str, usize> = BTreeMap::new();
        for bill in &stored {
            *by_description.entry(&bill.description).or_default() += 1;
        }
        let acknowledged = ledger.acknowledged();
        let lost = acknowledged.iter().filter(|(_, id)| !ids.contains(id.as_str())).count();
        figures.note("bills acknowledged", acknowledged.len());
        figures.note("bills stored, with commits in doubt", stored.len());
        figures.exactly("bills lost", lost, 0);
        figures.exactly("bills stored twice", by_description.values().filter(|count| **count > 1).count(), 0);
        self.is_sound(figures);
    }

    /// Shares add up, every sealed value opens, tables and indexes agree, and nobody is left in a transaction.
    pub(crate) fn is_sound(&self, figures: &Figures) {
        let unequal = "SELECT count(*) FROM split.bills b WHERE b.total_amount <>
            (SELECT coalesce(sum(p.amount_owed), 0) FROM split.bill_participants p
              WHERE p.bill_id = b.id AND p.replaced_at IS NULL)";
        figures.exactly("bills whose shares do not add up", self.count(unequal), 0);
        figures.exactly("keys verify, exit code", self.verify_keys(), 0);
        let Some(amcheck) = amcheck() else {
            return figures.note("pg_amcheck --heapallindexed", "not there");
        };
        let checked = Command::new(amcheck)
            .args(["--install-missing", "--heapallindexed", "--maintenance-db", &self.url, &self.url])
            .output()
            .unwrap();
        let complaints = String::from_utf8_lossy(&[checked.stdout, checked.stderr].concat()).into_owned();
        println!("{complaints}");
        figures.check(
            "pg_amcheck --heapallindexed",
            if checked.status.success() { "clean" } else { "complains" },
            "= clean",
            checked.status.success(),
        );
    }

    fn verify_keys(&self) -> usize {
        let app = self.url.replacen("postgres://postgres@", "postgres://strongroom_app@", 1);
        let verified = Command::new(strongroom_tests::binary("db-manage"))
            .args(["keys", "verify"])
            .env_clear()
            .env("DATABASE_URL", app)
            .env("DATABASE_ADMIN_URL", &self.url)
            .env("ENCRYPTION_KEY", KEY)
            .output()
            .unwrap();
        println!("{}", String::from_utf8_lossy(&verified.stderr));
        usize::try_from(verified.status.code().unwrap_or(1)).unwrap()
    }
}

/// The program beside the server's, where there is one.
fn amcheck() -> Option<PathBuf> {
    let program = Binaries::find().unwrap().program("pg_amcheck");
    program.exists().then_some(program)
}
