-- Reports on what it takes to export a product to a country.

CREATE TABLE export.reports (
    id                      UUID NOT NULL DEFAULT gen_random_uuid(),
    user_id                 UUID NOT NULL,
    product_name            VARCHAR(255) NOT NULL,
    destination_country     VARCHAR(100) NOT NULL,
    product_image_url       VARCHAR(500),
    ingredients             TEXT,
    bom                     TEXT,
    business_type           VARCHAR(50) NOT NULL,
    company_size            VARCHAR(50) NOT NULL,
    monthly_volume          INTEGER,
    price_range             VARCHAR(100),
    payment_mode            VARCHAR(100),
    hs_code                 VARCHAR(20),
    hs_code_confidence      NUMERIC(5, 2),
    risk_score              INTEGER,
    estimated_cost          NUMERIC(12, 2),
    estimated_timeline_days INTEGER,
    report_data             JSONB NOT NULL DEFAULT '{}',
    status                  VARCHAR(50) NOT NULL DEFAULT 'processing',
    failure_reason          platform.sealed,
    CONSTRAINT reports_pkey PRIMARY KEY (id),
    -- What the tables of a report refer to.
    CONSTRAINT reports_id_user_unique UNIQUE (id, user_id),
    CONSTRAINT reports_user_fkey FOREIGN KEY (user_id) REFERENCES export.users (id) ON DELETE CASCADE,
    CONSTRAINT reports_ingredients_length CHECK (char_length(ingredients) <= 2000),
    CONSTRAINT reports_bom_length CHECK (char_length(bom) <= 2000),
    CONSTRAINT reports_business_type_known CHECK (business_type IN ('Manufacturing', 'SaaS', 'Merchant')),
    CONSTRAINT reports_company_size_known CHECK (company_size IN ('Micro', 'Small', 'Medium')),
    CONSTRAINT reports_monthly_volume_positive CHECK (monthly_volume > 0),
    CONSTRAINT reports_hs_code_digits CHECK (hs_code ~ '^([0-9]{6}|[0-9]{8}|[0-9]{10})$'),
    -- NaN is greater than every number, so the upper bound is what keeps it out.
    CONSTRAINT reports_hs_code_confidence_range
        CHECK (hs_code_confidence >= 0 AND hs_code_confidence <= 100 AND hs_code_confidence < 'Infinity'),
    CONSTRAINT reports_risk_score_range CHECK (risk_score BETWEEN 0 AND 100),
    CONSTRAINT reports_estimated_cost_not_negative CHECK (estimated_cost >= 0 AND estimated_cost < 'Infinity'),
    CONSTRAINT reports_estimated_timeline_not_negative CHECK (estimated_timeline_days >= 0),
    CONSTRAINT reports_report_data_is_an_object CHECK (jsonb_typeof(report_data) = 'object'),
    CONSTRAINT reports_status_known CHECK (status IN ('processing', 'completed', 'failed')),
    CONSTRAINT reports_failure_reason_while_failed CHECK (failure_reason IS NULL OR status = 'failed')
);
COMMENT ON TABLE export.reports IS 'Reports on what it takes to export a product to a country';
COMMENT ON COLUMN export.reports.user_id IS 'The exporter who asked for it';
COMMENT ON COLUMN export.reports.product_name IS 'The product';
COMMENT ON COLUMN export.reports.destination_country IS 'Where it is exported to';
COMMENT ON COLUMN export.reports.product_image_url IS 'A picture of it, stored and never fetched';
COMMENT ON COLUMN export.reports.ingredients IS 'What it consists of';
COMMENT ON COLUMN export.reports.bom IS 'Bill of materials';
COMMENT ON COLUMN export.reports.business_type IS 'Manufacturing, SaaS or Merchant: the user''s when the report was made, unless another was given';
COMMENT ON COLUMN export.reports.company_size IS 'Micro, Small or Medium: the user''s when the report was made, unless another was given';
COMMENT ON COLUMN export.reports.monthly_volume IS 'What the company ships in a month: the user''s when the report was made, unless another was given';
COMMENT ON COLUMN export.reports.price_range IS 'What the product costs';
COMMENT ON COLUMN export.reports.payment_mode IS 'How buyers pay';
COMMENT ON COLUMN export.reports.hs_code IS 'Code of the product in the Harmonized System: 6, 8 or 10 digits';
COMMENT ON COLUMN export.reports.hs_code_confidence IS 'How certain the code is, in percent';
COMMENT ON COLUMN export.reports.risk_score IS 'From 0 to 100, the riskiest';
COMMENT ON COLUMN export.reports.estimated_cost IS 'Cost of becoming ready to export';
COMMENT ON COLUMN export.reports.estimated_timeline_days IS 'Days until ready to export';
COMMENT ON COLUMN export.reports.report_data IS 'The whole report, as the agent wrote it; in clear';
COMMENT ON COLUMN export.reports.status IS 'processing, completed or failed';
COMMENT ON COLUMN export.reports.failure_reason IS 'Why it failed; sealed';
SELECT platform.make_table('export.reports', versioned => true, soft_delete => true,
                           enums => '{business_type,company_size,status}');
SELECT platform.secure_table('export.reports', 'user_id', may => 'SELECT, INSERT, UPDATE');

-- Lists are in the order of creation, whatever they are filtered by.
CREATE INDEX reports_user_created_at ON export.reports (user_id, created_at, id);
CREATE INDEX reports_created_at ON export.reports (created_at DESC, id DESC);
CREATE INDEX reports_status ON export.reports (status, created_at, id);
CREATE INDEX reports_destination ON export.reports (destination_country, created_at, id);
CREATE INDEX reports_hs_code ON export.reports (hs_code text_pattern_ops);
CREATE INDEX reports_risk_score ON export.reports (risk_score);
