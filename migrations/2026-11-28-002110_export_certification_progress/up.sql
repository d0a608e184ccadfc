-- Certificates that the exports of reports need, and how far each has come.

CREATE TABLE export.certification_progress (
    id                  UUID NOT NULL DEFAULT gen_random_uuid(),
    user_id             UUID NOT NULL,
    report_id           UUID NOT NULL,
    certification_id    VARCHAR(100) NOT NULL,
    certification_name  VARCHAR(255) NOT NULL,
    certification_type  VARCHAR(50) NOT NULL,
    status              VARCHAR(50) NOT NULL DEFAULT 'not_started',
    documents_completed JSONB NOT NULL DEFAULT '[]',
    notes               TEXT,
    started_at          TIMESTAMPTZ,
    completed_at        TIMESTAMPTZ,
    CONSTRAINT certification_progress_pkey PRIMARY KEY (id),
    CONSTRAINT certification_progress_report_unique UNIQUE (report_id, certification_id),
    CONSTRAINT certification_progress_report_fkey
        FOREIGN KEY (report_id, user_id) REFERENCES export.reports (id, user_id) ON DELETE CASCADE,
    CONSTRAINT certification_progress_type_known
        CHECK (certification_type IN ('FDA', 'CE', 'REACH', 'BIS', 'ZED', 'SOFTEX', 'other')),
    CONSTRAINT certification_progress_status_known
        CHECK (status IN ('not_started', 'in_progress', 'completed', 'rejected')),
    CONSTRAINT certification_progress_documents_are_a_list CHECK (jsonb_typeof(documents_completed) = 'array'),
    CONSTRAINT certification_progress_notes_length CHECK (char_length(notes) <= 2000),
    CONSTRAINT certification_progress_started_when_begun CHECK ((started_at IS NULL) = (status = 'not_started')),
    CONSTRAINT certification_progress_completed_when_granted CHECK ((completed_at IS NOT NULL) = (status = 'completed'))
);
COMMENT ON TABLE export.certification_progress IS 'Certificates that reports need, and how far each has come';
COMMENT ON COLUMN export.certification_progress.user_id IS 'Whose report it is';
COMMENT ON COLUMN export.certification_progress.report_id IS 'The report that needs it';
COMMENT ON COLUMN export.certification_progress.certification_id IS 'What the agent calls it';
COMMENT ON COLUMN export.certification_progress.certification_name IS 'What people call it';
COMMENT ON COLUMN export.certification_progress.certification_type IS 'FDA, CE, REACH, BIS, ZED, SOFTEX or other';
COMMENT ON COLUMN export.certification_progress.status IS 'not_started, in_progress, completed or rejected';
COMMENT ON COLUMN export.certification_progress.documents_completed IS 'Documents that are ready, all different, in the order they were added; in clear';
COMMENT ON COLUMN export.certification_progress.notes IS 'What people noted; in clear';
COMMENT ON COLUMN export.certification_progress.started_at IS 'When it was first begun';
COMMENT ON COLUMN export.certification_progress.completed_at IS 'When it was granted';
SELECT platform.make_table('export.certification_progress', enums => '{certification_type,status}');
SELECT platform.secure_table('export.certification_progress', 'user_id', may => 'SELECT, INSERT, UPDATE, DELETE');

-- With the status, so that a user's certificates are counted from the index.
CREATE INDEX certification_progress_user ON export.certification_progress (user_id, report_id, status);
CREATE INDEX certification_progress_status ON export.certification_progress (status);
