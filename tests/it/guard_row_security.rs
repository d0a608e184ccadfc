//! What belongs to a user stands behind row security, and nothing that is ours leads around it.
//!
//! These read the catalogue. `repository/tests/it/row_security_matrix.rs` tries what each role can really do.

use std::collections::BTreeSet;

use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};
use repository::testing::TestDatabase;
use repository::{Access, Table, system};

use crate::guard_schema::{OURS, agree, none, ours, rows};

/// Tables that have to be behind row security: all of a system's, and all that end users have any right to.
const GUARDED: &str = "(SELECT * FROM OURS t
     WHERE t.relname <> '__diesel_schema_migrations'
       AND (t.nspname <> 'platform'
            OR has_any_column_privilege('strongroom_user', t.oid, 'SELECT, INSERT, UPDATE, REFERENCES')
            OR has_table_privilege('strongroom_user', t.oid, 'DELETE, TRUNCATE, TRIGGER')))";

/// The policies of each table, one to a line. The end user stands in a SELECT of its own, without which PostgreSQL would
/// look it up for every row: such a condition is shown as `own`.
const POLICIES: &str = "SELECT t.name, c.relrowsecurity AS enabled, coalesce(string_agg(concat_ws(' ',
           p.polname, p.polcmd, p.polroles::regrole[]::text, p.polpermissive,
           CASE WHEN pg_get_expr(p.polqual, p.polrelid) ~ '^\\((EXISTS \\( SELECT|\\w+ = \\( SELECT)' THEN 'own'
                ELSE pg_get_expr(p.polqual, p.polrelid) END,
           CASE WHEN pg_get_expr(p.polqual, p.polrelid) = pg_get_expr(p.polwithcheck, p.polrelid) THEN 'checked'
                ELSE pg_get_expr(p.polwithcheck, p.polrelid) END), E'\n' ORDER BY p.polname), '') AS policies
    FROM GUARDED t JOIN pg_class c ON c.oid = t.oid LEFT JOIN pg_policy p ON p.polrelid = t.oid
   GROUP BY t.name, c.relrowsecurity";

#[derive(QueryableByName)]
struct Policies {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Bool)]
    enabled: bool,
    #[diesel(sql_type = Text)]
    policies: String,
}

/// The policies that a table has to have: those of its [`Access`] in the table list. Any other table belongs to a user.
fn expected_policies(name: &str) -> String {
    let known = system::tables().find(|table| table.qualified_name() == name);
    let end_user = match known.map(|table| &table.access) {
        Some(Access::Programs) => "",
        Some(Access::Catalogue) => "end_user r {strongroom_user} t true\n",
        Some(Access::Shared(column)) => &format!(
            "catalogue r {{strongroom_user}} t ({column} IS NULL)\nend_user * {{strongroom_user}} t own checked\n"
        ),
        Some(Access::Owner(_) | Access::Actor(_) | Access::Parent(..)) | None => {
            "end_user * {strongroom_user} t own checked\n"
        }
    };
    format!(
        "{end_user}reader r {{strongroom_reader}} t true\nservice * {{strongroom_app}} t true checked\n\
         writer * {{strongroom_writer}} t true checked"
    )
}

fn unguarded(test: &TestDatabase) -> BTreeSet<String> {
    let mut conn = PgConnection::establish(&test.url("postgres")).unwrap();
    let sql = POLICIES.replace("GUARDED", GUARDED).replace("OURS", OURS);
    let tables: Vec<Policies> = diesel::sql_query(sql).load(&mut conn).unwrap();
    let is_unguarded = |table: &Policies| !table.enabled || table.policies != expected_policies(&table.name);
    tables.into_iter().filter(is_unguarded).map(|table| table.name).collect()
}

#[test]
fn what_belongs_to_a_user_is_behind_row_security() {
    let test = TestDatabase::new();
    let what =
        "tables without the row security of their `access` in TABLE: call platform.secure_table or its like";
    none(what, &unguarded(&test));
    // The guard itself is alive: it names a table that was forgotten, and policies that were loosened.
    test.sabotage(
        "SET ROLE strongroom_owner;
         CREATE TABLE split.forgotten (id UUID);
         GRANT SELECT (id) ON platform.api_keys TO strongroom_user;
         DROP POLICY end_user ON split.contacts;
         CREATE POLICY end_user ON split.contacts TO strongroom_user USING (user_id = platform.end_user('split'));
         ALTER POLICY end_user ON split.bills WITH CHECK (true);
         CREATE POLICY one_more ON split.users TO strongroom_user USING (true);
         ALTER TABLE split.conversation_states DISABLE ROW LEVEL SECURITY;
         ALTER POLICY service ON split.payment_requests USING (false)",
    );
    let expected = [
        "platform.api_keys",
        "split.bills",
        "split.contacts",
        "split.conversation_states",
        "split.forgotten",
        "split.payment_requests",
        "split.users",
    ];
    assert_eq!(unguarded(&test), expected.map(str::to_owned).into());
}

#[test]
fn end_users_may_do_what_the_table_list_says() {
    let granted = ours(
        "SELECT t.name || ' ' || verb AS value FROM OURS t, unnest('{SELECT,INSERT,UPDATE,DELETE}'::text[]) verb
          WHERE has_table_privilege('strongroom_user', t.oid, verb)",
    );
    let may = |table: &'static Table| {
        table.end_users_may.iter().map(|verb| format!("{} {}", table.qualified_name(), verb.sql()))
    };
    let listed = system::tables().flat_map(may).collect();
    agree("`end_users_may` of TABLE is `may` of platform.secure_table", &listed, &granted);
}

#[test]
fn views_ask_as_the_caller_and_triggers_are_the_owners() {
    none(
        "views that ask as their owner and so around row security: WITH (security_invoker = true)",
        &rows(
            "SELECT c.oid::regclass::text AS value FROM pg_class c
              WHERE c.relowner = 'strongroom_owner'::regrole AND c.relkind IN ('v', 'm')
                AND NOT coalesce(c.reloptions @> '{security_invoker=true}', false)",
        ),
    );
    none(
        "triggers whose function is not the owner's",
        &ours(
            "SELECT t.name || '.' || g.tgname AS value FROM OURS t
               JOIN pg_trigger g ON g.tgrelid = t.oid AND NOT g.tgisinternal
               JOIN pg_proc p ON p.oid = g.tgfoid WHERE p.proowner <> 'strongroom_owner'::regrole",
        ),
    );
}

#[test]
fn no_role_of_ours_can_leave_what_it_is_given() {
    none(
        "roles with rights over the server",
        &rows(
            "SELECT rolname::text AS value FROM pg_roles WHERE rolname LIKE 'strongroom\\_%'
                AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication)",
        ),
    );
    let members = rows(
        "SELECT m.member::regrole || ' in ' || m.roleid::regrole AS value FROM pg_auth_members m
          WHERE m.member::regrole::text LIKE 'strongroom\\_%'",
    );
    let expected = [
        "strongroom_app in strongroom_user",
        "strongroom_migrator in strongroom_owner",
        "strongroom_writer in strongroom_reader",
    ];
    assert_eq!(members, expected.map(str::to_owned).into());
    none(
        "who logs in as an end user",
        &rows(
            "SELECT rolname::text AS value FROM pg_roles WHERE rolname = 'strongroom_user' AND rolcanlogin",
        ),
    );
}
