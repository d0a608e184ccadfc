REVOKE ALL ON ALL TABLES IN SCHEMA split FROM strongroom_user;
REVOKE USAGE ON SCHEMA split FROM strongroom_user;
DO $$
DECLARE
    name TEXT;
BEGIN
    FOREACH name IN ARRAY '{users,contacts,bills,bill_participants,payment_requests,conversation_states}'::text[] LOOP
        EXECUTE format('DROP POLICY service ON split.%I', name);
        EXECUTE format('DROP POLICY reader ON split.%I', name);
        EXECUTE format('DROP POLICY end_user ON split.%I', name);
        EXECUTE format('ALTER TABLE split.%I DISABLE ROW LEVEL SECURITY', name);
    END LOOP;
END $$;
