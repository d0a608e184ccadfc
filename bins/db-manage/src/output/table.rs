//! Tables for people.

use comfy_table::{Cell, CellAlignment, ContentArrangement, LineStyle, Table, presets};
use repository::domain::text::turns_text;
use serde_json::{Map, Value};

/// A row for each thing.
pub(super) fn list(rows: &[Map<String, Value>]) -> String {
    let mut columns: Vec<&str> = Vec::new();
    for name in rows.iter().flat_map(Map::keys) {
        if !columns.contains(&name.as_str()) {
            columns.push(name);
        }
    }
    if columns.is_empty() {
        return "(no rows)\n".to_owned();
    }
    let mut table = empty();
    let line = LineStyle::new(' ', '─', ' ', ' ');
    table.load_style(presets::NOTHING.header_separator(line));
    table.set_header(columns.iter().map(|name| heading(name)));
    for row in rows {
        table.add_row(columns.iter().map(|name| cell(name, row.get(*name).unwrap_or(&Value::Null))));
    }
    finish(&table)
}

/// A line for each field that is set; below it a table for each field that is a list of things.
pub(super) fn object(object: &Map<String, Value>) -> String {
    let mut fields = empty();
    let mut lists = String::new();
    for (name, value) in object {
        match value {
            Value::Null => {}
            Value::Object(inner) => {
                for (inner_name, value) in inner {
                    fields.add_row(vec![
                        Cell::new(heading(inner_name)),
                        cell(inner_name, value).set_alignment(CellAlignment::Left),
                    ]);
                }
            }
            Value::Array(values) => match things(values) {
                Some(rows) if !rows.is_empty() => {
                    lists.push_str(&format!("\n{}\n{}", heading(name), list(&rows)))
                }
                Some(_) => {}
                None => {
                    let texts: Vec<String> = values.iter().map(|value| text(name, value)).collect();
                    fields.add_row(vec![heading(name), texts.join(", ")]);
                }
            },
            scalar => {
                fields.add_row(vec![
                    Cell::new(heading(name)),
                    cell(name, scalar).set_alignment(CellAlignment::Left),
                ]);
            }
        }
    }
    finish(&fields) + &lists
}

fn things(values: &[Value]) -> Option<Vec<Map<String, Value>>> {
    values.iter().map(|value| value.as_object().cloned()).collect()
}

fn empty() -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
    table
}

/// Without the blanks at the ends of lines.
fn finish(table: &Table) -> String {
    table.lines().map(|line| line.trim_end().to_owned() + "\n").collect()
}

fn heading(name: &str) -> String {
    one_line(name.strip_suffix("_bytes").unwrap_or(name))
}

fn cell(name: &str, value: &Value) -> Cell {
    let cell = Cell::new(text(name, value));
    if value.is_number() { cell.set_alignment(CellAlignment::Right) } else { cell }
}

fn text(name: &str, value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::Number(number) => match number.as_u64().filter(|_| name.ends_with("_bytes")) {
            Some(bytes) => size(bytes),
            None => number.to_string(),
        },
        Value::String(text) => one_line(text),
        Value::Array(values) if values.iter().all(Value::is_string) => {
            values.iter().map(text_of).collect::<Vec<_>>().join(", ")
        }
        nested => one_line(&nested.to_string()),
    }
}

fn text_of(value: &Value) -> String {
    one_line(value.as_str().unwrap_or_default())
}

/// What stands in a row must not move the cursor or colour the terminal of whoever looks at it.
fn one_line(text: &str) -> String {
    let shown = |letter: char| match letter {
        '\n' | '\t' => ' ',
        letter if letter.is_control() || turns_text(letter) => '\u{fffd}',
        letter => letter,
    };
    text.chars().map(shown).collect()
}

fn size(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    let mut shown = format!("{bytes} B");
    let mut tenths = u128::from(bytes) * 10;
    for unit in UNITS {
        if tenths < 10 * 1024 {
            break;
        }
        tenths /= 1024;
        shown = format!("{}.{} {unit}", tenths / 10, tenths % 10);
    }
    shown
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn sizes_are_readable() {
        let sizes = [0, 1023, 1024, 1536, 5 << 20, 3 << 30].map(size);
        assert_eq!(sizes, ["0 B", "1023 B", "1.0 KiB", "1.5 KiB", "5.0 MiB", "3.0 GiB"]);
    }

    #[test]
    fn escapes_do_not_reach_the_terminal() {
        assert_eq!(text("a", &json!("\u{1b}[31mred\nline")), "\u{fffd}[31mred line");
        assert_eq!(text("a", &json!("\u{202e}00.05")), "\u{fffd}00.05", "numbers keep their order");
    }

    #[test]
    fn a_list_has_a_line_per_row_and_an_object_one_per_field() {
        let rows = json!([{"table": "split.users", "table_bytes": 2048}, {"table": "x", "table_bytes": 1}]);
        let shown = list(&serde_json::from_value::<Vec<_>>(rows.clone()).unwrap());
        let mut lines: Vec<Vec<&str>> = shown.lines().map(|line| line.split_whitespace().collect()).collect();
        lines.remove(1);
        assert_eq!(lines, [vec!["table", "table"], vec!["split.users", "2.0", "KiB"], vec!["x", "1", "B"]]);
        let whole =
            json!({"status": "healthy", "reason": null, "pool": {"size": 10}, "missing": [], "tables": rows});
        let shown = object(whole.as_object().unwrap());
        assert!(shown.starts_with(" status  healthy\n size    10\n\ntables\n"), "{shown}");
    }
}
