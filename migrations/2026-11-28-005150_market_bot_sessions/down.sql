DROP TABLE market.bot_sessions;
DROP FUNCTION platform.audit_market_bot_sessions();
