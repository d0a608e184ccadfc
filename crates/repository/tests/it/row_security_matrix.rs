//! Row security, tried out on the tables of every system: executed and not read from the catalogue.

use strongroom_repository::testing::TestDatabase;
use strongroom_repository::{Access, Actor, Error, SYSTEMS, System, Table, Verb, platform, split};
use uuid::Uuid;

use crate::export_fixtures::owned as exporter_with_rows;
use crate::fixtures::owned;
use crate::pantry_world::household;
use crate::row_security_world::{Outcome, Who, World, try_end_users};

/// Two organisers with one row each in every table.
fn organisers() -> World {
    let test = TestDatabase::new();
    let users = ["+919876543210", "+919876543211"].map(|number| -> Uuid {
        let made = test.database().write::<_, Error>("test", &Actor::system(), |tx| owned(tx, number));
        made.unwrap().user.uuid()
    });
    World::new(test, users)
}

/// Two exporters with one row each in every table.
fn exporters() -> World {
    let test = TestDatabase::new();
    let users = ["asha@x.example", "bina@x.example"].map(|address| -> Uuid {
        let made =
            test.database().write::<_, Error>("test", &Actor::system(), |tx| exporter_with_rows(tx, address));
        made.unwrap().user.uuid()
    });
    World::new(test, users)
}

/// Two households with one row each in every table, and one row in every catalogue.
fn households() -> World {
    let test = TestDatabase::new();
    let users = ["kowalscy", "tanaka"].map(|name| -> Uuid {
        let made = test.database().write::<_, Error>("test", &Actor::system(), |tx| household(tx, name));
        made.unwrap().uuid()
    });
    World::new(test, users)
}

/// Two people who write to the bot, with one row each in every table.
fn correspondents() -> World {
    let test = TestDatabase::new();
    let users = ["+12025550101", "+12025550102"].map(|number| -> Uuid {
        let made = test
            .database()
            .write::<_, Error>("test", &Actor::system(), |tx| crate::whatsapp_fixtures::owned(tx, number));
        made.unwrap().user_id.uuid()
    });
    World::new(test, users)
}

/// A selling bot, which has no users, with two rows in every table.
fn sellers() -> World {
    let test = TestDatabase::new();
    test.sabotage(
        "CREATE TEMP TABLE two AS SELECT n, ('00000000-0000-7000-8000-00000000000' || n)::uuid AS id, decode('01', 'hex') || sha256('') AS sealed
           FROM generate_series(1, 2) AS n;
         INSERT INTO market.products (id, wallapop_id, title, price) SELECT id, n, 'Bicycle', 1 FROM two;
         INSERT INTO market.buyers (id, wallapop_user_id, username, username_bidx) SELECT id, n, sealed, sha256('') FROM two;
         INSERT INTO market.conversations (id, wallapop_chat_id, product_id, buyer_id) SELECT id, n, id, id FROM two;
         INSERT INTO market.messages (id, conversation_id, content, message_type) SELECT id, id, sealed, 'bot_message' FROM two;
         INSERT INTO market.bot_sessions (id, session_id) SELECT id, n FROM two;
         INSERT INTO market.daily_reports (report_date, figures) SELECT DATE '2026-03-01' + n, '{}' FROM two",
    );
    World::new(test, [1, 2].map(|n| Uuid::from_u128(0x0000_0000_0000_7000_8000_0000_0000_0000 | n)))
}

/// A database in which two users of the system have one row each in every table.
fn world_of(system: &System) -> World {
    match system.name {
        "split" => organisers(),
        "export" => exporters(),
        "pantry" => households(),
        "whatsapp" => correspondents(),
        "market" => sellers(),
        name => panic!("make two users of {name}, with one row each in every table, as `organisers` does"),
    }
}

fn worlds() -> impl Iterator<Item = (&'static System, World)> {
    let systems = SYSTEMS.iter().copied().filter(|system| system.name != platform::SYSTEM.name);
    systems.map(|system| (system, world_of(system)))
}

/// How many rows a table has in such a world.
fn rows_of(table: &Table) -> usize {
    match table.access {
        Access::Catalogue => 1,
        Access::Shared(_) => 3,
        Access::Programs | Access::Owner(_) | Access::Actor(_) | Access::Parent(..) => 2,
    }
}

#[test]
fn an_end_user_reaches_rows_of_its_own_and_no_others() {
    for (system, mut world) in worlds() {
        try_end_users(&mut world, system.name, system.tables.iter().copied());
    }
}

#[test]
fn the_service_the_owner_and_the_writer_reach_every_row_and_the_reader_reads_them() {
    for (system, world) in worlds() {
        try_others(world, system);
    }
}

fn try_others(mut world: World, system: &System) {
    let asha = world.asha;
    // The setting means nothing to those who are not end users.
    let setting = Some(format!("{}:{asha}", system.name));
    for role in ["strongroom_app", "strongroom_owner", "strongroom_writer", "strongroom_reader"] {
        for who in [Who::role(role), Who { role, end_user: setting.clone() }] {
            for table in system.tables {
                for verb in Verb::ALL {
                    let expected = match (role, verb) {
                        (_, Verb::Select) => Outcome::Rows(rows_of(table)),
                        ("strongroom_reader", _) => Outcome::Refused,
                        (_, Verb::Insert) => Outcome::Rows(1),
                        _ => Outcome::Rows(rows_of(table)),
                    };
                    let outcome = world.attempt_verb(&who, verb, table, asha);
                    let name = table.qualified_name();
                    assert_eq!(
                        outcome, expected,
                        "{who}: {verb:?} {name}, in which each of two users has a row"
                    );
                }
            }
        }
    }
}

#[test]
fn no_row_is_given_away_or_taken_over() {
    let mut world = organisers();
    let (asha, bina) = (world.asha, world.bina);
    let as_asha = Who::end_user(format!("split:{asha}"));
    for table in ["contacts", "bills", "bill_participants", "conversation_states"] {
        let give = format!("UPDATE split.{table} SET user_id = '{bina}'");
        assert_eq!(world.attempt(&as_asha, "", &give), Outcome::Refused, "{table}");
        let take = format!("UPDATE split.{table} SET user_id = '{asha}' WHERE user_id = '{bina}'");
        assert_eq!(world.attempt(&as_asha, "", &take), Outcome::Rows(0), "{table}");
    }
    let share = world.row_of(&split::bill_participants::TABLE, bina).key;
    let move_request = format!("UPDATE split.payment_requests SET bill_participant_id = '{share}'");
    assert_eq!(world.attempt(&as_asha, "", &move_request), Outcome::Refused);
}

#[test]
fn an_end_user_reaches_no_table_of_the_platform_and_no_function_of_the_owner() {
    let mut world = organisers();
    let as_asha = Who::end_user(format!("split:{}", world.asha));
    for table in ["api_keys", "encryption_keys", "audit_log", "migration_ledger"] {
        let read = format!("SELECT FROM platform.{table}");
        assert_eq!(world.attempt(&as_asha, "", &read), Outcome::Refused, "{table}");
    }
    for call in
        ["platform.ensure_audit_partitions(1)", "platform.record_statement('query', 'split', 'SELECT 1')"]
    {
        assert_eq!(world.attempt(&as_asha, "", &format!("SELECT {call}")), Outcome::Refused, "{call}");
    }
}

/// A later system's tables may belong to an actor as the audit log names it; `platform.secure_table` serves them too.
#[test]
fn a_table_may_belong_to_the_actor_by_name() {
    let mut world = organisers();
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
