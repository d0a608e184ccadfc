-- A row that is set to the values it has has not changed. Tables with versions go on as they were: their version may be
-- raised for rows that belong to them.

CREATE OR REPLACE FUNCTION platform.touch() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    -- Compared byte by byte, so that every type can be.
    IF NEW *<> OLD THEN
        NEW.updated_at := now();
    END IF;
    RETURN NEW;
END $$;
