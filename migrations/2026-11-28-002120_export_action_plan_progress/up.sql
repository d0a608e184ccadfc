-- The tasks of the seven days in which an exporter becomes ready, and which of them are done.

CREATE TABLE export.action_plan_progress (
    id               UUID NOT NULL DEFAULT gen_random_uuid(),
    user_id          UUID NOT NULL,
    report_id        UUID NOT NULL,
    task_id          VARCHAR(100) NOT NULL,
    task_title       VARCHAR(255) NOT NULL,
    day_number       INTEGER NOT NULL,
    task_description TEXT,
    task_category    VARCHAR(50),
    completed        BOOLEAN NOT NULL DEFAULT false,
    completed_at     TIMESTAMPTZ,
    CONSTRAINT action_plan_progress_pkey PRIMARY KEY (id),
    CONSTRAINT action_plan_progress_task_unique UNIQUE (report_id, task_id),
    CONSTRAINT action_plan_progress_report_fkey
        FOREIGN KEY (report_id, user_id) REFERENCES export.reports (id, user_id) ON DELETE CASCADE,
    CONSTRAINT action_plan_progress_task_id_plain CHECK (task_id ~ '^[A-Za-z0-9._:-]+$'),
    CONSTRAINT action_plan_progress_day_range CHECK (day_number BETWEEN 1 AND 7),
    CONSTRAINT action_plan_progress_description_length CHECK (char_length(task_description) <= 2000),
    CONSTRAINT action_plan_progress_category_known
        CHECK (task_category IN ('certification', 'documentation', 'logistics', 'finance')),
    CONSTRAINT action_plan_progress_completed_at_when_completed CHECK ((completed_at IS NOT NULL) = completed)
);
COMMENT ON TABLE export.action_plan_progress IS 'Tasks of the seven-day plans of reports, and which of them are done';
COMMENT ON COLUMN export.action_plan_progress.user_id IS 'Whose report it is';
COMMENT ON COLUMN export.action_plan_progress.report_id IS 'The report whose plan it is';
COMMENT ON COLUMN export.action_plan_progress.task_id IS 'What the agent calls the task';
COMMENT ON COLUMN export.action_plan_progress.task_title IS 'What is to be done';
COMMENT ON COLUMN export.action_plan_progress.day_number IS 'Day of the plan, from 1 to 7';
COMMENT ON COLUMN export.action_plan_progress.task_description IS 'How to do it';
COMMENT ON COLUMN export.action_plan_progress.task_category IS 'certification, documentation, logistics or finance';
COMMENT ON COLUMN export.action_plan_progress.completed IS 'Whether it is done';
COMMENT ON COLUMN export.action_plan_progress.completed_at IS 'When it was done';
SELECT platform.make_table('export.action_plan_progress', enums => '{task_category}');
SELECT platform.secure_table('export.action_plan_progress', 'user_id', may => 'SELECT, INSERT, UPDATE, DELETE');

-- With what is done, so that a user's tasks are counted from the index.
CREATE INDEX action_plan_progress_user ON export.action_plan_progress (user_id, report_id, completed);
CREATE INDEX action_plan_progress_completed ON export.action_plan_progress (completed);
