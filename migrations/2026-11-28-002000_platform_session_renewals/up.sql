-- A refresh token that comes again soon after its first use brings the token that took its place: the times of the last
-- renewals tell how long ago that was.

ALTER TABLE platform.sessions
    ADD COLUMN renewals TIMESTAMPTZ[] NOT NULL DEFAULT '{}',
    ADD CONSTRAINT sessions_renewals_few CHECK (cardinality(renewals) <= 10);
COMMENT ON COLUMN platform.sessions.refresh_hash IS 'SHA-256 of the refresh token that is good now; the first use of one replaces it';
COMMENT ON COLUMN platform.sessions.renewals IS 'When the last refresh tokens were first used, the latest first';

SELECT platform.audit_table('platform.sessions', enums => '{system,scope}', ignored => '{last_used_at}');
GRANT UPDATE (renewals) ON platform.sessions TO strongroom_app;
GRANT SELECT (renewals) ON platform.sessions TO strongroom_reader;
