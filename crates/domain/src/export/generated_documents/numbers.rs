//! Invoice numbers, amounts and quantities.

use serde_json::Value;

use super::fields::{Fields, decimal, given, text, unsigned_decimal};
use super::finding::{Finding, FindingCode};
use super::totals::Charge;

/// Rule 46 of the GST rules: at most so many characters.
const LONGEST_INVOICE_NUMBER: usize = 16;

const AMOUNTS: [&str; 3] = ["total_value", "total_fob_value", "invoice_value"];
pub(super) const QUANTITY: &str = "quantity";
pub(super) const UNIT_PRICE: &str = "unit_price";

/// Checks every number of a document: the invoice number, then amounts, the items' quantities and prices, and charges.
pub(super) fn check(fields: &Fields, found: &mut Vec<Finding>) {
    check_invoice_number(fields, found);
    for name in AMOUNTS {
        check_number(fields, name, format!("/{name}"), found);
    }
    for (n, item) in items(fields).iter().enumerate() {
        for name in [QUANTITY, UNIT_PRICE] {
            if let Value::Object(item) = item {
                check_number(item, name, format!("/items/{n}/{name}"), found);
            }
        }
    }
    for charge in Charge::ALL {
        let name = charge.name;
        let is_number =
            |value| if charge.is_signed { decimal(value) } else { unsigned_decimal(value) }.is_some();
        if given(fields, name).is_some_and(|value| !is_number(value)) {
            found.push(invalid(format!("/{name}"), charge.is_signed));
        }
    }
}

/// The items of a document, or none where it has no list of them.
pub(super) fn items(fields: &Fields) -> &[Value] {
    fields.get("items").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

fn check_number(fields: &Fields, name: &str, pointer: String, found: &mut Vec<Finding>) {
    if given(fields, name).is_some_and(|value| unsigned_decimal(value).is_none()) {
        found.push(invalid(pointer, false));
    }
}

fn invalid(pointer: String, may_be_negative: bool) -> Finding {
    let sign = if may_be_negative { "" } else { " that is not below zero" };
    let message = format!(
        "this must be a decimal number{sign}, with at most 15 digits before the point and 6 after it"
    );
    Finding::new(pointer, FindingCode::InvalidNumber, message)
        .suggest("write digits with a point and nothing else, such as 1250.50")
}

fn check_invoice_number(fields: &Fields, found: &mut Vec<Finding>) {
    const FIELD: &str = "/invoice_number";
    let Some(value) = given(fields, "invoice_number") else { return };
    let number = text(value).unwrap_or_default();
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || "/_-".contains(c);
    if number.is_empty() || !number.chars().all(is_allowed) {
        let message = "an invoice number may hold only the letters A to Z, digits and the characters / _ -";
        let finding = Finding::new(FIELD, FindingCode::InvalidNumber, message);
        found.push(finding.suggest("leave out blanks and other characters"));
    } else if number.len() > LONGEST_INVOICE_NUMBER {
        let message = format!(
            "the invoice number has {} characters, and rule 46 of the GST rules allows at most {LONGEST_INVOICE_NUMBER}",
            number.len()
        );
        let finding = Finding::new(FIELD, FindingCode::InvalidNumber, message);
        found.push(finding.suggest("shorten the series or the number of leading zeros"));
    }
    if number.contains('_') || number.starts_with(['/', '-']) {
        let message = "the tax portal accepts no _ in an invoice number, and none that begins with / or -";
        let finding = Finding::new(FIELD, FindingCode::NotForGst, message);
        found.push(finding.suggest("begin with a letter or a digit, and use / or - between parts"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn found(document: &Value) -> Vec<(String, FindingCode)> {
        let mut found = Vec::new();
        check(document.as_object().unwrap(), &mut found);
        found.into_iter().map(|finding| (finding.field, finding.code)).collect()
    }

    fn codes(invoice_number: Value) -> Vec<FindingCode> {
        found(&json!({"invoice_number": invoice_number})).into_iter().map(|(_, code)| code).collect()
    }

    #[test]
    fn an_invoice_number_is_one_that_the_tax_rules_allow() {
        use FindingCode::{InvalidNumber, NotForGst};
        for (number, expected) in [
            (json!("EXP/2026-27/0001"), vec![]),
            (json!("inv-001 "), vec![]),
            (json!(7), vec![]),
            (json!("EXPORT/2026-27/00001"), vec![InvalidNumber]),
            (json!("INV_001"), vec![NotForGst]),
            (json!("/001"), vec![NotForGst]),
            (json!("-001"), vec![NotForGst]),
            (json!("001/"), vec![]),
            (json!("INV 2026#7"), vec![InvalidNumber]),
            (json!("EXPORT_2026-27_00001"), vec![InvalidNumber, NotForGst]),
            (json!("INV–7"), vec![InvalidNumber]),
            (json!("ＩＮＶ７"), vec![InvalidNumber]),
            (json!(["7"]), vec![InvalidNumber]),
            (json!(""), vec![]),
            (json!(null), vec![]),
        ] {
            assert_eq!(codes(number.clone()), expected, "{number}");
        }
        let mut long = Vec::new();
        check_invoice_number(
            json!({"invoice_number": "EXPORT/2026-27/00001"}).as_object().unwrap(),
            &mut long,
        );
        assert!(long[0].message.contains("has 20 characters") && long[0].suggestion.is_some());
    }

    #[test]
    fn every_number_is_named_by_its_place() {
        let document = json!({
            "total_value": "1,176.00", "total_fob_value": -1, "invoice_value": {},
            "items": [{"quantity": "500", "unit_price": "2.35"}, "tea", {"quantity": "x", "unit_price": null},
                      {"quantity": 1, "unit_price": "-2"}],
            "freight": "prepaid", "round_off": "-0.49", "discount": "-1",
        });
        let fields: Vec<String> = found(&document).into_iter().map(|(field, _)| field).collect();
        let expected = [
            "/total_value",
            "/total_fob_value",
            "/invoice_value",
            "/items/2/quantity",
            "/items/3/unit_price",
            "/freight",
            "/discount",
        ];
        assert_eq!(fields, expected);
    }
}
