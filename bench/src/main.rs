//! Measures the whole service as a user runs it, against the programs it is built on: *ring* alone, a bare actix-web
//! handler, `pgbench` with the same statements, `COPY` of the same rows. `make bench` runs it.
//!
//! It must never assert on a time, never touch a database other than its own, and leave nothing behind: no process, and
//! no file outside the target directory. It may name the libraries that only one layer of the service may, because it
//! is what that layer is compared with.

mod bare;
mod bulk;
mod exporters;
mod hashing;
mod home;
mod http;
mod lists;
mod load;
mod machine;
mod market;
mod options;
mod pantry;
mod pgbench;
mod process;
mod report;
mod requests;
mod row_security;
mod running;
mod sealing;
mod serving;
mod statements;
mod whatsapp;
mod world;

use std::io::{self, Write as _};

use clap::Parser as _;

use crate::options::{Options, Part, Scale};
use crate::report::{Report, Row};
use crate::running::Running;

type Measure = fn(&mut Running, &mut Report, Scale) -> anyhow::Result<()>;

/// The parts in the order of the table.
const PARTS: [(Part, Measure); 8] = [
    (Part::Http, serving::measure),
    (Part::RowSecurity, row_security::measure),
    (Part::Bulk, bulk::measure),
    (Part::Lists, lists::measure),
    (Part::Receipts, pantry::measure_receipts),
    (Part::Households, pantry::measure_figures),
    (Part::WhatsApp, whatsapp::measure),
    (Part::Market, market::measure),
];

fn main() -> anyhow::Result<()> {
    embedded::supervise_if_asked();
    if bare::serve_if_asked()? {
        return Ok(());
    }
    let options = Options::parse();
    let load = machine::load();
    let mut report = Report::default();
    sealing::report(&options.sealing, &mut report)?;
    let mut running = Running::start(&mut report)?;
    let machine = machine::describe(&mut running.superuser)?;
    let mut outcome = Ok(());
    for (part, measure) in PARTS.into_iter().filter(|(part, _)| options.wants(*part)) {
        // What the other parts have found is shown all the same.
        if let Err(error) = measure(&mut running, &mut report, options.scale()) {
            report.add(Row::new(format!("{part:?}"), "failed"));
            outcome = Err(error);
        }
    }
    running.report_memory("in the end", &mut report);
    drop(running);

    let mut out = io::stdout();
    writeln!(out, "\n{}\n\n{machine}.", report.render(options.markdown))?;
    if let Some(load) = load {
        writeln!(out, "Load of the machine before: {load}.")?;
    }
    if options.quick {
        writeln!(out, "Measured briefly, on little data: nothing to quote.")?;
    }
    outcome
}
