-- Checks the rows that were there before the migration before this one. It reads the whole log, and writers go on meanwhile.
ALTER TABLE platform.audit_log VALIDATE CONSTRAINT audit_log_action_known;
