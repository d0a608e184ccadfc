-- UPI payment requests: one link for a share, followed until it is paid.

CREATE TABLE split.payment_requests (
    id                    UUID NOT NULL DEFAULT gen_random_uuid(),
    bill_participant_id   UUID NOT NULL,
    upi_link              platform.sealed NOT NULL,
    whatsapp_sent         BOOLEAN NOT NULL DEFAULT false,
    whatsapp_failed       BOOLEAN NOT NULL DEFAULT false,
    sms_sent              BOOLEAN NOT NULL DEFAULT false,
    sms_failed            BOOLEAN NOT NULL DEFAULT false,
    status                VARCHAR(20) NOT NULL DEFAULT 'pending',
    delivery_attempts     INTEGER NOT NULL DEFAULT 0,
    confirmed_at          TIMESTAMPTZ,
    last_delivery_attempt TIMESTAMPTZ,
    delivery_error        platform.sealed,
    created_at            TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at            TIMESTAMPTZ NOT NULL DEFAULT now(),
    CONSTRAINT payment_requests_pkey PRIMARY KEY (id),
    CONSTRAINT payment_requests_bill_participant_fkey FOREIGN KEY (bill_participant_id)
        REFERENCES split.bill_participants (id) ON DELETE CASCADE,
    CONSTRAINT payment_requests_status_known CHECK (status IN ('pending', 'sent', 'delivered', 'confirmed', 'failed')),
    CONSTRAINT payment_requests_confirmed_at_when_confirmed CHECK ((status = 'confirmed') = (confirmed_at IS NOT NULL)),
    CONSTRAINT payment_requests_whatsapp_sent_or_failed CHECK (NOT (whatsapp_sent AND whatsapp_failed)),
    CONSTRAINT payment_requests_sms_sent_or_failed CHECK (NOT (sms_sent AND sms_failed)),
    CONSTRAINT payment_requests_delivery_attempts_not_negative CHECK (delivery_attempts >= 0)
);
CREATE INDEX payment_requests_bill_participant ON split.payment_requests (bill_participant_id, created_at);
CREATE INDEX payment_requests_status ON split.payment_requests (status);
CREATE INDEX payment_requests_created_at ON split.payment_requests (created_at, id);

COMMENT ON TABLE split.payment_requests IS 'UPI payment requests';
COMMENT ON COLUMN split.payment_requests.id IS 'Primary key';
COMMENT ON COLUMN split.payment_requests.bill_participant_id IS 'The share that is asked for';
COMMENT ON COLUMN split.payment_requests.upi_link IS 'upi://pay link, which holds the payee''s UPI address and name; sealed';
COMMENT ON COLUMN split.payment_requests.whatsapp_sent IS 'Sent by WhatsApp';
COMMENT ON COLUMN split.payment_requests.whatsapp_failed IS 'Sending by WhatsApp failed';
COMMENT ON COLUMN split.payment_requests.sms_sent IS 'Sent by SMS';
COMMENT ON COLUMN split.payment_requests.sms_failed IS 'Sending by SMS failed';
COMMENT ON COLUMN split.payment_requests.status IS 'pending, sent, delivered, confirmed or failed';
COMMENT ON COLUMN split.payment_requests.delivery_attempts IS 'How often sending was tried';
COMMENT ON COLUMN split.payment_requests.confirmed_at IS 'When the payment was confirmed';
COMMENT ON COLUMN split.payment_requests.last_delivery_attempt IS 'When sending was last tried';
COMMENT ON COLUMN split.payment_requests.delivery_error IS 'Why sending last failed; sealed';
COMMENT ON COLUMN split.payment_requests.created_at IS 'When the row was made';
COMMENT ON COLUMN split.payment_requests.updated_at IS 'When the row last changed';

CREATE TRIGGER touch BEFORE UPDATE ON split.payment_requests FOR EACH ROW EXECUTE FUNCTION platform.touch();
SELECT platform.audit_table('split.payment_requests', enums => '{status}');
GRANT SELECT, INSERT, UPDATE, DELETE ON split.payment_requests TO strongroom_app;
GRANT SELECT ON split.payment_requests TO strongroom_reader;
