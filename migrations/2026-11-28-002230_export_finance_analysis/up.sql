-- What an export costs before it pays.

CREATE TABLE export.finance_analysis (
    id                       UUID NOT NULL DEFAULT gen_random_uuid(),
    user_id                  UUID NOT NULL,
    report_id                UUID NOT NULL,
    working_capital_data     JSONB NOT NULL,
    pre_shipment_credit_data JSONB,
    rodtep_benefit_data      JSONB,
    gst_refund_data          JSONB,
    cash_flow_timeline       JSONB,
    financing_options        JSONB,
    CONSTRAINT finance_analysis_pkey PRIMARY KEY (id),
    CONSTRAINT finance_analysis_report_unique UNIQUE (report_id),
    CONSTRAINT finance_analysis_report_fkey FOREIGN KEY (report_id, user_id)
        REFERENCES export.reports (id, user_id) ON DELETE CASCADE,
    CONSTRAINT finance_analysis_objects_and_arrays CHECK (
        jsonb_typeof(working_capital_data) IN ('object', 'array')
        AND jsonb_typeof(pre_shipment_credit_data) IN ('object', 'array')
        AND jsonb_typeof(rodtep_benefit_data) IN ('object', 'array')
        AND jsonb_typeof(gst_refund_data) IN ('object', 'array')
        AND jsonb_typeof(cash_flow_timeline) IN ('object', 'array')
        AND jsonb_typeof(financing_options) IN ('object', 'array'))
);
COMMENT ON TABLE export.finance_analysis IS 'What an export costs before it pays: one row for a report at most';
COMMENT ON COLUMN export.finance_analysis.user_id IS 'The exporter';
COMMENT ON COLUMN export.finance_analysis.report_id IS 'The report';
COMMENT ON COLUMN export.finance_analysis.working_capital_data IS 'The money that is needed until the buyer pays; in clear';
COMMENT ON COLUMN export.finance_analysis.pre_shipment_credit_data IS 'Credit before the goods are shipped; in clear';
COMMENT ON COLUMN export.finance_analysis.rodtep_benefit_data IS 'What the RoDTEP scheme pays back; in clear';
COMMENT ON COLUMN export.finance_analysis.gst_refund_data IS 'GST that is paid back; in clear';
COMMENT ON COLUMN export.finance_analysis.cash_flow_timeline IS 'When money comes and goes; in clear';
COMMENT ON COLUMN export.finance_analysis.financing_options IS 'Ways to pay for it all; in clear';
SELECT platform.make_table('export.finance_analysis');
SELECT platform.secure_table('export.finance_analysis', 'user_id', may => 'SELECT');

CREATE INDEX finance_analysis_report ON export.finance_analysis (report_id, user_id);
CREATE INDEX finance_analysis_user ON export.finance_analysis (user_id, id);
