DROP TABLE export.action_plan_progress;
DROP FUNCTION platform.audit_export_action_plan_progress();
