//! Dates that everybody reads the same way.

use super::fields::{Fields, given, text};
use super::finding::{Finding, FindingCode};
use crate::Day;

/// Warns of dates that are not written as YYYY-MM-DD.
pub(super) fn check(fields: &Fields, found: &mut Vec<Finding>) {
    for name in ["invoice_date", "date", "declaration_date"] {
        let is_day = |value| text(value).is_some_and(|text| is_day(&text));
        if given(fields, name).is_some_and(|value| !is_day(value)) {
            let message = "the date is not a day written as YYYY-MM-DD, so day and month may be mistaken for each other";
            let finding = Finding::new(format!("/{name}"), FindingCode::AmbiguousDate, message);
            found.push(finding.suggest("write it as in 2026-11-20"));
        }
    }
}

/// A [`Day`] can also be read from a time.
fn is_day(text: &str) -> bool {
    Day::parse(text).is_ok_and(|day| day.to_string() == text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_date_is_a_day_that_exists_written_one_way() {
        for (written, is_ambiguous) in [
            (json!("2026-11-20"), false),
            (json!(" 2026-11-20 "), false),
            (json!(null), false),
            (json!("20/11/2026"), true),
            (json!("2026-02-30"), true),
            (json!("2026-11-20T00:00:00Z"), true),
            (json!("2026-1-2"), true),
            (json!(20261120), true),
            (json!({"year": 2026}), true),
        ] {
            for name in ["invoice_date", "date", "declaration_date"] {
                let mut found = Vec::new();
                check(json!({name: written}).as_object().unwrap(), &mut found);
                let expected: Vec<String> = is_ambiguous.then(|| format!("/{name}")).into_iter().collect();
                assert_eq!(found.into_iter().map(|f| f.field).collect::<Vec<_>>(), expected, "{written}");
            }
        }
    }
}
