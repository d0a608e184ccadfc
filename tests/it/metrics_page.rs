//! What `/metrics` prints against what `docs/metrics.md` says.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

type Labels = BTreeSet<String>;

/// The metrics of the page, with their types and labels.
pub(crate) struct Documented(BTreeMap<String, (String, Labels)>);

/// The metrics of an answer, the same way.
pub(crate) struct Printed(BTreeMap<String, (String, Labels)>);

impl Documented {
    pub(crate) fn metrics() -> Self {
        let page = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("docs/metrics.md");
        let page = fs::read_to_string(page).unwrap();
        let rows = page.lines().filter_map(|line| {
            let cells: Vec<&str> = line.strip_prefix("| `")?.split('|').map(str::trim).collect();
            let name = cells[0].trim_end_matches('`').to_owned();
            let labels = cells[2].split(", ").filter(|label| !label.is_empty());
            Some((name, (cells[1].to_owned(), labels.map(|label| label.replace('`', "")).collect())))
        });
        let rows: BTreeMap<_, _> = rows.collect();
        assert!(rows.len() > 15, "{rows:?}");
        Self(rows)
    }

    /// Whether there is such a metric.
    pub(crate) fn has(&self, name: &str, kind: &str) -> bool {
        self.0.get(name).is_some_and(|(documented, _)| documented == kind)
    }

    /// Whether a query may name this: a metric, or one of the series of a histogram.
    pub(crate) fn has_series(&self, name: &str) -> bool {
        let of_histogram = ["_bucket", "_sum", "_count"].iter().find_map(|end| name.strip_suffix(end));
        let is_histogram = |name| self.0.get(name).is_some_and(|(kind, _)| kind == "histogram");
        of_histogram.is_some_and(is_histogram) || (self.0.contains_key(name) && !is_histogram(name))
    }

    /// What is printed and not as documented.
    pub(crate) fn complaints(&self, printed: &Printed) -> Vec<String> {
        let complaint = |(name, (kind, labels)): (&String, &(String, Labels))| match self.0.get(name) {
            None => Some(format!("{name} is not documented")),
            Some((documented, _)) if documented != kind => {
                Some(format!("{name} is documented as a {documented} and printed as a {kind}"))
            }
            Some((_, documented)) => (documented != labels)
                .then(|| format!("{name} has the labels {labels:?}, documented are {documented:?}")),
        };
        printed.0.iter().filter_map(complaint).collect()
    }

    /// What is documented and not printed.
    pub(crate) fn missing_in(&self, printed: &Printed) -> Vec<&str> {
        self.0.keys().filter(|name| !printed.0.contains_key(*name)).map(String::as_str).collect()
    }
}

impl Printed {
    /// Reads Prometheus' text format.
    pub(crate) fn of(text: &str) -> Self {
        let mut found: BTreeMap<String, (String, Labels)> = BTreeMap::new();
        let mut current = String::new();
        for line in text.lines() {
            if let Some((name, kind)) = line.strip_prefix("# TYPE ").and_then(|rest| rest.split_once(' ')) {
                name.clone_into(&mut current);
                found.insert(current.clone(), (kind.to_owned(), Labels::new()));
            } else if !line.starts_with('#') && !line.is_empty() {
                assert!(line.starts_with(&current), "a value without its type: {line}");
                let labels = line.split_once('{').and_then(|(_, rest)| rest.rsplit_once('}'));
                let (_, known) = found.get_mut(&current).unwrap();
                known.extend(labels.map_or_else(Vec::new, |(labels, _)| names(labels)));
            }
        }
        for (kind, labels) in found.values_mut().filter(|(kind, _)| kind == "histogram") {
            assert!(labels.remove("le"), "a {kind} has buckets");
        }
        Self(found)
    }
}

/// The names of `name="value",…`; a route's pattern as a value may hold anything but a quote.
fn names(labels: &str) -> Vec<String> {
    labels
        .split('"')
        .step_by(2)
        .map(|name| name.trim_matches([',', '=']).to_owned())
        .filter(|name| !name.is_empty())
        .collect()
}
