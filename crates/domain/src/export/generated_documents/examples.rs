//! The checks of whole documents.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::JsonObject;
use crate::json::Reader;

fn data(document: &Value) -> DocumentData {
    let object: JsonObject = Reader::new(&document.to_string()).read().unwrap();
    DocumentData::of(object).unwrap()
}

fn check_against(kind: DocumentType, document: &Value, others: &Others) -> Vec<(String, &'static str)> {
    let found = validate(kind, &data(document), others);
    found.into_iter().map(|finding| (finding.field, finding.code.as_str())).collect()
}

fn check(kind: DocumentType, document: &Value) -> Vec<(String, &'static str)> {
    check_against(kind, document, &Others::default())
}

fn named(expected: &[(&str, &'static str)]) -> Vec<(String, &'static str)> {
    expected.iter().map(|(field, code)| ((*field).to_owned(), *code)).collect()
}

/// A document with some of its fields replaced.
fn with(document: &Value, changes: Value) -> Value {
    let mut document = document.clone();
    let fields = document.as_object_mut().unwrap();
    for (name, value) in changes.as_object().unwrap() {
        fields.insert(name.clone(), value.clone());
    }
    document
}

fn invoice() -> Value {
    json!({
        "invoice_number": "INV/2026-7", "invoice_date": "2026-11-20",
        "exporter_name": "Suvarna Spices", "exporter_address": "Kochi", "consignee_name": "Gewürzhaus GmbH",
        "consignee_address": {"city": "Hamburg"}, "destination_country": "Germany", "port_of_discharge": "Hamburg",
        "items": [{"quantity": "500", "unit_price": 2.35}, {"quantity": 3, "unit_price": "0.333"}],
        "total_value": "1176.00", "currency": "EUR", "payment_terms": "30 days",
    })
}

fn shipping_bill() -> Value {
    json!({
        "shipping_bill_number": "7654321", "date": "2026-11-21", "exporter_name": "SUVARNA SPICES PRIVATE LIMITED",
        "exporter_gstin": "27abcde1234f1z0", "exporter_iec": "abcde1234f", "consignee_name": "Gewürzhaus GmbH",
        "destination_country": "Germany", "port_of_loading": "INCOK4", "port_of_discharge": "Hamburg",
        "items": [{"quantity": "500", "unit_price": "2.35"}], "total_fob_value": "1175.00", "currency": "EUR",
    })
}

fn lut() -> Value {
    json!({
        "lut_number": "AD270326000001A", "financial_year": "2026-27", "exporter_name": "Suvarna Spices Pvt. Ltd.",
        "exporter_gstin": "27ABCDE1234F1Z0", "exporter_address": "Kochi", "declaration_date": "2026-04-02",
    })
}

#[test]
fn every_fault_of_an_invoice_is_named_in_order() {
    use DocumentType::CommercialInvoice;
    let wrong = with(
        &invoice(),
        json!({"port_of_discharge": "", "invoice_number": "INV 2026#7", "currency": "EURO", "total_value": 1176.10}),
    );
    let expected = [
        ("/port_of_discharge", "missing"),
        ("/invoice_number", "invalid_number"),
        ("/currency", "unknown_currency"),
        ("/total_value", "total_mismatch"),
    ];
    assert_eq!(check(CommercialInvoice, &wrong), named(&expected));
    assert_eq!(check(CommercialInvoice, &invoice()), []);
}

#[test]
fn required_fields_are_named_in_the_order_of_their_type() {
    for &kind in DocumentType::ALL {
        let expected: Vec<_> =
            kind.required_fields().iter().map(|name| (format!("/{name}"), "missing")).collect();
        assert_eq!(check(kind, &json!({})), expected, "{kind}");
        assert!(expected.len() >= 6);
    }
    assert_eq!(check(DocumentType::ShippingBill, &shipping_bill()), []);
    assert_eq!(check(DocumentType::GstLut, &lut()), []);
}

fn twelve_lines(total: &str, charges: Value) -> Value {
    let items = vec![json!({"quantity": "3.333", "unit_price": "1.235"}); 12];
    with(&invoice(), with(&charges, json!({"items": items, "total_value": total})))
}

#[test]
fn both_ways_to_round_a_total_are_right() {
    let check = |document| check(DocumentType::CommercialInvoice, &document);
    assert_eq!(check(twelve_lines("49.44", json!({}))), [], "the sum of rounded lines");
    assert_eq!(check(twelve_lines("49.40", json!({}))), [], "the rounded sum");
    assert_eq!(check(twelve_lines("49.42", json!({}))), [], "between them");
    let charges = json!({"freight": "100.00", "insurance": "10.00", "discount": "9.44"});
    assert_eq!(check(twelve_lines("150.00", charges)), []);
    assert_eq!(check(twelve_lines("49.95", json!({"other_charges": 1, "round_off": "-0.49"}))), []);
    let rounded_off = twelve_lines("60", json!({"round_off": "-0.49"}));
    assert_eq!(check(rounded_off), named(&[("/total_value", "total_mismatch")]));
    let (within, beyond) = (["49.50", "49.34"], ["49.51", "49.33"]);
    assert!(within.iter().all(|total| check(twelve_lines(total, json!({}))).is_empty()));
    for total in beyond {
        assert_eq!(
            check(twelve_lines(total, json!({}))),
            named(&[("/total_value", "total_mismatch")]),
            "{total}"
        );
    }
}

#[test]
fn a_wrong_total_is_told_by_how_much_and_which_way() {
    let message = |document: Value| {
        let found = validate(DocumentType::CommercialInvoice, &data(&document), &Others::default());
        found.into_iter().map(|finding| finding.message).collect::<String>()
    };
    let said = message(twelve_lines("49.54", json!({})));
    assert_eq!(said, "the total is 0.10 more than the items and charges come to");
    assert!(message(twelve_lines("49.3", json!({}))).contains(" 0.10 less "));
    assert!(message(with(&twelve_lines("60", json!({})), json!({"currency": "jpy"}))).contains(" 11 more "));
}

#[test]
fn a_total_is_compared_in_the_minor_unit_of_its_currency() {
    let check = |currency: &str, total: &str| {
        let items = json!([{"quantity": "3", "unit_price": "33.4"}]);
        let document = with(&invoice(), json!({"currency": currency, "items": items, "total_value": total}));
        check(DocumentType::CommercialInvoice, &document).is_empty()
    };
    assert!(check("JPY", "100") && check("JPY", "99.5") && !check("JPY", "101"));
    assert!(check("KWD", "100.2") && check("KWD", "100.205") && !check("KWD", "100.21"));
}

#[test]
fn a_total_is_left_alone_where_an_item_or_charge_cannot_be_read() {
    for changes in [
        json!({"items": [{"quantity": 1}]}),
        json!({"items": [{"quantity": 1, "unit_price": "2"}, "tea"]}),
        json!({"items": {"quantity": 1, "unit_price": "2"}}),
        json!({"items": "tea"}),
    ] {
        assert_eq!(
            check(DocumentType::CommercialInvoice, &with(&invoice(), changes.clone())),
            [],
            "{changes}"
        );
    }
    let unread = with(&invoice(), json!({"freight": "prepaid", "total_value": "1"}));
    assert_eq!(check(DocumentType::CommercialInvoice, &unread), named(&[("/freight", "invalid_number")]));
}

#[test]
fn a_value_free_on_board_may_leave_out_the_way() {
    let check = |total: &str| {
        let changes = json!({"freight": "100", "insurance": 10, "discount": 5, "total_fob_value": total});
        check(DocumentType::ShippingBill, &with(&shipping_bill(), changes))
    };
    assert_eq!((check("1170.00"), check("1280.00")), (vec![], vec![]));
    assert_eq!(check("1200.00"), named(&[("/total_fob_value", "total_mismatch")]));
}

#[test]
fn a_lut_and_a_shipping_bill_name_one_exporter() {
    let against = |other: &Value| Others { exporter: Some(Exporter::of(&data(other))), ..Others::default() };
    let check = |changes| {
        let bill = with(&shipping_bill(), changes);
        let found = check_against(DocumentType::ShippingBill, &bill, &against(&lut()));
        let of_lut = check_against(DocumentType::GstLut, &lut(), &against(&bill));
        let mismatches =
            found.iter().filter(|(_, code)| code.ends_with("_mismatch")).cloned().collect::<Vec<_>>();
        assert_eq!(mismatches, of_lut, "the other way round");
        found
    };
    assert_eq!(check(json!({})), []);
    assert_eq!(
        check(json!({"exporter_gstin": "29ABCDE1234F2ZV"})),
        named(&[("/exporter_gstin", "gstin_mismatch")])
    );
    assert_eq!(
        check(json!({"exporter_gstin": "27ABCDE1234F1Z1"})),
        named(&[("/exporter_gstin", "invalid_gstin")])
    );
    assert_eq!(check(json!({"exporter_gstin": null})), [], "a shipping bill needs none");
    assert_eq!(
        check(json!({"exporter_name": "Suvarna Exports"})),
        named(&[("/exporter_name", "name_mismatch")])
    );
    let elsewhere = with(&invoice(), json!({"exporter_name": "Suvarna Exports"}));
    assert_eq!(check_against(DocumentType::CommercialInvoice, &elsewhere, &against(&lut())), []);
}

#[test]
fn a_number_that_another_invoice_has_is_a_warning() {
    let others = Others { number_is_taken: true, ..Others::default() };
    let found = validate(DocumentType::CommercialInvoice, &data(&invoice()), &others);
    assert_eq!((found[0].code, found[0].severity), (FindingCode::DuplicateNumber, Severity::Warning));
    assert!(is_valid(&found) && found.len() == 1);
    assert_eq!(check_against(DocumentType::PackingList, &invoice(), &others).last().unwrap().1, "missing");
    let number = |text: &str| data(&json!({"invoice_number": text})).invoice_number();
    assert_eq!(number(" Inv/7 "), number("INV/7"));
    assert_ne!(number("INV/7"), number("INV/07"));
    assert_eq!(number(" "), None);
}

#[test]
fn a_document_is_kept_exactly_and_never_shows_itself() {
    let text = r#"{"b":0.10,"$serde_json::private::Number":"5","a":[12345678901234567890123,null]}"#;
    let read = DocumentData::of(Reader::new(text).read().unwrap()).unwrap();
    assert_eq!(read.stored().expose(), text);
    assert_eq!(DocumentData::open(&read.stored()), Ok(read.clone()));
    assert_eq!(format!("{read:?} {:?}", read.stored()), "[document] [document]");
    let large = format!("{{\"a\":\"{}\"}}", "x".repeat(262_144));
    assert_eq!(DocumentData::of(Reader::new(&large).read().unwrap()).unwrap_err().code(), "too_long");
    assert!(DocumentData::open(&StoredDocument::from_trusted("[]".to_owned())).is_err());
    let number = |text: &str| StoredDocument::from_trusted(text.to_owned()).index_form();
    assert_eq!(number(r#"{"invoice_number":" INV/7 "}"#), "inv/7");
    assert_eq!((number("{}"), number("damaged")), (String::new(), String::new()));
}

/// Values of which each is told from everything that a finding says.
fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        "Q[a-z]{8}[/ _#-]{0,2}[0-9]{0,9}".prop_map(Value::from),
        "[1-9][0-9]{8,25}(\\.[0-9]{1,9})?".prop_map(Value::from),
        Just(Value::Null),
        Just(Value::from("")),
        Just(Value::from(true)),
    ];
    leaf.prop_recursive(2, 8, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::hash_map("quantity|unit_price", inner, 0..3)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

/// Every text that stands in a value.
fn texts(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) if text.len() >= 9 => found.push(text.clone()),
        Value::Array(elements) => elements.iter().for_each(|element| texts(element, found)),
        Value::Object(fields) => fields.values().for_each(|field| texts(field, found)),
        _ => {}
    }
}

proptest! {
    #[test]
    fn no_finding_repeats_what_stands_in_the_document(
        kind in 0..DocumentType::ALL.len(),
        values in proptest::collection::vec(proptest::option::of(value()), 24),
        number_is_taken in any::<bool>(),
    ) {
        let kind = DocumentType::ALL[kind];
        let others = ["invoice_value", "freight", "round_off", "exporter_gstin", "exporter_iec", "financial_year", "invoice_number"];
        let names = kind.required_fields().iter().chain(&others);
        let fields = names.zip(values).filter_map(|(name, value)| Some(((*name).to_owned(), value?)));
        let document = Value::Object(fields.collect());
        let found = validate(kind, &data(&document), &Others { exporter: None, number_is_taken });
        let said = serde_json::to_string(&found).unwrap();
        let mut secrets = Vec::new();
        texts(&document, &mut secrets);
        // A difference is computed; where nothing else is counted it is the total itself.
        let is_difference = |secret: &String| said.contains(&format!("the total is {secret}"));
        for secret in secrets.iter().filter(|secret| !is_difference(secret)) {
            prop_assert!(!said.contains(secret.trim()), "{} in {}", secret, said);
        }
        prop_assert_eq!(is_valid(&found), !said.contains("\"severity\":\"error\""));
        prop_assert_eq!(crate::json::from_trusted::<Vec<Finding>>(&said).unwrap(), found);
    }

    #[test]
    fn an_honest_total_is_right_however_it_is_rounded(
        lines in proptest::collection::vec((0..1_000_000_u64, 0..100_000_u64), 1..40),
        way in 0..4_u8,
    ) {
        use bigdecimal::{BigDecimal, RoundingMode};
        let number = |units: u64| BigDecimal::new(units.into(), 3);
        let exact: Vec<_> = lines.iter().map(|(quantity, price)| number(*quantity) * number(*price)).collect();
        let mode = if way % 2 == 0 { RoundingMode::HalfUp } else { RoundingMode::HalfEven };
        let total: BigDecimal = if way < 2 {
            exact.iter().map(|line| line.with_scale_round(2, mode)).sum()
        } else {
            exact.iter().sum::<BigDecimal>().with_scale_round(2, mode)
        };
        let items: Vec<_> = lines.iter().map(|(quantity, price)| {
            json!({"quantity": number(*quantity).to_string(), "unit_price": number(*price).to_string()})
        }).collect();
        let document = |total: &BigDecimal| with(&invoice(), json!({"items": items, "total_value": total.to_string()}));
        prop_assert_eq!(check(DocumentType::CommercialInvoice, &document(&total)), []);
        let wrong = total + BigDecimal::new((1 + lines.len() as i64 * 2).into(), 2);
        prop_assert_eq!(check(DocumentType::CommercialInvoice, &document(&wrong)).len(), 1);
    }
}
