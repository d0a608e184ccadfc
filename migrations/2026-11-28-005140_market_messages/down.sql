DROP TABLE market.messages;
DROP FUNCTION platform.audit_market_messages();
DROP FUNCTION market.older_waits(UUID, TIMESTAMPTZ, UUID, INTEGER);
