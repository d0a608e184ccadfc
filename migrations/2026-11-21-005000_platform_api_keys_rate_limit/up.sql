-- An API key may have a rate limit of its own; most have none.

ALTER TABLE platform.api_keys
    ADD COLUMN rate_limit_requests INTEGER,
    ADD COLUMN rate_limit_seconds  INTEGER,
    ADD CONSTRAINT api_keys_rate_limit_whole CHECK ((rate_limit_requests IS NULL) = (rate_limit_seconds IS NULL)),
    ADD CONSTRAINT api_keys_rate_limit_requests_range CHECK (rate_limit_requests BETWEEN 1 AND 10000),
    ADD CONSTRAINT api_keys_rate_limit_seconds_range CHECK (rate_limit_seconds BETWEEN 1 AND 86400);
COMMENT ON COLUMN platform.api_keys.rate_limit_requests IS 'Requests that the key may make within rate_limit_seconds; NULL for any number';
COMMENT ON COLUMN platform.api_keys.rate_limit_seconds IS 'Length of the sliding window of the rate limit; NULL where there is none';

SELECT platform.audit_table('platform.api_keys', ignored => '{last_used_at}');
GRANT UPDATE (rate_limit_requests, rate_limit_seconds) ON platform.api_keys TO strongroom_app;
GRANT SELECT (rate_limit_requests, rate_limit_seconds) ON platform.api_keys TO strongroom_reader;
