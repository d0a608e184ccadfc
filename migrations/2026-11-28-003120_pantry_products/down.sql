DROP TABLE pantry.products;
DROP FUNCTION platform.audit_pantry_products();
