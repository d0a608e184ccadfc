-- What exporters have done so far: counts of events, which never fall.

CREATE TABLE export.user_metrics (
    id                       UUID NOT NULL DEFAULT gen_random_uuid(),
    user_id                  UUID NOT NULL,
    reports_generated        INTEGER NOT NULL DEFAULT 0,
    certifications_completed INTEGER NOT NULL DEFAULT 0,
    documents_generated      INTEGER NOT NULL DEFAULT 0,
    exports_completed        INTEGER NOT NULL DEFAULT 0,
    timeline_reduction_days  INTEGER NOT NULL DEFAULT 0,
    cost_savings             NUMERIC(12, 2) NOT NULL DEFAULT 0,
    last_export_date         TIMESTAMPTZ,
    CONSTRAINT user_metrics_pkey PRIMARY KEY (id),
    CONSTRAINT user_metrics_user_unique UNIQUE (user_id),
    CONSTRAINT user_metrics_user_fkey FOREIGN KEY (user_id) REFERENCES export.users (id) ON DELETE CASCADE,
    CONSTRAINT user_metrics_reports_not_negative CHECK (reports_generated >= 0),
    CONSTRAINT user_metrics_certifications_not_negative CHECK (certifications_completed >= 0),
    CONSTRAINT user_metrics_documents_not_negative CHECK (documents_generated >= 0),
    CONSTRAINT user_metrics_exports_not_negative CHECK (exports_completed >= 0),
    CONSTRAINT user_metrics_days_not_negative CHECK (timeline_reduction_days >= 0),
    CONSTRAINT user_metrics_savings_not_negative CHECK (cost_savings >= 0 AND cost_savings < 'Infinity')
);
COMMENT ON TABLE export.user_metrics IS 'What each exporter has done so far';
COMMENT ON COLUMN export.user_metrics.user_id IS 'The exporter, who has one row from the beginning';
COMMENT ON COLUMN export.user_metrics.reports_generated IS 'Reports that were completed';
COMMENT ON COLUMN export.user_metrics.certifications_completed IS 'Certificates that were completed';
COMMENT ON COLUMN export.user_metrics.documents_generated IS 'Documents that were made';
COMMENT ON COLUMN export.user_metrics.exports_completed IS 'Exports that were marked as done';
COMMENT ON COLUMN export.user_metrics.timeline_reduction_days IS 'Days saved by all exports together';
COMMENT ON COLUMN export.user_metrics.cost_savings IS 'Costs saved by all exports together';
COMMENT ON COLUMN export.user_metrics.last_export_date IS 'When the latest of the exports was';
SELECT platform.make_table('export.user_metrics');
SELECT platform.secure_table('export.user_metrics', 'user_id', may => 'SELECT, UPDATE');
