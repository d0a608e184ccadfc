DELETE FROM split.bill_participants WHERE replaced_at IS NOT NULL;
DROP INDEX split.bill_participants_replaced_at;
DROP INDEX split.bill_participants_contact_unique;
ALTER TABLE split.bill_participants
    DROP CONSTRAINT bill_participants_replaced_when_unpaid,
    DROP COLUMN replaced_at,
    ADD CONSTRAINT bill_participants_contact_unique UNIQUE (bill_id, contact_id);
COMMENT ON COLUMN split.bill_participants.id IS 'Primary key; the transaction reference of the payment link';

SELECT platform.audit_table('split.bill_participants', enums => '{payment_status}');

DROP INDEX split.payment_requests_closed_at;
DROP INDEX split.payment_requests_one_open;
ALTER TABLE split.payment_requests
    DROP CONSTRAINT payment_requests_confirmed_when_paid,
    DROP CONSTRAINT payment_requests_closed_for_a_reason,
    DROP CONSTRAINT payment_requests_closed_reason_known,
    DROP COLUMN closed_at,
    DROP COLUMN closed_reason;
COMMENT ON COLUMN split.payment_requests.id IS 'Primary key';

SELECT platform.audit_table('split.payment_requests', enums => '{status}');
