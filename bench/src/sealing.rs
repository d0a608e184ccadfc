//! Sealing and opening against raw *ring*: what the codec's own benchmark has found, for the table.

use anyhow::Context as _;

use crate::report::{Goal, Report, Row};

/// One line of it: `seal: 1.034 times ring (310 ns against 300 ns), goal 1.25`
struct Ratio<'a> {
    what: &'a str,
    ratio: f64,
    codec: &'a str,
    ring: &'a str,
    goal: f64,
}

/// Adds two rows for each line that gives a ratio.
///
/// # Errors
/// When there is text in which no line does.
pub(crate) fn report(printed: &str, report: &mut Report) -> anyhow::Result<()> {
    let ratios: Vec<Ratio<'_>> = printed.lines().filter_map(Ratio::parse).collect();
    if !printed.trim().is_empty() {
        ratios.first().context("the codec's benchmark has printed no ratio")?;
    }
    for Ratio { what, ratio, codec, ring, goal } in ratios {
        report.add(Row::new(format!("{what} 32 bytes"), codec));
        let reference = Row::new("ring alone", ring).beside().ratio(ratio);
        report.add(reference.goal("ratio", Goal::AtMost(goal, ""), ratio));
    }
    Ok(())
}

impl<'a> Ratio<'a> {
    fn parse(line: &'a str) -> Option<Self> {
        let (what, rest) = line.trim().split_once(": ")?;
        let (ratio, rest) = rest.split_once(" times ring (")?;
        let (codec, rest) = rest.split_once(" against ")?;
        let (ring, goal) = rest.split_once("), goal ")?;
        Some(Self { what, ratio: ratio.parse().ok()?, codec, ring, goal: goal.parse().ok()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_are_read_as_the_codec_prints_them() {
        let mut table = Report::default();
        let printed = "Gnuplot not found\nseal: 1.034 times ring (310 ns against 300 ns), goal 1.25\n";
        report(printed, &mut table).unwrap();
        let table = table.render(false);
        assert!(table.contains("seal 32 bytes") && table.contains("310 ns") && table.contains("1.03"));
        assert!(report("nothing of the kind", &mut Report::default()).is_err());
        assert!(report("", &mut Report::default()).is_ok());
    }
}
