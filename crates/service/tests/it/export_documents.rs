//! Documents of an export: what the checks find, and when they look.

use domain::export::{DocumentFilter, DocumentType, GeneratedDocument, GeneratedDocumentChanges};
use domain::{Id, PageRequest};
use repository::testing::{self, TestDatabase};
use repository::{Actor, Tx};
use serde_json::{Value, json};
use strongroom_service::Error;
use strongroom_service::export::{generated_documents, user_metrics, users};

use crate::export_fixtures::{
    document, document_data, exporter, new_document, new_user, not_found, report, report_of, valid_lut,
};

fn invoice() -> Value {
    json!({
        "invoice_number": "INV/2026-7", "invoice_date": "2026-11-20", "exporter_name": "Suvarna Spices",
        "exporter_address": "Kochi", "consignee_name": "Gewürzhaus GmbH", "consignee_address": "Speicherstadt 1",
        "destination_country": "Germany", "port_of_discharge": "Hamburg", "total_value": "1176.00", "currency": "EUR",
        "items": [{"quantity": 500, "unit_price": 2.35}, {"quantity": 3, "unit_price": "0.333"}],
        "payment_terms": "30 days",
    })
}

fn shipping_bill(name: &str, gstin: &str) -> Value {
    json!({
        "shipping_bill_number": "7654321", "date": "2026-11-21", "exporter_name": name, "exporter_gstin": gstin,
        "exporter_iec": "ABCDE1234F", "consignee_name": "Gewürzhaus GmbH", "destination_country": "Germany",
        "port_of_loading": "Kochi", "port_of_discharge": "Hamburg", "total_fob_value": 1175, "currency": "EUR",
        "items": [{"quantity": 500, "unit_price": "2.35"}],
    })
}

fn with(document: &Value, changes: &Value) -> Value {
    let mut document = document.clone();
    document.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    document
}

/// Field and code of everything that was found in a document.
fn found(document: &GeneratedDocument) -> Vec<(&str, &'static str)> {
    let findings = document.summary.validation_results.iter();
    findings.map(|finding| (finding.field.as_str(), finding.code.as_str())).collect()
}

fn change(tx: &mut Tx<'_>, document: &GeneratedDocument, json: &Value) -> GeneratedDocument {
    let changes = GeneratedDocumentChanges { data: Some(document_data(json)), ..Default::default() };
    generated_documents::update(tx, document.summary.id, changes).unwrap()
}

/// A change of nothing, by which a document is checked again.
fn check_again(tx: &mut Tx<'_>, document: &GeneratedDocument) -> GeneratedDocument {
    generated_documents::update(tx, document.summary.id, GeneratedDocumentChanges::default()).unwrap()
}

#[test]
fn a_document_is_stored_with_its_faults_and_valid_once_they_are_mended() {
    testing::check(|tx| {
        let user = exporter(tx);
        let report = report_of(tx, user);
        let wrong = json!({
            "port_of_discharge": "", "invoice_number": "INV 2026#7", "currency": "EURO", "total_value": 1176.10,
        });
        let made = document(tx, report, DocumentType::CommercialInvoice, &with(&invoice(), &wrong)).unwrap();
        let expected = [
            ("/port_of_discharge", "missing"),
            ("/invoice_number", "invalid_number"),
            ("/currency", "unknown_currency"),
            ("/total_value", "total_mismatch"),
        ];
        assert_eq!((found(&made), made.summary.is_valid), (expected.to_vec(), false));
        let mended = change(tx, &made, &invoice());
        assert_eq!((found(&mended), mended.summary.is_valid), (vec![], true));
        assert_eq!(generated_documents::get(tx, made.summary.id).unwrap(), mended);
        assert_eq!(user_metrics::get(tx, user).unwrap().documents_generated, 1);
        generated_documents::delete(tx, made.summary.id).unwrap();
        assert_eq!(user_metrics::get(tx, user).unwrap().documents_generated, 1, "it was made");
    });
}

#[test]
fn a_lut_and_the_newest_shipping_bill_of_a_report_name_one_exporter() {
    testing::check(|tx| {
        let report = report(tx);
        let lut = document(tx, report, DocumentType::GstLut, &valid_lut()).unwrap();
        assert_eq!(found(&lut), [], "there is nothing to compare it with");
        let mut bill = |name, gstin| {
            document(tx, report, DocumentType::ShippingBill, &shipping_bill(name, gstin)).unwrap()
        };
        let same = bill("SUVARNA SPICES PRIVATE LIMITED", "27abcde1234f1z0");
        assert_eq!(found(&same), []);
        let other = bill("Suvarna Exports", "29ABCDE1234F2ZV");
        let differences = [("/exporter_gstin", "gstin_mismatch"), ("/exporter_name", "name_mismatch")];
        assert_eq!(found(&other), differences);
        let slip = bill("Suvarna Spices", "27ABCDE1234F1Z1");
        assert_eq!(found(&slip), [("/exporter_gstin", "invalid_gstin")]);

        assert_eq!(found(&check_again(tx, &lut)), [], "the newest has no number to compare with");
        generated_documents::delete(tx, slip.summary.id).unwrap();
        assert_eq!(found(&check_again(tx, &lut)), differences);
        generated_documents::delete(tx, other.summary.id).unwrap();
        assert_eq!(found(&check_again(tx, &lut)), []);
    });
}

#[test]
fn a_second_invoice_with_a_number_is_warned_of() {
    testing::check(|tx| {
        let user = exporter(tx);
        let (mine, other) = (report_of(tx, user), report_of(tx, user));
        let mut make = |report, number: &str| {
            let invoice = with(&invoice(), &json!({"invoice_number": number}));
            document(tx, report, DocumentType::CommercialInvoice, &invoice).unwrap()
        };
        let first = make(mine, "INV/2026-7");
        assert_eq!(found(&make(other, "INV/2026-7")), [], "of another report");
        let second = make(mine, " inv/2026-7 ");
        assert_eq!(found(&second), [("/invoice_number", "duplicate_number")]);
        assert!(second.summary.is_valid, "it is a warning");
        assert_eq!(found(&check_again(tx, &first)), [("/invoice_number", "duplicate_number")]);
        let renumbered = with(&invoice(), &json!({"invoice_number": "INV/2026-8"}));
        assert_eq!(found(&change(tx, &second, &renumbered)), []);
        assert_eq!(found(&check_again(tx, &first)), []);
    });
}

#[test]
fn a_preview_finds_the_same_and_stores_nothing() {
    testing::check(|tx| {
        let user = exporter(tx);
        let report = report_of(tx, user);
        document(tx, report, DocumentType::CommercialInvoice, &invoice()).unwrap();
        let wrong = document_data(&with(&invoice(), &json!({"currency": "EURO"})));
        let preview =
            generated_documents::preview(tx, report, DocumentType::CommercialInvoice, &wrong).unwrap();
        let codes: Vec<_> = preview.iter().map(|finding| finding.code.as_str()).collect();
        assert_eq!(codes, ["unknown_currency", "duplicate_number"]);
        let listed =
            generated_documents::list(tx, report, DocumentFilter::default(), PageRequest::default()).unwrap();
        assert_eq!(listed.items.len(), 1);
        assert_eq!(user_metrics::get(tx, user).unwrap().documents_generated, 1);
    });
}

#[test]
fn what_is_asked_of_a_report_that_is_not_there_is_not_found() {
    testing::check(|tx| {
        let nowhere = Id::generate();
        assert_eq!(not_found(document(tx, nowhere, DocumentType::GstLut, &valid_lut())), "report");
        assert_eq!(
            not_found(generated_documents::preview(
                tx,
                nowhere,
                DocumentType::GstLut,
                &document_data(&valid_lut())
            )),
            "report"
        );
        let filter = DocumentFilter::default();
        assert_eq!(
            not_found(generated_documents::list(tx, nowhere, filter, PageRequest::default())),
            "report"
        );
    });
}

#[test]
fn an_exporter_keeps_documents_of_its_own_and_nobody_elses() {
    let test = TestDatabase::new();
    let database = test.database();
    let make = |address: &str| {
        let make = |tx: &mut Tx<'_>| {
            let user = users::create(tx, new_user(address))?.id;
            Ok((user, report_of(tx, user)))
        };
        database.write::<_, Error>("test", &Actor::system(), make).unwrap()
    };
    let ((asha, of_asha), (_, of_bina)) = (make("asha@x.example"), make("bina@x.example"));
    let as_asha = Actor::end_user("export", asha.uuid());
    let hers = database
        .write("test", &Actor::system(), |tx| {
            document(tx, of_bina, DocumentType::CommercialInvoice, &invoice())
        })
        .unwrap();
    database
        .write::<_, Error>("test", &as_asha, |tx| {
            let made = document(tx, of_asha, DocumentType::CommercialInvoice, &invoice())?;
            assert_eq!(found(&change(tx, &made, &invoice())), []);
            assert_eq!(user_metrics::get(tx, asha)?.documents_generated, 1);
            generated_documents::delete(tx, made.summary.id)?;
            let id = hers.summary.id;
            assert_eq!(not_found(generated_documents::get(tx, id)), "document");
            assert_eq!(
                not_found(generated_documents::update(tx, id, GeneratedDocumentChanges::default())),
                "document"
            );
            assert_eq!(not_found(generated_documents::delete(tx, id)), "document");
            let new = new_document(of_bina, DocumentType::GstLut, &valid_lut());
            assert_eq!(not_found(generated_documents::create(tx, new)), "report");
            Ok(())
        })
        .unwrap();
}

#[test]
fn no_party_and_no_number_of_a_document_is_stored_in_clear() {
    let test = TestDatabase::new();
    let database = test.database();
    database
        .write::<_, Error>("test", &Actor::system(), |tx| {
            let report = report(tx);
            let wrong =
                json!({"invoice_number": "Q#SECRET 77", "currency": "SECRET", "total_value": "7 secret"});
            document(tx, report, DocumentType::CommercialInvoice, &with(&invoice(), &wrong))?;
            document(tx, report, DocumentType::GstLut, &valid_lut())?;
            let bill = shipping_bill("Secret Exports", "27ABCDE1234F1Z1");
            document(tx, report, DocumentType::ShippingBill, &bill)
        })
        .unwrap();
    let rows = repository::ops::query::read(
        test.url("strongroom_reader"),
        std::time::Duration::from_secs(30),
        "export",
        "SELECT (SELECT string_agg(d::text, ' ') FROM generated_documents d)
                || (SELECT string_agg(a::text, ' ') FROM platform.audit_log a) AS text",
    );
    let text = rows.unwrap().rows[0]["text"].as_str().unwrap().to_lowercase();
    assert!(text.contains("name_mismatch") && text.contains("documents_generated"), "{text}");
    for secret in ["secret", "suvarna", "gewürzhaus", "abcde1234f", "ad2703"] {
        assert!(!text.contains(secret), "{secret}: {text}");
    }
}
