-- Bill splitting behind row security: an organiser reaches what is the organiser's.

SELECT platform.secure_table('split.users', 'id');
SELECT platform.secure_table('split.contacts', 'user_id');
SELECT platform.secure_table('split.bills', 'user_id');
SELECT platform.secure_table('split.bill_participants', 'user_id');
-- A request has no user of its own, and a second one could disagree with its share's.
SELECT platform.secure_table('split.payment_requests', 'bill_participant_id', 'split.bill_participants');
SELECT platform.secure_table('split.conversation_states', 'user_id');

-- What end users may do. Roots are deleted by an update; who makes users, and what is deleted for good, the service
-- decides.
GRANT USAGE ON SCHEMA split TO strongroom_user;
GRANT SELECT, UPDATE ON split.users TO strongroom_user;
GRANT SELECT, INSERT, UPDATE ON split.contacts TO strongroom_user;
GRANT SELECT, INSERT, UPDATE ON split.bills TO strongroom_user;
GRANT SELECT, INSERT, UPDATE, DELETE ON split.bill_participants TO strongroom_user;
GRANT SELECT, INSERT, UPDATE ON split.payment_requests TO strongroom_user;
GRANT SELECT, INSERT, UPDATE, DELETE ON split.conversation_states TO strongroom_user;
