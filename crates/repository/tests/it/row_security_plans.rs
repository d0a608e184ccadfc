//! What row security costs a statement: nothing for the service, whose plans are those without it; and for an end user a
//! look at the user, but no index.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;
use strongroom_repository::testing::TestDatabase;

const USER: &str = "00000000-0000-0000-0000-000000000007";

/// Two hundred users with ten bills of three shares each, all asked for, so that the planner has something to choose
/// from.
const MANY: &str = "
    SET session_replication_role = replica;
    CREATE FUNCTION pg_temp.key(kind INTEGER, n INTEGER) RETURNS uuid LANGUAGE sql AS
        $$ SELECT format('%s-0000-0000-0000-%s', lpad(kind::text, 8, '0'), lpad(n::text, 12, '0'))::uuid $$;
    CREATE FUNCTION pg_temp.sealed() RETURNS bytea LANGUAGE sql AS $$ SELECT '\\x01'::bytea || sha256('') $$;
    INSERT INTO split.users (id, phone_number, phone_number_bidx)
    SELECT pg_temp.key(0, n), pg_temp.sealed(), sha256(n::text::bytea) FROM generate_series(1, 200) n;
    INSERT INTO split.contacts (id, user_id, name, name_bidx, phone_number, phone_number_bidx)
    SELECT pg_temp.key(1, n), pg_temp.key(0, 1 + n / 10), pg_temp.sealed(), sha256(n::text::bytea), pg_temp.sealed(), sha256(n::text::bytea)
      FROM generate_series(0, 1999) n;
    INSERT INTO split.bills (id, user_id, total_amount)
    SELECT pg_temp.key(2, n), pg_temp.key(0, 1 + n / 10), 100 FROM generate_series(0, 1999) n;
    INSERT INTO split.bill_participants (id, bill_id, user_id, contact_id, amount_owed)
    SELECT pg_temp.key(3, n), pg_temp.key(2, n / 3), pg_temp.key(0, 1 + n / 30), pg_temp.key(1, n / 30 * 10 + n % 3), 1
      FROM generate_series(0, 5999) n;
    INSERT INTO split.payment_requests (id, bill_participant_id, upi_link)
    SELECT pg_temp.key(4, n), pg_temp.key(3, n), pg_temp.sealed() FROM generate_series(0, 5999) n;
    INSERT INTO split.conversation_states (id, user_id, session_id, expires_at)
    SELECT pg_temp.key(5, n), pg_temp.key(0, 1 + n / 10), n::text, now() FROM generate_series(0, 1999) n;
    INSERT INTO whatsapp.users (user_id, phone_number, phone_number_bidx)
    SELECT pg_temp.key(0, n), pg_temp.sealed(), sha256(n::text::bytea) FROM generate_series(1, 200) n;
    INSERT INTO whatsapp.userchats (chat_id, customer_id, is_active, waiting_since)
    SELECT lpad(to_hex(n), 16, '0'), pg_temp.key(0, 1 + n / 10), n % 10 = 0, now() FROM generate_series(0, 1999) n;
    INSERT INTO whatsapp.message_deliveries (message_sid, customer_id, status)
    SELECT 'SM' || n, pg_temp.key(0, 1 + n / 10), 'read' FROM generate_series(0, 1999) n;
    RESET session_replication_role;
    ANALYZE";

/// One statement for each way in which the repository reaches a table, as it writes them.
const STATEMENTS: &[&str] = &[
    "SELECT * FROM split.users WHERE id = 'USER' AND deleted_at IS NULL",
    "SELECT * FROM split.contacts WHERE id = '00000001-0000-0000-0000-000000000060' AND deleted_at IS NULL",
    "SELECT * FROM split.contacts WHERE user_id = 'USER' AND phone_number_bidx = sha256('61') AND deleted_at IS NULL",
    "SELECT * FROM split.contacts WHERE user_id = 'USER' AND name_bidx = sha256('61') AND deleted_at IS NULL",
    "SELECT b.*, ARRAY(SELECT ROW(p.id, c.name) FROM split.bill_participants p JOIN split.contacts c ON c.id = p.contact_id
                        WHERE p.bill_id = b.id ORDER BY p.id)
       FROM split.bills b WHERE b.id = '00000002-0000-0000-0000-000000000060' AND b.deleted_at IS NULL",
    "SELECT * FROM split.bills
      WHERE user_id = 'USER' AND deleted_at IS NULL AND (created_at, id) < ('infinity', 'ffffffff-ffff-ffff-ffff-ffffffffffff')
      ORDER BY created_at DESC, id DESC LIMIT 5",
    "WITH owner AS (SELECT u.id FROM split.users u JOIN split.bill_participants p ON p.user_id = u.id
                     WHERE p.id = '00000003-0000-0000-0000-000000000180' FOR KEY SHARE OF u)
     SELECT b.* FROM split.bill_participants p JOIN split.bills b ON b.id = p.bill_id JOIN owner ON owner.id = b.user_id
      WHERE p.id = '00000003-0000-0000-0000-000000000180' AND b.deleted_at IS NULL FOR UPDATE OF b",
    "WITH owner AS (SELECT u.id FROM split.users u JOIN split.contacts c ON c.user_id = u.id
                     WHERE c.id = '00000001-0000-0000-0000-000000000060' FOR KEY SHARE OF u)
     SELECT c.* FROM split.contacts c JOIN owner ON owner.id = c.user_id
      WHERE c.id = '00000001-0000-0000-0000-000000000060' AND c.deleted_at IS NULL FOR NO KEY UPDATE OF c",
    "SELECT r.* FROM split.payment_requests r JOIN split.bill_participants p ON p.id = r.bill_participant_id
      WHERE p.bill_id = '00000002-0000-0000-0000-000000000060'",
    "SELECT * FROM split.payment_requests WHERE id = '00000004-0000-0000-0000-000000000180'",
    "UPDATE split.payment_requests SET status = 'sent' WHERE id = (
        SELECT id FROM split.payment_requests
         WHERE bill_participant_id = '00000003-0000-0000-0000-000000000180'
           AND (closed_at IS NULL OR closed_reason = 'undone')
         ORDER BY closed_at DESC NULLS FIRST, id DESC LIMIT 1)",
    "SELECT * FROM split.conversation_states WHERE user_id = 'USER' AND session_id = '60'",
    "UPDATE split.bill_participants SET payment_status = 'sent' WHERE id = '00000003-0000-0000-0000-000000000180'",
    "INSERT INTO split.bills (user_id, total_amount)
     SELECT id, 100 FROM split.users WHERE id = 'USER' AND deleted_at IS NULL FOR SHARE",
    "SELECT * FROM whatsapp.users WHERE user_id = 'USER' AND deleted_at IS NULL",
    "SELECT c.* FROM whatsapp.userchats c JOIN whatsapp.users u ON u.user_id = c.customer_id
      WHERE u.deleted_at IS NULL AND c.chat_id = '000000000000003c'",
    "SELECT c.* FROM whatsapp.userchats c JOIN whatsapp.users u ON u.user_id = c.customer_id
      WHERE u.deleted_at IS NULL AND c.customer_id = 'USER' ORDER BY c.created_at DESC, c.chat_id DESC LIMIT 51",
    "SELECT a.messages, p.messages FROM whatsapp.users u
       LEFT JOIN whatsapp.userchats a ON a.customer_id = u.user_id AND a.is_active
       LEFT JOIN whatsapp.userchats p ON p.chat_id = a.continues_chat_id AND p.customer_id = u.user_id
      WHERE u.user_id = 'USER' AND u.deleted_at IS NULL",
    "SELECT count(c.chat_id), sum(c.message_count) FROM whatsapp.users u
       LEFT JOIN whatsapp.userchats c ON c.customer_id = u.user_id WHERE u.user_id = 'USER' AND u.deleted_at IS NULL GROUP BY u.user_id",
    "UPDATE whatsapp.userchats SET is_active = false WHERE customer_id = 'USER' AND is_active",
    "SELECT * FROM whatsapp.message_deliveries WHERE customer_id = 'USER' ORDER BY created_at DESC, message_sid DESC LIMIT 51",
];

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    #[diesel(column_name = "QUERY PLAN")]
    line: String,
}

struct Planner {
    conn: PgConnection,
    _test: TestDatabase,
}

impl Planner {
    fn new() -> Self {
        let test = TestDatabase::new();
        test.sabotage(MANY);
        Self { conn: PgConnection::establish(&test.url("postgres")).unwrap(), _test: test }
    }

    fn plan(&mut self, role: &str, statement: &str) -> Vec<String> {
        // The tables are small, and small tables are read as a whole where an index would do as well.
        let system = if statement.contains("whatsapp.") { "whatsapp" } else { "split" };
        let become_role = format!(
            "BEGIN; SET LOCAL enable_seqscan = off; SET LOCAL strongroom.end_user = '{system}:{USER}'; SET LOCAL ROLE {role}"
        );
        self.conn.batch_execute(&become_role).unwrap();
        let explain = format!("EXPLAIN (COSTS OFF) {}", statement.replace("USER", USER));
        let lines: Vec<Line> = diesel::sql_query(explain).load(&mut self.conn).unwrap();
        self.conn.batch_execute("ROLLBACK").unwrap();
        lines.into_iter().map(|line| line.line).collect()
    }
}

/// How often a plan enters an index at a place, instead of reading it or its table as a whole.
fn entries(plan: &[String]) -> usize {
    plan.iter().filter(|line| line.contains("Index Cond: ")).count()
}

#[test]
fn the_service_has_the_plans_that_it_had_without_row_security() {
    let mut planner = Planner::new();
    for statement in STATEMENTS {
        let with = planner.plan("strongroom_app", statement);
        // Row security does not concern the owner.
        let without = planner.plan("strongroom_owner", statement);
        assert_eq!(with, without, "{statement}");
    }
}

#[test]
fn an_end_user_reads_by_indexes_where_the_service_does_and_is_looked_up_once() {
    let mut planner = Planner::new();
    for statement in STATEMENTS {
        let service = planner.plan("strongroom_app", statement);
        let end_user = planner.plan("strongroom_user", statement);
        let shown = format!("{statement}\n{}\n\n{}", service.join("\n"), end_user.join("\n"));
        assert!(entries(&service) > 0 && entries(&end_user) >= entries(&service), "{shown}");
        assert!(!end_user.iter().any(|line| line.contains("Seq Scan")), "{shown}");
        // The user stands in a plan of its own that runs once, never in a condition on each row.
        assert!(end_user.iter().any(|line| line.contains("InitPlan")), "{shown}");
        assert!(!end_user.iter().any(|line| line.contains("end_user(")), "{shown}");
    }
}
