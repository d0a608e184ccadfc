DROP TABLE market.daily_reports;
DROP FUNCTION platform.audit_market_daily_reports();
DROP FUNCTION market.daily_figures(DATE);
