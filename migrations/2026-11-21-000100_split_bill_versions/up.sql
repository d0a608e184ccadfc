-- An UPDATE that finds no row still runs the table's statement triggers, and the audit log's is not cheap. So whether a
-- bill needs a new version is asked first: a new bill with its shares never does.

CREATE OR REPLACE FUNCTION split.raise_bill_version() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    IF EXISTS (SELECT FROM split.bills b
                WHERE b.id IN (SELECT bill_id FROM changed_rows) AND b.xmin <> pg_current_xact_id()::xid) THEN
        UPDATE split.bills b SET row_version = b.row_version
         WHERE b.id IN (SELECT bill_id FROM changed_rows) AND b.xmin <> pg_current_xact_id()::xid;
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION split.raise_bill_version_for_contact() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    IF EXISTS (SELECT FROM old_rows o JOIN new_rows n USING (id) WHERE o.name IS DISTINCT FROM n.name) THEN
        UPDATE split.bills b SET row_version = b.row_version
         WHERE b.id IN (SELECT p.bill_id
                          FROM old_rows o
                          JOIN new_rows n USING (id)
                          JOIN split.bill_participants p ON p.contact_id = n.id
                         WHERE o.name IS DISTINCT FROM n.name)
           AND b.xmin <> pg_current_xact_id()::xid;
    END IF;
    RETURN NULL;
END $$;
