//! What row security costs the service: the same requests with the tables' guards on and off, in turns.

use anyhow::Context as _;
use diesel::PgConnection;
use diesel::connection::SimpleConnection as _;
use repository::system;

use crate::load::{self, Plan};
use crate::options::Scale;
use crate::report::{Goal, Report, Row, median, rate};
use crate::requests::{Requests, Target};
use crate::running::Running;
use crate::world;

/// Connections that send requests at a time.
const CONNECTIONS: usize = 16;

/// What is measured, and the least part of the rate without row security that should be left with it. A read should cost
/// nothing more, which a measurement shows as nearly all.
const TARGETS: [(Target, f64); 2] = [(Target::GetUser, 0.97), (Target::PostBill, 0.9)];

/// Lets both take turns, and reports the median of each.
pub(crate) fn measure(running: &mut Running, report: &mut Report, scale: Scale) -> anyhow::Result<()> {
    let plan = Plan { connections: CONNECTIONS, warm_up: scale.warm_up, time: scale.time };
    running.empty()?;
    let people = world::settle(&running.database)?;
    let token = running.token.clone();
    let mut requests = Requests::new(&people, &token);
    for (target, least) in TARGETS {
        let mut rates = [Vec::new(), Vec::new()];
        for _ in 0..scale.rounds {
            for (rates, switch) in rates.iter_mut().zip(["ENABLE", "DISABLE"]) {
                set(&mut running.superuser, switch)?;
                running.vacuum()?;
                let figures = requests.of(target, |next| load::run(running.api.address(), plan, next))?;
                rates.push(figures.per_second);
            }
        }
        set(&mut running.superuser, "ENABLE")?;
        let [with, without] = rates.map(median);
        report.add(Row::new(format!("{}, row security on", target.name()), rate(with)));
        let row = Row::new("row security off", rate(without)).beside().ratio(with / without);
        report.add(row.goal("ratio", Goal::AtLeast(least), with / without));
    }
    Ok(())
}

/// Switches the policies of every table of a system on or off.
fn set(superuser: &mut PgConnection, switch: &str) -> anyhow::Result<()> {
    let tables = system::tables().filter(|table| table.schema != "platform");
    let statements =
        tables.map(|table| format!("ALTER TABLE {} {switch} ROW LEVEL SECURITY;", table.qualified_name()));
    superuser.batch_execute(&statements.collect::<String>()).context("row security could not be switched")
}
