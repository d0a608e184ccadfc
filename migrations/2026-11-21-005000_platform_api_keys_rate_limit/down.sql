ALTER TABLE platform.api_keys
    DROP COLUMN rate_limit_requests,
    DROP COLUMN rate_limit_seconds;
SELECT platform.audit_table('platform.api_keys', ignored => '{last_used_at}');
