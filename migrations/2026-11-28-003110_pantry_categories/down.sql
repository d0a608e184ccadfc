DROP TABLE pantry.categories;
DROP FUNCTION platform.audit_pantry_categories();
DROP FUNCTION pantry.check_category();
DROP FUNCTION pantry.lock_categories();
