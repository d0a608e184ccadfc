DROP FUNCTION platform.audit_table(REGCLASS, TEXT[], TEXT[]);
DROP FUNCTION platform.record_query(TEXT, TEXT);
DROP FUNCTION platform.current_actor();
DROP FUNCTION platform.ensure_audit_partitions(INTEGER);
DROP TABLE platform.audit_log;
