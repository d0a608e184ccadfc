//! The dashboard and the alerts under `docs/` ask for metrics that there are.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use yaml_rust2::{Yaml, YamlLoader};

use crate::metrics_page::Documented;

/// Made by Prometheus itself.
const ITS_OWN: &str = "up";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn read(file: &str) -> String {
    let path = root().join("docs").join(file);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The names of the metrics that a PromQL expression asks for.
fn metrics_of(expression: &str) -> BTreeSet<String> {
    const WORDS: [&str; 5] = ["and", "or", "unless", "bool", "offset"];
    const WITH_LABELS: [&str; 6] = ["by", "without", "on", "ignoring", "group_left", "group_right"];
    let is_part = |sign: char| sign.is_ascii_alphanumeric() || matches!(sign, '_' | ':' | '$' | '.');
    let mut found = BTreeSet::new();
    // Every second part stands in quotes.
    let mut rest: String = expression.split('"').step_by(2).collect::<Vec<_>>().join("''");
    while let Some(start) = rest.find(is_part) {
        let word: String = rest[start..].chars().take_while(|sign| is_part(*sign)).collect();
        let before = rest[..start].chars().next_back();
        let after = rest[start + word.len()..].trim_start().to_owned();
        rest = if WITH_LABELS.contains(&word.as_str()) {
            after.split_once(')').unwrap().1.to_owned()
        } else {
            let is_name = word.starts_with(|sign: char| sign.is_ascii_alphabetic());
            let is_function = ["(", "by ", "without "].iter().any(|next| after.starts_with(next));
            if is_name && before != Some('[') && !is_function && !WORDS.contains(&word.as_str()) {
                found.insert(word);
            }
            match after.strip_prefix('{') {
                Some(labels) => labels.split_once('}').unwrap().1.to_owned(),
                None => after,
            }
        };
    }
    found
}

fn assert_known(place: &str, expression: &str, documented: &Documented) {
    let metrics = metrics_of(expression);
    assert!(!metrics.is_empty(), "{place} asks for nothing: {expression}");
    for metric in metrics.iter().filter(|metric| *metric != ITS_OWN) {
        assert!(documented.has_series(metric), "{place} asks for {metric}, which is not in docs/metrics.md");
    }
}

#[test]
fn alerts_ask_for_metrics_that_there_are() {
    let rules = YamlLoader::load_from_str(&read("alerts/strongroom.yml")).unwrap();
    let documented = Documented::metrics();
    let groups = rules[0]["groups"].as_vec().unwrap();
    let rules: Vec<&Yaml> = groups.iter().flat_map(|group| group["rules"].as_vec().unwrap()).collect();
    assert!(rules.len() > 8);
    for rule in rules {
        let name = rule["alert"].as_str().unwrap();
        assert_known(name, rule["expr"].as_str().unwrap(), &documented);
        let severity = rule["labels"]["severity"].as_str().unwrap();
        assert!(["warning", "critical"].contains(&severity), "{name}");
        for text in ["summary", "description"] {
            assert!(rule["annotations"][text].as_str().is_some(), "{name} has no {text}");
        }
    }
}

#[test]
fn the_dashboard_asks_for_metrics_that_there_are() {
    let dashboard: Value = serde_json::from_str(&read("grafana/strongroom.json")).unwrap();
    let documented = Documented::metrics();
    let panels = dashboard["panels"].as_array().unwrap();
    assert!(panels.len() > 8);
    let mut places = BTreeSet::new();
    for panel in panels {
        let title = panel["title"].as_str().unwrap();
        for target in panel["targets"].as_array().unwrap() {
            assert_known(title, target["expr"].as_str().unwrap(), &documented);
        }
        assert!(places.insert(panel["gridPos"].to_string()), "{title} hides another panel");
    }
    let instances = dashboard["templating"]["list"][1]["query"].as_str().unwrap();
    let metric = instances.strip_prefix("label_values(").and_then(|rest| rest.split_once(',')).unwrap().0;
    assert!(documented.has_series(metric), "{instances}");
}

#[test]
fn every_metric_in_the_source_is_documented() {
    let documented = Documented::metrics();
    let mut folders: Vec<_> = ["crates", "bins"].map(|name| root().join(name)).into();
    let mut found = 0;
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = fs::read_to_string(&path).unwrap_or_default();
            for kind in ["counter", "gauge", "histogram"] {
                for rest in text.split(&format!("metrics::{kind}!(")).skip(1) {
                    let Some(name) = rest.trim_start().strip_prefix('"') else { continue };
                    let name = name.split('"').next().unwrap();
                    assert!(documented.has(name, kind), "{} counts {name}", path.display());
                    found += 1;
                }
            }
        }
    }
    assert!(found > 10, "only {found}");
}

#[test]
fn the_metrics_of_an_expression_are_found() {
    for (expression, expected) in [
        ("up{job=\"x_total\"} == 0", "up"),
        (
            "sum by (a, b) (rate(x_total{route=~\"/v1/{id}\",status!=\"200\"}[5m])) / y_total > 0.01",
            "x_total y_total",
        ),
        ("histogram_quantile(0.99, sum(rate(z_bucket[$__rate_interval])) by (le)) or vector(0)", "z_bucket"),
        ("time() - max by (job) (w) > 26 * 3600 and on (job) v offset 5m unless u", "u v w"),
    ] {
        let found: Vec<String> = metrics_of(expression).into_iter().collect();
        assert_eq!(found.join(" "), expected, "{expression}");
    }
}
