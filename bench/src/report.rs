//! The table that is printed in the end, and a line of progress for each of its rows.

use comfy_table::{CellAlignment, LineStyle, Table, presets};

use crate::load::Figures;

/// The rows so far.
#[derive(Debug, Default)]
pub(crate) struct Report(Vec<Row>);

/// What one measurement came to.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    what: String,
    figure: String,
    p50: String,
    p99: String,
    ratio: String,
    goal: String,
}

/// What a figure should be, said beside it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Goal {
    /// A rate, in proportion to a reference's.
    AtLeast(f64),
    /// A time or a size, in a unit.
    AtMost(f64, &'static str),
}

impl Report {
    /// Adds a row, and shows it to whoever waits.
    #[expect(clippy::print_stderr, reason = "a run takes minutes, and standard output is for the table")]
    pub(crate) fn add(&mut self, row: Row) {
        eprintln!("{}: {}", row.what, row.figure);
        self.0.push(row);
    }

    /// The table, in plain text or as Markdown.
    pub(crate) fn render(&self, markdown: bool) -> String {
        let mut table = Table::new();
        let line = LineStyle::new(' ', '─', ' ', ' ');
        let plain = presets::NOTHING.header_separator(line);
        table.load_style(if markdown { presets::ASCII_MARKDOWN } else { plain });
        table.set_header(["", "Figure", "p50", "p99", "Ratio", "Goal"]);
        for Row { what, figure, p50, p99, ratio, goal } in &self.0 {
            table.add_row([what, figure, p50, p99, ratio, goal]);
        }
        for column in table.column_iter_mut().skip(1).take(4) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        table.trim_fmt()
    }
}

impl Row {
    /// What was measured, and the figure with its unit.
    pub(crate) fn new(what: impl Into<String>, figure: impl Into<String>) -> Self {
        let [p50, p99, ratio, goal] = [const { String::new() }; 4];
        Self { what: what.into(), figure: figure.into(), p50, p99, ratio, goal }
    }

    /// Requests in a second, and how long they took.
    pub(crate) fn of(what: impl Into<String>, figures: Figures) -> Self {
        let Figures { per_second, p50, p99 } = figures;
        Self { p50: milliseconds(p50), p99: milliseconds(p99), ..Self::new(what, rate(per_second)) }
    }

    /// What the row above is compared with.
    pub(crate) fn beside(mut self) -> Self {
        self.what = format!("beside: {}", self.what);
        self
    }

    /// The figure above in proportion to this one.
    pub(crate) fn ratio(mut self, ratio: f64) -> Self {
        self.ratio = format!("{ratio:.2}");
        self
    }

    /// What `value`, one of the row's figures, should be.
    pub(crate) fn goal(mut self, name: &str, goal: Goal, value: f64) -> Self {
        let (met, text) = match goal {
            Goal::AtLeast(least) => (value >= least, format!("{name} ≥ {least}")),
            Goal::AtMost(most, unit) => (value <= most, format!("{name} ≤ {most}{unit}")),
        };
        self.goal = format!("{text}: {}", if met { "met" } else { "missed" });
        self
    }
}

/// `12,345/s`
pub(crate) fn rate(per_second: f64) -> String {
    format!("{}/s", count(per_second))
}

/// A whole number with commas.
pub(crate) fn count(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut text = String::new();
    for (n, digit) in digits.chars().enumerate() {
        if n > 0 && (digits.len() - n).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// The one in the middle.
pub(crate) fn median(mut rates: Vec<f64>) -> f64 {
    rates.sort_unstable_by(f64::total_cmp);
    rates.get(rates.len() / 2).copied().unwrap_or(f64::NAN)
}

fn milliseconds(micros: u32) -> String {
    format!("{:.2} ms", f64::from(micros) / 1000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_for_people() {
        assert_eq!([999.4, 1000.0, 1_234_567.0].map(count), ["999", "1,000", "1,234,567"]);
        assert_eq!(milliseconds(1250), "1.25 ms");
    }

    #[test]
    fn the_median_is_the_one_in_the_middle() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]), 2.0);
        assert!(median(Vec::new()).is_nan());
    }

    #[test]
    fn a_goal_says_whether_it_was_met() {
        let goal = |goal, value| Row::new("", "").goal("ratio", goal, value).goal;
        assert_eq!(goal(Goal::AtLeast(0.7), 0.71), "ratio ≥ 0.7: met");
        assert_eq!(goal(Goal::AtMost(10.0, " ms"), 10.5), "ratio ≤ 10 ms: missed");
    }

    #[test]
    fn both_forms_hold_every_row() {
        let mut report = Report::default();
        report.add(Row::new("GET user", "12/s").ratio(0.5));
        assert!(report.render(false).contains("GET user"));
        let markdown = report.render(true);
        assert!(markdown.lines().count() == 3 && markdown.lines().all(|line| line.starts_with('|')));
    }
}
