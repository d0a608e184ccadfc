DROP TABLE market.buyers;
DROP FUNCTION platform.audit_market_buyers();
