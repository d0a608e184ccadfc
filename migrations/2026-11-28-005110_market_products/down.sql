DROP TABLE market.products;
DROP FUNCTION platform.audit_market_products();
DROP SCHEMA market;
