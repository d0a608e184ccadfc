//! The same lists of a user who has few rows and of one who has many.

use anyhow::Context as _;
use diesel::prelude::*;
use diesel::sql_types;
use repository::domain::split::{NewBill, User};
use repository::domain::{Amount, Id};
use repository::split::batch;
use repository::{Actor, Database};

use crate::exporters::{self, Exporter};
use crate::http::request;
use crate::load::{self, Plan};
use crate::options::Scale;
use crate::report::{Goal, Report, Row, count};
use crate::running::Running;
use crate::world::{self, TOTAL};

/// Rows of one transaction, and so with one time of making. Lists go by time.
const ROWS: usize = 10_000;

/// Connections that ask for lists.
const CONNECTIONS: usize = 16;

/// How many times slower a list of many rows may be.
const SLOWER: f64 = 1.3;

/// Measures the first page of each list, at both sizes.
pub(crate) fn measure(running: &mut Running, report: &mut Report, scale: Scale) -> anyhow::Result<()> {
    let plan = Plan { connections: CONNECTIONS, warm_up: scale.warm_up, time: scale.time };
    running.empty()?;
    let mut before: Vec<f64> = Vec::new();
    for rows in scale.lists {
        let user = fill(&running.database, rows).context("the rows of a list could not be made")?;
        share_newest(&mut running.superuser, user)?;
        let Exporter { user: exporter, session, .. } =
            exporters::fill(&running.database, &mut running.superuser, rows)?;
        running.vacuum()?;
        let mut rates = Vec::new();
        for (list, path) in [
            ("contacts", format!("split/users/{user}/contacts")),
            ("bills", format!("split/users/{user}/bills")),
            ("reports", format!("export/users/{exporter}/reports")),
            ("reports of all users", "export/reports".to_owned()),
            ("messages", format!("export/chat-sessions/{session}/messages")),
        ] {
            let request = request("GET", &format!("/v1/{path}"), &running.token, "");
            let figures =
                load::run(running.api.address(), plan, &mut |buffer| buffer.extend_from_slice(&request))?;
            let mut row = Row::of(format!("GET {list}, page of 50 of {}", count(rows as f64)), figures);
            if let Some(few) = before.get(rates.len()) {
                let slower = few / figures.per_second;
                row = row.ratio(slower).goal("times slower", Goal::AtMost(SLOWER, ""), slower);
            }
            report.add(row);
            rates.push(figures.per_second);
        }
        before = rates;
    }
    Ok(())
}

/// A new user with so many contacts and so many bills.
fn fill(database: &Database, rows: usize) -> anyhow::Result<Id<User>> {
    let (operation, actor, total) = ("bench.fill", Actor::system(), Amount::parse(TOTAL)?);
    let user = database.write(operation, &actor, world::new_user)?;
    for contacts in world::new_contacts(user, rows).chunks(ROWS) {
        database.write(operation, &actor, |tx| batch::insert_contacts(tx, user, contacts))?;
    }
    let bills: Vec<NewBill> = (0..rows).map(|_| world::new_bill(user, total)).collect();
    for bills in bills.chunks(ROWS) {
        database.write(operation, &actor, |tx| batch::insert_bills(tx, bills))?;
    }
    Ok(user)
}

/// Divides the bills of the first pages among five contacts each. A list looks at no others.
fn share_newest(superuser: &mut PgConnection, user: Id<User>) -> anyhow::Result<()> {
    diesel::sql_query(
        "INSERT INTO split.bill_participants (bill_id, user_id, contact_id, amount_owed)
         SELECT b.id, b.user_id, c.id, 246.90
           FROM (SELECT id, user_id FROM split.bills WHERE user_id = $1 ORDER BY created_at DESC, id DESC LIMIT 200) b,
                (SELECT id FROM split.contacts WHERE user_id = $1 ORDER BY created_at DESC, id DESC LIMIT 5) c",
    )
    .bind::<sql_types::Uuid, _>(user.uuid())
    .execute(superuser)
    .context("the newest bills could not be shared")?;
    Ok(())
}
