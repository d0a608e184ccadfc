//! Comma separated values that a spreadsheet may open.

use anyhow::Context as _;
use serde_json::{Map, Value};

/// What makes a spreadsheet take a cell for a formula, or look past the beginning for one.
const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// A line of names, and a line for each row. Columns are those of all rows, in the order in which they first come.
pub(super) fn write(rows: &[Map<String, Value>]) -> anyhow::Result<String> {
    let mut columns: Vec<&str> = Vec::new();
    for name in rows.iter().flat_map(Map::keys) {
        if !columns.contains(&name.as_str()) {
            columns.push(name);
        }
    }
    let mut writer = csv::Writer::from_writer(Vec::new());
    if !columns.is_empty() {
        writer.write_record(columns.iter().map(|name| neutral(name)))?;
    }
    for row in rows {
        writer.write_record(columns.iter().map(|name| row.get(*name).map_or_else(String::new, cell)))?;
    }
    String::from_utf8(writer.into_inner()?).context("the answer is not text")
}

/// Numbers stay as they are, also negative ones: they can be no formula. What is nested is written as JSON.
fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
        Value::String(text) => neutral(text),
        Value::Array(_) | Value::Object(_) => neutral(&value.to_string()),
    }
}

fn neutral(text: &str) -> String {
    if text.starts_with(FORMULA) { format!("'{text}") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn written(rows: Value) -> String {
        let rows: Vec<Map<String, Value>> = serde_json::from_value(rows).unwrap();
        write(&rows).unwrap()
    }

    #[test]
    fn formulas_become_text_and_numbers_stay() {
        for text in ["=1+1", "+919876543210", "-5", "@SUM(A1)", "\t=1", "\r=1"] {
            let line = written(json!([{"c": text}]));
            let mut reader = csv::Reader::from_reader(line.as_bytes());
            let record = reader.records().next().unwrap().unwrap();
            assert_eq!(&record[0], format!("'{text}"), "the apostrophe is all that is added");
        }
        let numbers = serde_json::from_str(r#"[{"a": -5, "b": 12.50, "c": "33.34"}]"#).unwrap();
        assert_eq!(written(numbers), "a,b,c\n-5,12.50,33.34\n");
    }

    #[test]
    fn what_is_absent_is_empty_and_what_is_nested_is_json() {
        let rows = json!([{"a": 1}, {"b": [1, "x,y"], "a": null}]);
        assert_eq!(written(rows), "a,b\n1,\n,\"[1,\"\"x,y\"\"]\"\n");
        assert_eq!(written(json!([])), "");
    }
}
