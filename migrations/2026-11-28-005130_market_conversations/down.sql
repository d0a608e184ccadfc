DROP TABLE market.conversations;
DROP FUNCTION platform.audit_market_conversations();
