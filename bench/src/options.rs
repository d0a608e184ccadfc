//! The command line, and how much is measured.

use std::time::Duration;

use clap::{Parser, ValueEnum};

/// Measures Strongroom as a user runs it, against the programs it is built on, and prints one table.
///
/// Figures are worth something on a machine that does nothing else. Nothing is asserted: the goals stand beside the
/// figures.
#[derive(Debug, Parser)]
#[command(name = "strongroom-bench")]
pub(crate) struct Options {
    /// Measure briefly and on little data, to see that everything runs
    #[arg(long)]
    pub(crate) quick: bool,
    /// Print the table as Markdown, for the README
    #[arg(long)]
    pub(crate) markdown: bool,
    /// Measure only this part; may be given several times
    #[arg(long, value_name = "PART")]
    only: Vec<Part>,
    /// What `cargo bench --bench seal` printed, to stand in the table too
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    pub(crate) sealing: String,
}

/// A part of the measurement that can be left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Part {
    /// Requests over HTTP, beside the bare handler and pgbench
    Http,
    /// The same lists at few rows and at many
    Lists,
    /// Contacts in bulk, beside COPY
    Bulk,
    /// Requests over HTTP with row security and without
    RowSecurity,
    /// Receipts in bulk, beside COPY
    Receipts,
    /// Figures of a household among many
    Households,
    /// Messages of the WhatsApp bot, in short conversations and in long ones
    #[value(name = "whatsapp")]
    WhatsApp,
    /// The selling bot over HTTP, beside pgbench
    Market,
}

/// How long and how much.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scale {
    /// How long requests are sent before they count.
    pub(crate) warm_up: Duration,
    /// How long they count.
    pub(crate) time: Duration,
    /// Rows of the short list and of the long one.
    pub(crate) lists: [usize; 2],
    /// Contacts of one insert in bulk.
    pub(crate) bulk: usize,
    /// Households, each with five hundred receipts, and recipes.
    pub(crate) households: [usize; 2],
    /// How often what is compared takes turns.
    pub(crate) rounds: usize,
}

impl Options {
    /// Whether a part is to be measured.
    pub(crate) fn wants(&self, part: Part) -> bool {
        self.only.is_empty() || self.only.contains(&part)
    }

    /// How long and how much to measure.
    pub(crate) fn scale(&self) -> Scale {
        if self.quick {
            let (warm_up, time) = (Duration::from_millis(300), Duration::from_secs(1));
            Scale { warm_up, time, lists: [1_000, 100_000], bulk: 10_000, households: [50, 1_000], rounds: 1 }
        } else {
            let (warm_up, time) = (Duration::from_secs(1), Duration::from_secs(5));
            Scale {
                warm_up,
                time,
                lists: [10_000, 1_000_000],
                bulk: 100_000,
                households: [1_000, 10_000],
                rounds: 3,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Options::command().debug_assert();
    }

    #[test]
    fn every_part_is_wanted_unless_some_are_named() {
        let all = Options::parse_from(["bench"]);
        assert!(
            [Part::Http, Part::Lists, Part::Bulk, Part::RowSecurity, Part::WhatsApp, Part::Market]
                .iter()
                .all(|part| all.wants(*part))
        );
        let some = Options::parse_from(["bench", "--only", "bulk"]);
        assert!(some.wants(Part::Bulk) && !some.wants(Part::Http));
    }
}
