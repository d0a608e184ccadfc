//! Requests over HTTP: the service, and beside it the bare handler and pgbench, one after the other, so that whatever
//! else the machine does hits all of them.

use std::net::SocketAddr;

use crate::load::{self, Figures, Plan};
use crate::options::Scale;
use crate::pgbench::PgBench;
use crate::report::{Goal, Report, Row, rate};
use crate::requests::{Requests, Target};
use crate::running::Running;
use crate::world::{self, Person};
use crate::{bare, hashing, http, statements};

/// Connections that send requests at a time.
const CONNECTIONS: [usize; 2] = [16, 64];

/// The number that goals are for, and the number of pgbench's clients.
const FEW: usize = 16;

/// The longest that 99 of 100 requests should take with few connections, in milliseconds.
const P99: f64 = 10.0;

struct Serving<'a> {
    running: &'a mut Running,
    report: &'a mut Report,
    scale: Scale,
    people: &'a [Person],
    pgbench: Option<PgBench>,
}

/// Measures every kind of request.
pub(crate) fn measure(running: &mut Running, report: &mut Report, scale: Scale) -> anyhow::Result<()> {
    running.empty()?;
    let people = world::settle(&running.database)?;
    running.vacuum()?;
    let token = running.token.clone();
    let mut requests = Requests::new(&people, &token);
    let reference = bare::start(&running.url(), &running.key)?;
    let pgbench = PgBench::find(running.url(), running.home().path().to_owned())?;
    if pgbench.is_none() {
        report.add(Row::new("pgbench", "not installed beside the server"));
    }
    let mut serving = Serving { running, report, scale, people: &people, pgbench };
    for target in Target::ALL {
        for connections in CONNECTIONS {
            // With more, some wait longer for their turn at a hash than a request may.
            if target == Target::LogIn && connections > FEW {
                continue;
            }
            let figures = requests.of(target, |next| serving.serve(target, connections, next))?;
            serving.beside_bare(target, reference.address(), connections, figures)?;
            if connections == FEW {
                serving.beside_pgbench(target, figures)?;
                serving.beside_hash(target, figures)?;
            }
        }
    }
    serving.running.report_memory("after these requests", serving.report);
    Ok(())
}

impl Serving<'_> {
    fn serve(
        &mut self,
        target: Target,
        connections: usize,
        next: &mut dyn FnMut(&mut Vec<u8>),
    ) -> anyhow::Result<Figures> {
        self.running.vacuum()?;
        let figures = load::run(self.running.api.address(), self.plan(connections), next)?;
        let mut row = Row::of(format!("{}, {connections} connections", target.name()), figures);
        // A hash takes longer than that.
        if connections == FEW && target != Target::LogIn {
            row = row.goal("p99", Goal::AtMost(P99, " ms"), f64::from(figures.p99) / 1000.0);
        }
        self.report.add(row);
        Ok(figures)
    }

    fn beside_bare(
        &mut self,
        target: Target,
        address: SocketAddr,
        connections: usize,
        ours: Figures,
    ) -> anyhow::Result<()> {
        let path = |person: &Person| match target {
            Target::GetUser => Some(format!("/users/{}", person.user)),
            Target::GetReport => Some(format!("/reports/{}", person.exporter.report)),
            _ => None,
        };
        let paths: Vec<String> = self.people.iter().filter_map(path).collect();
        if paths.is_empty() {
            return Ok(());
        }
        for (prefix, what) in [
            ("", "bare actix-web, diesel and r2d2"),
            (bare::TRUSTING, "the same, r2d2 without its test of connections"),
        ] {
            let requests = paths.iter().map(|path| http::request("GET", &format!("{prefix}{path}"), "", ""));
            let requests: Vec<Vec<u8>> = requests.collect();
            let mut turns = requests.iter().cycle();
            let figures = load::run(address, self.plan(connections), &mut |buffer| {
                buffer.extend_from_slice(turns.next().map_or(&[][..], Vec::as_slice));
            })?;
            let ratio = ours.per_second / figures.per_second;
            let row = Row::of(what, figures).beside().ratio(ratio);
            let is_goal = prefix.is_empty() && connections == FEW;
            self.report.add(if is_goal { row.goal("ratio", Goal::AtLeast(0.7), ratio) } else { row });
        }
        Ok(())
    }

    fn beside_pgbench(&mut self, target: Target, ours: Figures) -> anyhow::Result<()> {
        let Some((pgbench, script)) = self.pgbench.as_ref().zip(statements::script(target, self.people))
        else {
            return Ok(());
        };
        self.running.vacuum()?;
        let per_second = pgbench.run(&format!("{target:?}"), &script, FEW, self.scale.time)?;
        let ratio = ours.per_second / per_second;
        let row = Row::new("pgbench, the same statements", rate(per_second)).beside().ratio(ratio);
        let is_goal = matches!(target, Target::PostBill | Target::PostExchange);
        self.report.add(if is_goal { row.goal("ratio", Goal::AtLeast(0.5), ratio) } else { row });
        Ok(())
    }

    fn beside_hash(&mut self, target: Target, ours: Figures) -> anyhow::Result<()> {
        if target == Target::LogIn {
            let per_second = hashing::per_second(self.scale.time)?;
            let row = Row::new("Argon2id alone, on every core", rate(per_second)).beside();
            self.report.add(row.ratio(ours.per_second / per_second));
        }
        Ok(())
    }

    fn plan(&self, connections: usize) -> Plan {
        Plan { connections, warm_up: self.scale.warm_up, time: self.scale.time }
    }
}
