-- Documents of an export, and what checks found in them.

CREATE TABLE export.generated_documents (
    id                 UUID NOT NULL DEFAULT gen_random_uuid(),
    user_id            UUID NOT NULL,
    report_id          UUID NOT NULL,
    document_type      VARCHAR(100) NOT NULL,
    document_data      platform.sealed NOT NULL,
    document_data_bidx platform.blind_index,
    pdf_url            VARCHAR(500),
    editable_url       VARCHAR(500),
    validation_results JSONB,
    is_valid           BOOLEAN NOT NULL DEFAULT false,
    CONSTRAINT generated_documents_pkey PRIMARY KEY (id),
    CONSTRAINT generated_documents_report_fkey FOREIGN KEY (report_id, user_id)
        REFERENCES export.reports (id, user_id) ON DELETE CASCADE,
    CONSTRAINT generated_documents_document_type_known CHECK (document_type IN (
        'commercial_invoice', 'packing_list', 'shipping_bill', 'gst_lut', 'softex', 'certificate_of_origin')),
    CONSTRAINT generated_documents_only_invoices_are_indexed
        CHECK (document_data_bidx IS NULL OR document_type = 'commercial_invoice'),
    CONSTRAINT generated_documents_validation_results_are_a_list CHECK (jsonb_typeof(validation_results) = 'array')
);
COMMENT ON TABLE export.generated_documents IS 'Documents of an export';
COMMENT ON COLUMN export.generated_documents.user_id IS 'The exporter';
COMMENT ON COLUMN export.generated_documents.report_id IS 'The report the document belongs to';
COMMENT ON COLUMN export.generated_documents.document_type IS
    'commercial_invoice, packing_list, shipping_bill, gst_lut, softex or certificate_of_origin';
COMMENT ON COLUMN export.generated_documents.document_data IS 'The content, as JSON; sealed';
COMMENT ON COLUMN export.generated_documents.document_data_bidx IS 'Blind index of the invoice number in document_data; of invoices only';
COMMENT ON COLUMN export.generated_documents.pdf_url IS 'Where the document can be printed from';
COMMENT ON COLUMN export.generated_documents.editable_url IS 'Where it can be edited';
COMMENT ON COLUMN export.generated_documents.validation_results IS
    'What the checks found when it last changed: fields and faults, never what the document says; in clear';
COMMENT ON COLUMN export.generated_documents.is_valid IS 'Whether they found no error';
SELECT platform.make_table('export.generated_documents', enums => '{document_type}');
SELECT platform.secure_table('export.generated_documents', 'user_id', may => 'SELECT, INSERT, UPDATE, DELETE');

-- The user's column too, so that one index serves the key, and the list of a report in its order.
CREATE INDEX generated_documents_report ON export.generated_documents (report_id, user_id, created_at, id);
-- With the validity, so that a user's documents are counted from the index.
CREATE INDEX generated_documents_user ON export.generated_documents (user_id, report_id, is_valid);
-- By type alone, and the newest of a type in a report.
CREATE INDEX generated_documents_document_type ON export.generated_documents (document_type, report_id, created_at, id);
CREATE INDEX generated_documents_invoice_number ON export.generated_documents (report_id, document_data_bidx)
    WHERE document_data_bidx IS NOT NULL;
