DROP TABLE pantry.pantry_items;
DROP FUNCTION platform.audit_pantry_pantry_items();
