-- Figures of days, and the reports that keep them.

CREATE FUNCTION market.daily_figures(day DATE) RETURNS JSONB
    LANGUAGE sql STABLE SET search_path = pg_catalog AS $$
    WITH stretch AS (SELECT day::timestamp AT TIME ZONE 'UTC' AS start, (day + 1)::timestamp AT TIME ZONE 'UTC' AS ending),
         begun AS (SELECT count(*) AS conversations, count(DISTINCT c.buyer_id) AS buyers
                     FROM market.conversations c, stretch WHERE c.created_at >= start AND c.created_at < ending),
         sent AS (SELECT count(*) AS messages
                    FROM market.messages m, stretch WHERE m.created_at >= start AND m.created_at < ending),
         sold AS (SELECT count(*) AS sales
                    FROM market.conversations c, stretch WHERE c.completed_at >= start AND c.completed_at < ending)
    SELECT jsonb_build_object('conversations_created', begun.conversations, 'messages_sent', sent.messages,
                              'active_buyers', begun.buyers, 'completed_sales', sold.sales)
      FROM begun, sent, sold
$$;
COMMENT ON FUNCTION market.daily_figures(DATE) IS 'What happened on a day of UTC; what was erased since is not counted';

CREATE TABLE market.daily_reports (
    report_date DATE NOT NULL,
    figures     JSONB NOT NULL,
    CONSTRAINT daily_reports_pkey PRIMARY KEY (report_date),
    CONSTRAINT daily_reports_figures_are_an_object CHECK (jsonb_typeof(figures) = 'object')
);
COMMENT ON TABLE market.daily_reports IS 'What happened on each day; a later erasure does not change it';
COMMENT ON COLUMN market.daily_reports.report_date IS 'Primary key: a day of UTC';
COMMENT ON COLUMN market.daily_reports.figures IS 'Conversations created, messages sent, active buyers and completed sales';
SELECT platform.make_table('market.daily_reports');
SELECT platform.secure_programs('market.daily_reports');
