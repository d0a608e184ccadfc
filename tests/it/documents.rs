//! Pages of `docs/` that repeat what the program knows have what the program prints.

use std::fs;
use std::path::Path;

use repository::system;
use strongroom_tests::Server;

use crate::guard_routes::operations;

fn page(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("docs").join(name);
    fs::read_to_string(path).unwrap()
}

fn assert_page_has(name: &str, table: &str) {
    assert!(page(name).contains(table), "docs/{name} should have this table:\n\n{table}");
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

#[test]
fn the_page_on_encryption_has_every_sealed_column() {
    let head = "| table | sealed columns |\n|---|---|\n".to_owned();
    let sealed = system::tables().filter(|table| !table.sealed.is_empty());
    let table = sealed.fold(head, |page, table| {
        let columns: Vec<_> = table.sealed.iter().map(|column| format!("`{}`", column.name)).collect();
        format!("{page}| `{}` | {} |\n", table.qualified_name(), columns.join(", "))
    });
    assert_page_has("encryption.md", &table);
}

#[test]
fn the_pages_on_the_api_have_every_scope_and_every_route() {
    let document = Server::start().get("/openapi.json").expect(200);
    let routes = operations(&document).into_iter().map(|(method, path)| format!("{method} {path}"));
    let pages = system::SYSTEMS.iter().map(|system| match system.name {
        "platform" => page("api.md"),
        name => page(&format!("{name}.md")),
    });
    let pages: String = pages.collect();
    let names = system::scopes().chain(routes).map(|name| format!("`{name}`"));
    let missing: Vec<_> = names.filter(|name| !pages.contains(name)).collect();
    assert_eq!(missing, [""; 0], "docs/api.md, or the page of a system, lacks scopes or routes");
}

/// What the page shows of the code is the code.
#[test]
fn the_page_on_users_quotes_the_log_in_of_a_system() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let page = page("identity.md");
    let source = fs::read_to_string(root.join("bins/api/src/export/identity.rs")).unwrap();
    let quotes: Vec<&str> =
        page.split("```rust,ignore\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    assert!(quotes.len() > 1, "{quotes:?}");
    for quote in quotes {
        assert!(source.contains(quote), "bins/api/src/export/identity.rs should have:\n\n{quote}");
    }
}
