-- Row security by table, role and verb, each tried on a database that all migrations have run on. `make test-pgtap` runs
-- this; the same in Rust, which needs no extension and so is always run, is
-- crates/repository/tests/it/row_security_matrix.rs.

\set ON_ERROR_STOP on
\set QUIET on
\pset format unaligned
\pset tuples_only on
\pset pager off

BEGIN;
CREATE EXTENSION pgtap;
SELECT no_plan();

-- Two organisers with one row each in every table.
CREATE FUNCTION pg_temp.sealed() RETURNS bytea LANGUAGE sql AS $$ SELECT '\x01'::bytea || sha256('') $$;
CREATE TEMPORARY TABLE people (name TEXT, id UUID);
INSERT INTO people VALUES ('asha', gen_random_uuid()), ('bina', gen_random_uuid());
INSERT INTO split.users (id, phone_number, phone_number_bidx)
SELECT id, pg_temp.sealed(), sha256(name::bytea) FROM people;
INSERT INTO split.contacts (user_id, name, name_bidx, phone_number, phone_number_bidx)
SELECT id, pg_temp.sealed(), sha256(name::bytea), pg_temp.sealed(), sha256(name::bytea) FROM people;
INSERT INTO split.bills (user_id, total_amount) SELECT id, 100 FROM people;
INSERT INTO split.bill_participants (bill_id, user_id, contact_id, amount_owed)
SELECT b.id, b.user_id, c.id, 100 FROM split.bills b JOIN split.contacts c USING (user_id);
INSERT INTO split.payment_requests (bill_participant_id, upi_link)
SELECT id, pg_temp.sealed() FROM split.bill_participants;
INSERT INTO split.conversation_states (user_id, session_id) SELECT id, 'session' FROM people;

-- What end users may do to rows of their own, as `db-manage tables` prints it.
\set tables `"$DB_MANAGE" tables --system split --format json`
CREATE TEMPORARY TABLE secured AS
SELECT split_part("table", '.', 2) AS name, string_to_array(lower(end_users_may), ', ') AS may, owner
  FROM jsonb_to_recordset(:'tables') AS known ("table" TEXT, end_users_may TEXT, owner TEXT);

-- As whom is tried: a role, and the end user of the transaction.
CREATE TEMPORARY TABLE callers (title TEXT, role TEXT, end_user TEXT);
INSERT INTO callers
SELECT 'asha', 'strongroom_user', 'split:' || id FROM people WHERE name = 'asha'
UNION ALL SELECT 'nobody', 'strongroom_user', ''
UNION ALL SELECT 'the asha of another system', 'strongroom_user', 'export:' || id FROM people WHERE name = 'asha'
UNION ALL SELECT 'the service', 'strongroom_app', ''
UNION ALL SELECT 'the reader', 'strongroom_reader', ''
UNION ALL SELECT 'the writer', 'strongroom_writer', ''
UNION ALL SELECT 'the owner', 'strongroom_owner', '';

-- Tries one verb on whatever can be reached, or stores the row of `person`, which was taken out before. Whatever was done
-- is undone, the role with it.
CREATE FUNCTION pg_temp.attempt(caller callers, verb TEXT, secured secured, person TEXT DEFAULT 'asha') RETURNS TEXT
    LANGUAGE plpgsql AS $$
DECLARE
    target  TEXT := format('split.%I', secured.name);
    content JSONB;
    reached BIGINT;
BEGIN
    IF verb = 'insert' THEN
        EXECUTE format('SELECT to_jsonb(t) FROM %s t WHERE %s = (SELECT id FROM people WHERE name = $1)', target, secured.owner)
           INTO STRICT content USING person;
        PERFORM set_config('session_replication_role', 'replica', true);
        EXECUTE format('DELETE FROM %s WHERE id = $1', target) USING (content ->> 'id')::uuid;
        PERFORM set_config('session_replication_role', 'origin', true);
    END IF;
    PERFORM set_config('strongroom.end_user', caller.end_user, true), set_config('role', caller.role, true);
    CASE verb
        WHEN 'select' THEN EXECUTE format('SELECT FROM %s', target);
        WHEN 'insert' THEN EXECUTE format('INSERT INTO %s SELECT * FROM jsonb_populate_record(NULL::%1$s, %L)', target, content);
        WHEN 'update' THEN EXECUTE format('UPDATE %s SET created_at = created_at', target);
        WHEN 'delete' THEN EXECUTE format('DELETE FROM %s', target);
    END CASE;
    GET DIAGNOSTICS reached = ROW_COUNT;
    RAISE EXCEPTION USING ERRCODE = 'SR001', MESSAGE = reached;
EXCEPTION
    WHEN insufficient_privilege THEN RETURN 'refused';
    WHEN SQLSTATE 'SR001' THEN RETURN SQLERRM;
END $$;

SELECT is((SELECT array_agg(c.relname::text ORDER BY c.relname) FROM pg_class c
            WHERE c.relnamespace = 'split'::regnamespace AND c.relkind IN ('r', 'p')),
          (SELECT array_agg(name ORDER BY name) FROM secured), 'every table is tried');
SELECT policies_are('split', name, '{end_user,reader,service,writer}'::name[], format('the policies of split.%s', name)) FROM secured;

SELECT is(pg_temp.attempt(caller, verb, secured),
          CASE
              WHEN caller.role IN ('strongroom_app', 'strongroom_owner', 'strongroom_writer') THEN CASE verb WHEN 'insert' THEN '1' ELSE '2' END
              WHEN caller.role = 'strongroom_reader' THEN CASE verb WHEN 'select' THEN '2' ELSE 'refused' END
              WHEN NOT verb = ANY (secured.may) THEN 'refused'
              WHEN caller.title = 'asha' THEN '1'
              ELSE CASE verb WHEN 'insert' THEN 'refused' ELSE '0' END
          END,
          format('%s: %s split.%s', caller.title, verb, secured.name))
  FROM callers caller, secured secured, unnest('{select,insert,update,delete}'::text[]) verb;

SELECT is(pg_temp.attempt(caller, 'insert', secured, 'bina'), 'refused', format('asha: insert a row of bina into split.%s', secured.name))
  FROM callers caller, secured secured WHERE caller.title = 'asha';

SELECT is(has_any_column_privilege('strongroom_user', c.oid, 'SELECT, INSERT, UPDATE'), c.relrowsecurity,
          format('end users have rights to platform.%s only behind row security', c.relname))
  FROM pg_class c WHERE c.relnamespace = 'platform'::regnamespace AND c.relkind IN ('r', 'p');

-- Operators read and change rows, and nothing that could hide what they did.
SELECT ok(NOT has_table_privilege(role, c.oid, verb), format('%s may not %s %s.%s', role, verb, n.nspname, c.relname))
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 CROSS JOIN unnest('{strongroom_reader,strongroom_writer}'::text[]) role
 CROSS JOIN unnest('{TRUNCATE,TRIGGER,REFERENCES}'::text[]) verb
 WHERE n.nspname IN ('platform', 'split') AND c.relkind IN ('r', 'p');
SELECT ok(NOT has_table_privilege('strongroom_writer', name, verb), format('the writer may not %s %s', verb, name))
  FROM unnest('{platform.audit_log,platform.audit_seals,platform.encryption_keys,platform.migration_ledger}'::text[]) name
 CROSS JOIN unnest('{INSERT,UPDATE,DELETE}'::text[]) verb;
SELECT ok(NOT has_function_privilege(role, oid, 'EXECUTE'), format('%s may not call %s', role, oid::regprocedure))
  FROM pg_proc CROSS JOIN unnest('{strongroom_reader,strongroom_writer}'::text[]) role
 WHERE proname ~ '^pg_(try_)?advisory_(xact_)?lock'
    OR proname IN ('pg_notify', 'pg_logical_emit_message', 'lo_creat', 'lo_create', 'lo_from_bytea');

SELECT * FROM finish();
ROLLBACK;
