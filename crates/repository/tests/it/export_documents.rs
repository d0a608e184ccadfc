//! Documents of an export.

use strongroom_repository::domain::export::generated_documents::{Others, validate};
use strongroom_repository::domain::export::{
    DocumentData, DocumentFilter, DocumentType, GeneratedDocumentChanges, NewGeneratedDocument, Report,
};
use strongroom_repository::domain::json::Reader;
use strongroom_repository::domain::{Id, JsonObject, Limit, PageRequest, WebUrl};
use strongroom_repository::export::{generated_documents, reports};
use strongroom_repository::ops::keys;
use strongroom_repository::testing::{self, TestDatabase};
use strongroom_repository::{Actor, Error, Tx};

use crate::export_fixtures::{new_document, owned};

fn data(text: &str) -> DocumentData {
    let object: JsonObject = Reader::new(text).read().unwrap();
    DocumentData::of(object).unwrap()
}

fn invoice(report: Id<Report>, number: &str) -> NewGeneratedDocument {
    let data = data(&format!("{{\"invoice_number\": \"{number}\"}}"));
    NewGeneratedDocument { document_type: DocumentType::CommercialInvoice, data, ..new_document(report) }
}

fn is_taken(tx: &mut Tx<'_>, new: &NewGeneratedDocument) -> bool {
    generated_documents::find_others(tx, new.report_id, new.document_type, &new.data, None)
        .unwrap()
        .number_is_taken
}

#[test]
fn a_document_comes_back_as_it_went_in() {
    testing::check(|tx| {
        let report = owned(tx, "a@x.example").unwrap().report;
        let text = r#"{"b":0.10,"$serde_json::private::Number":"5","a":[12345678901234567890123,null]}"#;
        let new = NewGeneratedDocument {
            data: data(text),
            pdf_url: Some(WebUrl::parse("https://files.example/1.pdf").unwrap()),
            ..new_document(report)
        };
        let findings = validate(new.document_type, &new.data, &Others::default());
        let stored = generated_documents::insert(tx, new, findings.clone()).unwrap();
        assert_eq!(stored.data.stored().expose(), text);
        assert_eq!((stored.summary.validation_results.clone(), stored.summary.is_valid), (findings, false));
        assert_eq!(generated_documents::get(tx, stored.summary.id).unwrap(), stored);
        assert_eq!(generated_documents::lock(tx, stored.summary.id).unwrap(), stored);

        let changes = GeneratedDocumentChanges { pdf_url: Some(None), ..Default::default() };
        let changed = generated_documents::update(tx, &stored, changes, Vec::new()).unwrap();
        assert_eq!((changed.summary.pdf_url.clone(), changed.data.clone()), (None, stored.data));
        assert!(changed.summary.is_valid && changed.summary.validation_results.is_empty());
        let changes = GeneratedDocumentChanges { data: Some(data("{}")), ..Default::default() };
        let changed = generated_documents::update(tx, &changed, changes, Vec::new()).unwrap();
        assert_eq!(generated_documents::get(tx, changed.summary.id).unwrap(), changed);
        generated_documents::delete(tx, changed.summary.id).unwrap();
        let gone = generated_documents::get(tx, changed.summary.id);
        assert!(matches!(gone, Err(Error::NotFound("document"))), "{gone:?}");
    });
}

#[test]
fn documents_are_listed_newest_first_by_type_and_validity() {
    testing::check(|tx| {
        let owned = owned(tx, "a@x.example").unwrap();
        let mut made = vec![owned.document];
        for document_type in [DocumentType::GstLut, DocumentType::Softex, DocumentType::GstLut] {
            let new = NewGeneratedDocument { document_type, ..new_document(owned.report) };
            made.push(generated_documents::insert(tx, new, Vec::new()).unwrap().summary.id);
        }
        let mut list =
            |filter, page| generated_documents::list_for_report(tx, owned.report, filter, page).unwrap();
        let mut page = PageRequest { limit: Limit::new(3).unwrap(), after: None };
        let first = list(DocumentFilter::default(), page);
        page.after = first.next;
        let second = list(DocumentFilter::default(), page);
        let listed: Vec<_> = first.items.iter().chain(&second.items).map(|document| document.id).collect();
        made.reverse();
        assert_eq!((listed, second.next), (made.clone(), None));
        let mut ids = |filter| {
            let page = list(filter, PageRequest::default());
            page.items.into_iter().map(|document| document.id).collect::<Vec<_>>()
        };
        let lut = DocumentFilter { document_type: Some(DocumentType::GstLut), is_valid: None };
        assert_eq!(ids(lut), [made[0], made[2]]);
        assert_eq!(ids(DocumentFilter { is_valid: Some(false), ..Default::default() }), [made[3]]);
        assert_eq!(ids(DocumentFilter { is_valid: Some(true), ..lut }), [made[0], made[2]]);
    });
}

#[test]
fn an_invoice_number_is_looked_for_in_the_invoices_of_its_report() {
    testing::check(|tx| {
        let (report, other) =
            (owned(tx, "a@x.example").unwrap().report, owned(tx, "b@x.example").unwrap().report);
        let stored = generated_documents::insert(tx, invoice(report, "INV/7"), Vec::new()).unwrap();
        assert!(is_taken(tx, &invoice(report, " inv/7 ")));
        assert!(!is_taken(tx, &invoice(report, "INV/70")) && !is_taken(tx, &invoice(report, "")));
        assert!(!is_taken(tx, &invoice(other, "INV/7")));
        let list =
            NewGeneratedDocument { document_type: DocumentType::PackingList, ..invoice(report, "INV/7") };
        assert!(!is_taken(tx, &list));
        let itself = generated_documents::find_others(
            tx,
            report,
            DocumentType::CommercialInvoice,
            &stored.data,
            Some(stored.summary.id),
        );
        assert!(!itself.unwrap().number_is_taken);
        let renumbered = GeneratedDocumentChanges { data: Some(data("{}")), ..Default::default() };
        generated_documents::update(tx, &stored, renumbered, Vec::new()).unwrap();
        assert!(!is_taken(tx, &invoice(report, "INV/7")));
        generated_documents::insert(tx, list, Vec::new()).unwrap();
        assert!(!is_taken(tx, &invoice(report, "INV/7")), "a packing list is no invoice");
    });
}

#[test]
fn a_document_of_a_deleted_report_is_absent() {
    testing::check(|tx| {
        let owned = owned(tx, "a@x.example").unwrap();
        reports::soft_delete(tx, owned.report, None).unwrap();
        let not_found =
            |error: Option<Error>, what| matches!(error, Some(Error::NotFound(found)) if found == what);
        assert!(not_found(generated_documents::get(tx, owned.document).err(), "document"));
        assert!(not_found(generated_documents::lock(tx, owned.document).err(), "document"));
        assert!(not_found(generated_documents::delete(tx, owned.document).err(), "document"));
        let new = new_document(owned.report);
        let others = generated_documents::find_others(tx, owned.report, new.document_type, &new.data, None);
        assert!(not_found(others.err(), "report"));
        assert!(not_found(generated_documents::insert(tx, new, Vec::new()).err(), "report"));
        let listed = generated_documents::list_for_report(
            tx,
            owned.report,
            DocumentFilter::default(),
            PageRequest::default(),
        );
        assert_eq!(listed.unwrap().items, []);
    });
}

#[test]
fn the_keys_open_every_document_and_its_index_is_that_of_its_number() {
    let test = TestDatabase::new();
    let database = test.database();
    database
        .write::<_, Error>("test", &Actor::system(), |tx| {
            let report = owned(tx, "a@x.example")?.report;
            generated_documents::insert(tx, invoice(report, "INV/7"), Vec::new())?;
            generated_documents::insert(tx, invoice(report, "INV/8"), Vec::new())?;
            Ok(())
        })
        .unwrap();
    let verified = || keys::verify(&database, &Actor::system(), |_, _| {}).unwrap();
    // The address of the user, and the numbers of the two invoices.
    assert_eq!((verified().indexes, verified().faults), (3, vec![]));
    test.sabotage(
        "UPDATE export.generated_documents d SET document_data_bidx = o.document_data_bidx
           FROM export.generated_documents o WHERE o.id <> d.id AND o.document_data_bidx IS NOT NULL
            AND d.document_data_bidx IS NOT NULL",
    );
    assert_eq!(verified().faults.len(), 2, "indexes that changed places are told");
}
