//! The layers stay layers, and files stay small.

use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// Every Rust file of the workspace, with its text.
fn sources() -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut folders: Vec<PathBuf> = ["crates", "bins", "bench", "tests"].map(|name| root().join(name)).into();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(root()).unwrap().to_string_lossy().into_owned();
                found.push((name, fs::read_to_string(&path).unwrap()));
            }
        }
    }
    assert!(found.len() > 50, "only {} files: the folders have moved", found.len());
    found
}

fn dependencies(folder: &str) -> String {
    let manifest = fs::read_to_string(root().join(folder).join("Cargo.toml")).unwrap();
    let start = manifest.find("\n[dependencies]").unwrap();
    let rest = &manifest[start + 1..];
    let end = rest.find("\n[").unwrap_or(rest.len());
    rest[..end].to_owned()
}

fn depends_on(folder: &str, package: &str) -> bool {
    dependencies(folder).lines().any(|line| line.split([' ', '.', '=']).next() == Some(package))
}

const PACKAGES: [&str; 9] = [
    "crates/domain",
    "crates/codec",
    "crates/embedded",
    "crates/repository",
    "crates/service",
    "crates/runtime",
    "bins/api",
    "bins/db-manage",
    "bench",
];

fn only(package: &str, homes: &[&str]) {
    for folder in PACKAGES {
        assert_eq!(depends_on(folder, package), homes.contains(&folder), "{folder} and {package}");
    }
}

#[test]
fn each_library_has_its_home() {
    // The benchmark names them too, because a program made of them alone is what it compares the service with.
    only("diesel", &["crates/repository", "bench"]);
    only("ring", &["crates/codec"]);
    only("redis", &["crates/runtime", "bins/api"]);
    only("actix-web", &["bins/api", "bench"]);
}

#[test]
fn arrows_point_upwards_only() {
    let layers = ["domain", "codec", "embedded", "repository", "service", "runtime"];
    let allowed: [(&str, &[&str]); 6] = [
        ("crates/domain", &[]),
        ("crates/codec", &[]),
        ("crates/embedded", &[]),
        ("crates/repository", &["domain", "codec", "embedded"]),
        ("crates/service", &["domain", "repository"]),
        ("crates/runtime", &["embedded", "repository"]),
    ];
    for (folder, may) in allowed {
        for layer in layers {
            assert!(
                may.contains(&layer) || !depends_on(folder, layer),
                "{folder} must not depend on {layer}"
            );
        }
    }
}

#[test]
fn only_the_api_is_asynchronous() {
    for (name, text) in sources() {
        let is_async = text.contains("async fn") || text.contains(".await");
        let may_be = ["bins/api/", "tests/", "bench/src/bare/"].iter().any(|place| name.starts_with(place));
        assert!(!is_async || may_be, "{name} is asynchronous");
    }
}

/// serde_json passes exact numbers on as objects with a key of its own, which anyone may send: it only writes here.
#[test]
fn json_is_read_by_the_domains_reader_alone() {
    for (name, text) in sources().into_iter().filter(|(name, _)| name.contains("/src/")) {
        if name.starts_with("bench/") || name.starts_with("tests/") {
            continue;
        }
        let program = text.split("#[cfg(test)]").next().unwrap();
        for risky in ["serde_json::from_", "serde_json::Deserializer", "RawValue", "Value::deserialize"] {
            assert!(!program.contains(risky), "{name} has {risky}: use domain::json");
        }
        let derives = program.split("#[derive(").skip(1);
        for (traits, item) in derives.filter_map(|derive| derive.split_once(")]")) {
            let item = item.split("\n}").next().unwrap();
            let is_tree =
                ["<Value>", ": Value,", "Map<String, Value>"].iter().any(|tree| item.contains(tree));
            assert!(
                !(traits.contains("Deserialize") && is_tree),
                "{name} reads a tree of serde_json's: {item}"
            );
        }
    }
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    assert!(!manifest.contains("\"raw_value\"") && !manifest.contains("\"serde_json\""), "{manifest}");
}

#[test]
fn files_fit_in_the_head() {
    for (name, text) in sources() {
        let lines = text.lines().count();
        assert!(lines <= 500 || name.contains("/generated/"), "{name} has {lines} lines");
    }
}

#[test]
fn nothing_is_left_unfinished_or_unchecked() {
    // Written in pieces, so that this file does not find itself.
    let marks =
        [("todo", "!("), ("unimplemented", "!("), ("#[ign", "ore"), ("FIX", "ME"), ("allow(dead", "_code)")];
    for (name, text) in sources() {
        for (first, second) in marks {
            assert!(!text.contains(&format!("{first}{second}")), "{name} has {first}{second}");
        }
    }
}

#[test]
fn no_query_is_built_from_text_and_no_value_is_logged() {
    for (name, text) in
        sources().into_iter().filter(|(name, _)| name.starts_with("crates/repository/src/split"))
    {
        for risky in ["sql_query(", "format!(\"SELECT", "debug_query", "dbg!"] {
            assert!(!text.contains(risky), "{name} has {risky}");
        }
    }
}
