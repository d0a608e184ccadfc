COMMENT ON COLUMN platform.sessions.refresh_hash IS 'SHA-256 of the one refresh token that is good now; every use replaces it';
ALTER TABLE platform.sessions DROP COLUMN renewals;
SELECT platform.audit_table('platform.sessions', enums => '{system,scope}', ignored => '{last_used_at}');
