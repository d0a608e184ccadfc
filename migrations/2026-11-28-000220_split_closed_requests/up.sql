-- A payment request is closed for a reason, and a share has at most one that is open. A new split takes away neither
-- the requests that were made before it nor the shares they asked for: it replaces those shares.

ALTER TABLE split.payment_requests
    ADD COLUMN closed_reason VARCHAR(20),
    ADD COLUMN closed_at TIMESTAMPTZ;
COMMENT ON COLUMN split.payment_requests.id IS 'Primary key; without hyphens, the transaction reference of its link';
COMMENT ON COLUMN split.payment_requests.closed_reason IS
    'Why it is closed: paid, superseded (by another request or a new split), cancelled (the bill), undone (the confirmation) or erased (the payer)';
COMMENT ON COLUMN split.payment_requests.closed_at IS 'When it was closed; an open one can still be sent and paid';

UPDATE split.payment_requests SET closed_reason = 'paid', closed_at = confirmed_at WHERE status = 'confirmed';
UPDATE split.payment_requests r SET closed_reason = 'cancelled', closed_at = now()
  FROM split.bill_participants p JOIN split.bills b ON b.id = p.bill_id
 WHERE p.id = r.bill_participant_id AND r.closed_at IS NULL AND b.status = 'cancelled';
UPDATE split.payment_requests r SET closed_reason = 'superseded', closed_at = now()
  FROM split.bill_participants p
 WHERE p.id = r.bill_participant_id AND r.closed_at IS NULL
   AND (p.payment_status = 'confirmed'
        OR EXISTS (SELECT FROM split.payment_requests later
                    WHERE later.bill_participant_id = p.id AND later.closed_at IS NULL
                      AND (later.created_at, later.id) > (r.created_at, r.id)));

ALTER TABLE split.payment_requests
    ADD CONSTRAINT payment_requests_closed_reason_known
        CHECK (closed_reason IN ('paid', 'superseded', 'cancelled', 'undone', 'erased')),
    ADD CONSTRAINT payment_requests_closed_for_a_reason CHECK ((closed_at IS NULL) = (closed_reason IS NULL)),
    ADD CONSTRAINT payment_requests_confirmed_when_paid
        CHECK ((status = 'confirmed') = (closed_reason IS NOT DISTINCT FROM 'paid'));
CREATE UNIQUE INDEX payment_requests_one_open ON split.payment_requests (bill_participant_id) WHERE closed_at IS NULL;
CREATE INDEX payment_requests_closed_at ON split.payment_requests (closed_at) WHERE closed_at IS NOT NULL;

SELECT platform.audit_table('split.payment_requests', enums => '{status,closed_reason}');

ALTER TABLE split.bill_participants
    ADD COLUMN replaced_at TIMESTAMPTZ,
    ADD CONSTRAINT bill_participants_replaced_when_unpaid CHECK (replaced_at IS NULL OR payment_status <> 'confirmed'),
    DROP CONSTRAINT bill_participants_contact_unique;
CREATE UNIQUE INDEX bill_participants_contact_unique ON split.bill_participants (bill_id, contact_id)
    WHERE replaced_at IS NULL;
CREATE INDEX bill_participants_replaced_at ON split.bill_participants (replaced_at) WHERE replaced_at IS NOT NULL;
COMMENT ON COLUMN split.bill_participants.id IS 'Primary key';
COMMENT ON COLUMN split.bill_participants.replaced_at IS
    'When a new split took the place of this share; it counts for nothing and stays for its payment requests';

SELECT platform.audit_table('split.bill_participants', enums => '{payment_status}');
