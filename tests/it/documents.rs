//! Pages of `docs/` that repeat what the program knows have what the program prints.

use std::fs;
use std::path::Path;

use repository::system;

fn assert_page_has(page: &str, table: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("docs").join(page);
    let text = fs::read_to_string(path).unwrap();
    assert!(text.contains(table), "docs/{page} should have this table:\n\n{table}");
}

#[test]
fn the_page_on_operations_has_every_retention_rule() {
    let head = "| rule | system | rows | deleted |\n|---|---|---|---|\n".to_owned();
    let table = system::rules().fold(head, |page, (table, rule)| {
        format!("{page}| `{}` | {} | {} | {} |\n", rule.name, table.schema, rule.about, rule.keep)
    });
    assert_page_has("operations.md", &table);
}

#[test]
fn the_page_on_encryption_has_every_column_in_clear() {
    let head = "| column | what it tells |\n|---|---|\n".to_owned();
    let table = system::tables().fold(head, |page, table| {
        table.clear.iter().fold(page, |page, (column, tells)| {
            format!("{page}| `{}.{column}` | {tells} |\n", table.qualified_name())
        })
    });
    assert_page_has("encryption.md", &table);
}

/// What the page shows of the code is the code.
#[test]
fn the_page_on_users_quotes_the_log_in_of_a_system() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let page = fs::read_to_string(root.join("docs/identity.md")).unwrap();
    let source = fs::read_to_string(root.join("bins/api/src/export/identity.rs")).unwrap();
    let quotes: Vec<&str> =
        page.split("```rust,ignore\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    assert!(quotes.len() > 1, "{quotes:?}");
    for quote in quotes {
        assert!(source.contains(quote), "bins/api/src/export/identity.rs should have:\n\n{quote}");
    }
}
