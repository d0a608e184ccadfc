-- Categories of products and recipes: a forest of at most ten levels.

CREATE TABLE pantry.categories (
    id          UUID NOT NULL DEFAULT gen_random_uuid(),
    name        VARCHAR(100) NOT NULL,
    parent_id   UUID,
    description TEXT,
    CONSTRAINT categories_pkey PRIMARY KEY (id),
    CONSTRAINT categories_name_unique UNIQUE NULLS NOT DISTINCT (parent_id, name),
    CONSTRAINT categories_parent_fkey FOREIGN KEY (parent_id) REFERENCES pantry.categories (id) ON DELETE SET NULL
);
COMMENT ON TABLE pantry.categories IS 'Categories of products and recipes';
COMMENT ON COLUMN pantry.categories.name IS 'Name, unique within the parent';
COMMENT ON COLUMN pantry.categories.parent_id IS 'The category that contains this one; null at the top';
COMMENT ON COLUMN pantry.categories.description IS 'What belongs in it';
SELECT platform.make_table('pantry.categories');
SELECT platform.secure_catalogue('pantry.categories');

-- One change of the forest at a time: two that are each valid could make a cycle together. The lock is taken before the
-- statement locks a row, so that two changes never deadlock. As the owner: operators may not take such locks themselves.
CREATE FUNCTION pantry.lock_categories() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('pantry.categories'));
    RETURN NULL;
END $$;
COMMENT ON FUNCTION pantry.lock_categories() IS 'Lets one transaction at a time change the forest of categories';
REVOKE ALL ON FUNCTION pantry.lock_categories() FROM PUBLIC;

CREATE FUNCTION pantry.check_category() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
    ancestor UUID := NEW.parent_id;
    above    INTEGER := 0;
    height   INTEGER;
BEGIN
    WHILE ancestor IS NOT NULL AND above <= 10 LOOP
        IF ancestor = NEW.id THEN
            RAISE EXCEPTION 'category % is its own ancestor', NEW.id
                USING ERRCODE = 'check_violation', CONSTRAINT = 'categories_no_cycle';
        END IF;
        above := above + 1;
        SELECT parent_id INTO ancestor FROM pantry.categories WHERE id = ancestor;
    END LOOP;
    WITH RECURSIVE subtree (id, level) AS (
        SELECT NEW.id, 1
        UNION ALL
        SELECT c.id, s.level + 1 FROM pantry.categories c JOIN subtree s ON c.parent_id = s.id WHERE s.level <= 10)
    SELECT max(level) INTO height FROM subtree;
    IF above + height > 10 THEN
        RAISE EXCEPTION 'category % reaches below the tenth level', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'categories_ten_levels';
    END IF;
    RETURN NULL;
END $$;
COMMENT ON FUNCTION pantry.check_category() IS 'Refuses a cycle of categories, and an eleventh level';

CREATE TRIGGER lock_categories BEFORE INSERT OR UPDATE OR DELETE ON pantry.categories
    FOR EACH STATEMENT EXECUTE FUNCTION pantry.lock_categories();
CREATE TRIGGER check_category AFTER INSERT OR UPDATE OF parent_id ON pantry.categories
    FOR EACH ROW EXECUTE FUNCTION pantry.check_category();
