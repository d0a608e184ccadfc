-- How the goods of an export travel.

CREATE TABLE export.logistics_analysis (
    id                       UUID NOT NULL DEFAULT gen_random_uuid(),
    user_id                  UUID NOT NULL,
    report_id                UUID NOT NULL,
    lcl_fcl_comparison       JSONB,
    rms_probability_data     JSONB,
    route_analysis           JSONB,
    freight_estimate         JSONB,
    insurance_recommendation JSONB,
    CONSTRAINT logistics_analysis_pkey PRIMARY KEY (id),
    CONSTRAINT logistics_analysis_report_unique UNIQUE (report_id),
    CONSTRAINT logistics_analysis_report_fkey FOREIGN KEY (report_id, user_id)
        REFERENCES export.reports (id, user_id) ON DELETE CASCADE,
    CONSTRAINT logistics_analysis_not_empty CHECK (
        num_nonnulls(lcl_fcl_comparison, rms_probability_data, route_analysis, freight_estimate, insurance_recommendation) > 0),
    CONSTRAINT logistics_analysis_objects_and_arrays CHECK (
        jsonb_typeof(lcl_fcl_comparison) IN ('object', 'array')
        AND jsonb_typeof(rms_probability_data) IN ('object', 'array')
        AND jsonb_typeof(route_analysis) IN ('object', 'array')
        AND jsonb_typeof(freight_estimate) IN ('object', 'array')
        AND jsonb_typeof(insurance_recommendation) IN ('object', 'array'))
);
COMMENT ON TABLE export.logistics_analysis IS 'How the goods of an export travel: one row for a report at most';
COMMENT ON COLUMN export.logistics_analysis.user_id IS 'The exporter';
COMMENT ON COLUMN export.logistics_analysis.report_id IS 'The report';
COMMENT ON COLUMN export.logistics_analysis.lcl_fcl_comparison IS 'A part of a container compared with a whole one; in clear';
COMMENT ON COLUMN export.logistics_analysis.rms_probability_data IS 'How likely customs is to examine the goods; in clear';
COMMENT ON COLUMN export.logistics_analysis.route_analysis IS 'The routes; in clear';
COMMENT ON COLUMN export.logistics_analysis.freight_estimate IS 'What the carriage costs; in clear';
COMMENT ON COLUMN export.logistics_analysis.insurance_recommendation IS 'Which insurance to take; in clear';
SELECT platform.make_table('export.logistics_analysis');
SELECT platform.secure_table('export.logistics_analysis', 'user_id', may => 'SELECT');

CREATE INDEX logistics_analysis_report ON export.logistics_analysis (report_id, user_id);
CREATE INDEX logistics_analysis_user ON export.logistics_analysis (user_id, id);
