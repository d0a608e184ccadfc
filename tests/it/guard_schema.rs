//! The database is what the table list says, and keeps the rules that every table keeps.

use std::collections::BTreeSet;

use diesel::prelude::*;
use repository::testing::TestDatabase;
use repository::{Audit, SealedElements, Table, system};

/// Tables whose primary key is not one UUID, each with its reason.
const OTHER_KEYS: &[&str] = &[
    // The migration's version is what it is found by.
    "platform.migration_ledger",
    // Order of writing; rows come by the thousand and nobody names one from outside.
    "platform.audit_log",
    // Its place in the chain is what a seal is found by.
    "platform.audit_seals",
    // The requirement's key: 16 hexadecimal digits.
    "whatsapp.userchats",
    // Twilio's name of a message is what it is found by.
    "whatsapp.inbound_messages",
    "whatsapp.message_deliveries",
    // A day has one report.
    "market.daily_reports",
];

/// Tables without `updated_at`, each with its reason.
const NEVER_UPDATED: &[&str] = &[
    // Rows are written once.
    "platform.audit_log",
    "platform.audit_seals",
];

/// Foreign keys of columns that may be null, each with what null means.
const OPTIONAL_KEYS: &[&str] = &[
    // It is at the top.
    "pantry.categories.parent_id",
    // It is in the catalogue.
    "pantry.products.user_id",
    // It is in no category.
    "pantry.products.category_id",
    // It was sent in no conversation.
    "pantry.receipts.conversation_id",
    // Nobody has said which product it is.
    "pantry.receipt_items.product_id",
    // It has its product's category, or none.
    "pantry.receipt_items.category_id",
    // It is in no category.
    "pantry.recipes.category_id",
    // No recipe is cooked, or it was purged.
    "pantry.meal_plans.recipe_id",
    // It is a product.
    "pantry.meal_plan_items.recipe_id",
    // It is a recipe.
    "pantry.meal_plan_items.product_id",
    // The bot or the system wrote it.
    "market.messages.buyer_id",
];

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = diesel::sql_types::Text)]
    value: String,
}

/// Runs a query of one text column as the superuser.
pub(crate) fn rows(sql: &str) -> BTreeSet<String> {
    rows_of(&TestDatabase::new(), sql)
}

pub(crate) fn rows_of(test: &TestDatabase, sql: &str) -> BTreeSet<String> {
    let mut conn = PgConnection::establish(&test.url("postgres")).unwrap();
    let rows: Vec<Row> =
        diesel::sql_query(sql).load(&mut conn).unwrap_or_else(|error| panic!("{error}: {sql}"));
    rows.into_iter().map(|row| row.value).collect()
}

/// The tables this guard speaks of: everything in our schemas but partitions.
pub(crate) const OURS: &str = "(SELECT c.oid, n.nspname || '.' || c.relname AS name, c.relname, n.nspname
                       FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                      WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
                        AND n.nspname IN (SELECT nspname FROM pg_namespace WHERE nspowner = 'strongroom_owner'::regrole))";

pub(crate) fn ours(sql: &str) -> BTreeSet<String> {
    rows(&sql.replace("OURS", OURS))
}

/// The tables of the table list that `is_wanted`.
fn names(is_wanted: fn(&Table) -> bool) -> BTreeSet<String> {
    system::tables().filter(|table| is_wanted(table)).map(Table::qualified_name).collect()
}

/// Columns that the table list names, with their tables.
fn columns(of: fn(&Table) -> Vec<String>) -> BTreeSet<String> {
    let named = |table: &'static Table| {
        of(table).into_iter().map(|column| format!("{}.{column}", table.qualified_name()))
    };
    system::tables().flat_map(named).collect()
}

pub(crate) fn none(what: &str, found: &BTreeSet<String>) {
    assert!(found.is_empty(), "{what}: {found:?}");
}

/// Compares what a list says with what is there, and shows only what differs. `fix` says where the list is.
pub(crate) fn agree(fix: &str, listed: &BTreeSet<String>, there: &BTreeSet<String>) {
    let (missing, extra): (Vec<_>, Vec<_>) =
        (there.difference(listed).collect(), listed.difference(there).collect());
    assert!(
        missing.is_empty() && extra.is_empty(),
        "{fix}\n  there and not listed: {missing:?}\n  listed and not there: {extra:?}"
    );
}

#[test]
fn the_table_list_is_the_database() {
    let listed = names(|_| true);
    let there = ours("SELECT name AS value FROM OURS t WHERE relname <> '__diesel_schema_migrations'");
    agree("a TABLE is made for each table, and named in `tables` of its system's SYSTEM", &listed, &there);
}

#[test]
fn sealed_and_indexed_columns_are_those_of_the_table_list() {
    let of_domain = |domain: &str| {
        ours(&format!(
            "SELECT t.name || '.' || a.attname AS value FROM OURS t JOIN pg_attribute a ON a.attrelid = t.oid
              WHERE a.atttypid = 'platform.{domain}'::regtype AND a.attnum > 0"
        ))
    };
    let sealed = columns(|table| {
        let columns = table.sealed.iter().filter(|column| column.elements.is_none());
        columns.map(|column| column.name.to_owned()).collect()
    });
    agree("columns of platform.sealed stand in `sealed` of TABLE", &sealed, &of_domain("sealed"));
    let indexed = columns(|table| {
        let indexed = table.sealed.iter().filter(|column| column.is_indexed());
        indexed.map(|column| format!("{}_bidx", column.name)).collect()
    });
    let fix = "a sealed column with a companion `_bidx` is SealedColumn::indexed in TABLE";
    agree(fix, &indexed, &of_domain("blind_index"));
}

/// Text that a person could be named in is sealed. What stays in clear says in the table list what it tells, and closed
/// sets stand there as such.
#[test]
fn every_text_in_clear_is_known() {
    let clear = ours(
        "SELECT t.name || '.' || a.attname AS value FROM OURS t JOIN pg_attribute a ON a.attrelid = t.oid
          WHERE a.attnum > 0 AND NOT a.attisdropped
            AND a.atttypid::regtype::text IN ('text', 'character varying', 'json', 'jsonb', 'text[]', 'bytea')",
    );
    let listed = columns(|table| {
        let clear = table.clear.iter().map(|(name, _)| *name);
        clear.chain(table.enums.iter().copied()).map(str::to_owned).collect()
    });
    let fix = "a text in clear stands in `clear` of TABLE with what it tells, or in `enums` where it is a closed set";
    agree(fix, &listed, &clear);
}

/// Columns that are arrays with sealed fields, with what is known of those.
fn arrays(table: &Table) -> impl Iterator<Item = (&'static str, &SealedElements)> {
    table.sealed.iter().filter_map(|column| column.elements.as_ref().map(|elements| (column.name, elements)))
}

#[test]
fn arrays_with_sealed_fields_are_json_bound_to_an_id() {
    let json = ours(
        "SELECT t.name || '.' || a.attname AS value FROM OURS t JOIN pg_attribute a ON a.attrelid = t.oid
          WHERE a.atttypid = 'jsonb'::regtype AND a.attnum > 0",
    );
    let ids = ours(
        "SELECT t.name || '.' || a.attname AS value FROM OURS t JOIN pg_attribute a ON a.attrelid = t.oid
          WHERE a.atttypid = 'uuid'::regtype AND a.attnum > 0 AND a.attnotnull",
    );
    let names = columns(|table| arrays(table).map(|(name, _)| name.to_owned()).collect());
    none("arrays of another type", &names.difference(&json).cloned().collect());
    let bound = columns(|table| arrays(table).map(|(_, elements)| elements.bound_to.to_owned()).collect());
    none("columns that are no id of every row", &bound.difference(&ids).cloned().collect());
}

#[test]
fn columns_of_floating_point_numbers_are_listed() {
    let stored = ours(
        "SELECT t.name || '.' || a.attname AS value FROM OURS t JOIN pg_attribute a ON a.attrelid = t.oid
          WHERE a.atttypid = 'float8'::regtype",
    );
    let listed = columns(|table| table.floats.iter().map(|name| (*name).to_owned()).collect());
    agree("a FLOAT8 stands in `floats` of TABLE", &listed, &stored);
}

#[test]
fn closed_sets_are_checked() {
    let checked = ours(
        "SELECT t.name || '.' || a.attname AS value FROM OURS t JOIN pg_attribute a ON a.attrelid = t.oid
           JOIN pg_constraint c ON c.conrelid = t.oid AND c.contype = 'c' AND a.attnum = ANY (c.conkey)",
    );
    let enums = columns(|table| table.enums.iter().map(|name| (*name).to_owned()).collect());
    none("closed sets without a CHECK", &enums.difference(&checked).cloned().collect());
}

#[test]
fn tables_and_columns_are_commented() {
    none(
        "without a comment",
        &ours("SELECT name AS value FROM OURS t WHERE obj_description(oid, 'pg_class') IS NULL AND relname <> '__diesel_schema_migrations'
               UNION ALL
               SELECT t.name || '.' || a.attname FROM OURS t JOIN pg_attribute a ON a.attrelid = t.oid
                WHERE a.attnum > 0 AND NOT a.attisdropped AND col_description(t.oid, a.attnum) IS NULL AND relname <> '__diesel_schema_migrations'"),
    );
}

#[test]
fn keys_are_uuids_but_for_the_exceptions() {
    let others = ours(
        "SELECT t.name AS value FROM OURS t WHERE relname <> '__diesel_schema_migrations' AND NOT EXISTS (
             SELECT FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
              WHERE i.indrelid = t.oid AND i.indisprimary AND i.indnkeyatts = 1
                AND a.atttypid = 'uuid'::regtype)",
    );
    let listed = OTHER_KEYS.iter().map(|name| (*name).to_owned()).collect();
    agree("a table whose primary key is not one UUID stands in OTHER_KEYS with the reason", &listed, &others);
    let keys = ours(
        "SELECT t.name || '.' || a.attname AS value FROM OURS t
           JOIN pg_index i ON i.indrelid = t.oid AND i.indisprimary
           JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = i.indkey[0]
          WHERE relname <> '__diesel_schema_migrations'",
    );
    let listed = columns(|table| vec![table.key.to_owned()]);
    agree("the column of the primary key is `key` of TABLE", &listed, &keys);
}

#[test]
fn every_foreign_key_has_an_index_and_is_not_null_but_for_the_exceptions() {
    none(
        "foreign keys without an index that begins with them; one with a WHERE does not count",
        &rows(
            "SELECT conname::text AS value FROM pg_constraint f WHERE contype = 'f' AND NOT EXISTS (
                 SELECT FROM pg_index i WHERE i.indrelid = f.conrelid AND i.indpred IS NULL
                    AND (SELECT array_agg(k ORDER BY k) FROM unnest(i.indkey[0:cardinality(f.conkey) - 1]) k)
                      = (SELECT array_agg(k ORDER BY k) FROM unnest(f.conkey) k))",
        ),
    );
    let optional = ours(
        "SELECT t.name || '.' || a.attname AS value FROM OURS t JOIN pg_constraint f ON f.conrelid = t.oid
           JOIN pg_attribute a ON a.attrelid = f.conrelid AND a.attnum = ANY (f.conkey)
          WHERE f.contype = 'f' AND NOT a.attnotnull",
    );
    assert_eq!(optional, OPTIONAL_KEYS.iter().map(|name| (*name).to_owned()).collect());
}

#[test]
fn times_have_a_zone_and_are_kept() {
    none(
        "times without a zone",
        &ours(
            "SELECT t.name || '.' || a.attname AS value FROM OURS t JOIN pg_attribute a ON a.attrelid = t.oid
                WHERE a.atttypid = 'timestamp'::regtype AND relname <> '__diesel_schema_migrations'",
        ),
    );
    let without = ours(
        "SELECT name AS value FROM OURS t WHERE relname <> '__diesel_schema_migrations' AND NOT EXISTS (
             SELECT FROM pg_attribute a WHERE a.attrelid = t.oid AND a.attname = 'updated_at' AND a.attnotnull)",
    );
    let listed = NEVER_UPDATED.iter().map(|name| (*name).to_owned()).collect();
    agree("a table without updated_at stands in NEVER_UPDATED with the reason", &listed, &without);
    none(
        "tables that are updated and have no touch trigger: call platform.make_table",
        &ours("SELECT t.name AS value FROM OURS t JOIN pg_attribute a ON a.attrelid = t.oid AND a.attname = 'updated_at'
                WHERE t.name <> 'platform.migration_ledger'
                  AND NOT EXISTS (SELECT FROM pg_trigger g WHERE g.tgrelid = t.oid AND g.tgname = 'touch')"),
    );
}

#[test]
fn versions_and_deletions_are_those_of_the_table_list() {
    let with = |column: &str| {
        ours(&format!(
            "SELECT t.name AS value FROM OURS t JOIN pg_attribute a ON a.attrelid = t.oid AND a.attname = '{column}'"
        ))
    };
    let fix = "`versioned` of TABLE is that of platform.make_table";
    agree(fix, &names(|table| table.versioned), &with("row_version"));
    for column in ["deleted_at", "deletion_id"] {
        let fix = "`soft_delete` of TABLE is that of platform.make_table";
        agree(fix, &names(|table| table.soft_delete), &with(column));
    }
}

#[test]
fn the_audit_log_records_what_the_table_list_says() {
    let there = ours(
        "SELECT t.name AS value FROM OURS t WHERE 4 = (SELECT count(*) FROM pg_trigger g
          WHERE g.tgrelid = t.oid AND g.tgenabled = 'O'
            AND g.tgname IN ('audit_insert', 'audit_update', 'audit_delete', 'audit_truncate'))",
    );
    let listed = names(|table| matches!(table.audit, Audit::Changes { .. }));
    agree("`audit` of TABLE says whether platform.make_table made the table `audited`", &listed, &there);
    let columns_of_triggers = |condition: &str| {
        ours(&format!(
            "SELECT t.name || '.' || a.attname AS value FROM OURS t
               JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
               JOIN pg_trigger g ON g.tgrelid = t.oid AND g.tgname = 'audit_update'
               JOIN pg_proc p ON p.oid = g.tgfoid
              WHERE {condition}"
        ))
    };
    let missed = columns_of_triggers(
        "a.attname NOT IN ('updated_at', 'row_version') AND a.attname NOT LIKE '%\\_bidx'
         AND strpos(p.prosrc, 'o.' || quote_ident(a.attname) || ' IS DISTINCT FROM') = 0",
    );
    let ignored = columns(|table| match table.audit {
        Audit::Changes { ignored } => ignored.iter().map(|name| (*name).to_owned()).collect(),
        Audit::Nothing(_) => Vec::new(),
    });
    let fix = "the audit log misses columns: call platform.audit_table again, or name them as ignored in `audit` of TABLE";
    agree(fix, &ignored, &missed);
    let shown = columns_of_triggers(
        "a.atttypid IN ('text'::regtype, 'varchar'::regtype)
         AND strpos(p.prosrc, format('%L, n.%I', a.attname, a.attname)) > 0",
    );
    let enums = columns(|table| match table.audit {
        Audit::Changes { .. } => table.enums.iter().map(|name| (*name).to_owned()).collect(),
        Audit::Nothing(_) => Vec::new(),
    });
    agree(
        "`enums` of TABLE are those of platform.make_table, whose values the audit log shows",
        &enums,
        &shown,
    );
}

#[test]
fn money_is_bounded_on_both_sides() {
    none(
        "NUMERIC columns that NaN or infinity could enter: CHECK (x > 0 AND x < 'Infinity')",
        &ours(
            "SELECT t.name || '.' || a.attname AS value FROM OURS t JOIN pg_attribute a ON a.attrelid = t.oid
              WHERE a.atttypid = 'numeric'::regtype AND NOT EXISTS (
                    SELECT FROM pg_constraint c WHERE c.conrelid = t.oid AND c.contype = 'c' AND c.conkey = ARRAY[a.attnum]
                       AND pg_get_constraintdef(c.oid) LIKE '%Infinity%')",
        ),
    );
}

#[test]
fn the_service_owns_nothing_and_functions_have_a_fixed_search_path() {
    none(
        "owned by another role than strongroom_owner",
        &rows(
            "SELECT c.oid::regclass::text AS value FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
              WHERE n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema' AND c.relowner <> 'strongroom_owner'::regrole",
        ),
    );
    none(
        "functions without a fixed search path",
        &rows(
            "SELECT p.oid::regprocedure::text AS value FROM pg_proc p
              WHERE p.proowner = 'strongroom_owner'::regrole
                AND NOT EXISTS (SELECT FROM unnest(p.proconfig) setting WHERE setting LIKE 'search\\_path=%')",
        ),
    );
    none(
        "functions that run as the owner and that anybody may call",
        &rows(
            "SELECT p.oid::regprocedure::text AS value FROM pg_proc p
              WHERE p.proowner = 'strongroom_owner'::regrole AND p.prosecdef
                AND (has_function_privilege('strongroom_reader', p.oid, 'EXECUTE')
                     OR has_function_privilege('strongroom_user', p.oid, 'EXECUTE'))",
        ),
    );
}

#[test]
fn the_reader_sees_no_hash_and_no_key_and_the_service_cannot_write_the_audit_log() {
    let readable = ours(
        "SELECT t.name || '.' || a.attname AS value FROM OURS t
           JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
          WHERE (t.name = 'platform.encryption_keys' OR a.attname LIKE '%hash%' OR a.attname LIKE '%digest%')
            AND t.name <> 'platform.migration_ledger'
            AND has_column_privilege('strongroom_reader', t.oid, a.attnum, 'SELECT')",
    );
    none("secrets that the reader may see", &readable);
    let writable = rows(
        "SELECT privilege AS value FROM unnest(ARRAY['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']) privilege
          WHERE has_table_privilege('strongroom_app', 'platform.audit_log', privilege)",
    );
    none("what the service may do to the audit log", &writable);
    let writable = rows(
        "SELECT privilege AS value FROM unnest(ARRAY['UPDATE', 'DELETE', 'TRUNCATE']) privilege
          WHERE has_table_privilege('strongroom_app', 'platform.audit_seals', privilege)",
    );
    none("what the service may do to seals but add some", &writable);
}

/// Tables that no operator changes by hand, each with its reason.
const NOT_BY_HAND: &[&str] = &[
    // They say who changed what, and vouch for it.
    "platform.audit_log",
    "platform.audit_seals",
    // Without them no value opens and none is found.
    "platform.encryption_keys",
    // It says which migrations ran.
    "platform.migration_ledger",
];

#[test]
fn operators_change_rows_and_nothing_that_vouches_for_them() {
    let may = |role: &str, privileges: &str| {
        ours(&format!(
            "SELECT DISTINCT t.name AS value FROM OURS t, unnest(ARRAY[{privileges}]) privilege
              WHERE t.relname <> '__diesel_schema_migrations' AND has_table_privilege('{role}', t.oid, privilege)"
        ))
    };
    let by_hand = names(|table| !NOT_BY_HAND.contains(&&*table.qualified_name()));
    for privilege in ["'INSERT'", "'UPDATE'", "'DELETE'"] {
        let fix = format!("strongroom_writer has {privilege} on all tables but those of NOT_BY_HAND");
        agree(&fix, &by_hand, &may("strongroom_writer", privilege));
        none("tables that the reader may change", &may("strongroom_reader", privilege));
    }
    for role in ["strongroom_reader", "strongroom_writer", "strongroom_app"] {
        let found = may(role, "'TRUNCATE', 'TRIGGER', 'REFERENCES'");
        none(&format!("what {role} may do besides reading and changing rows"), &found);
    }
}

#[test]
fn whoever_may_only_read_takes_no_locks_and_writes_nothing_to_the_servers_disk() {
    let callable = rows(
        "SELECT role || ' ' || oid::regprocedure AS value
           FROM pg_proc, unnest(ARRAY['strongroom_reader', 'strongroom_writer']) role
          WHERE (proname LIKE 'pg%advisory%lock%' AND proname NOT LIKE '%unlock%'
                 OR proname IN ('pg_notify', 'pg_logical_emit_message', 'lo_creat', 'lo_create', 'lo_from_bytea'))
            AND has_function_privilege(role, oid, 'EXECUTE')",
    );
    none("functions that could disturb others", &callable);
}
