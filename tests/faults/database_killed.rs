//! T1: PostgreSQL is killed under load, with all its processes.

use std::time::{Duration, Instant};

use crate::figures::{Figures, scale};
use crate::load::{Ledger, for_a_while, make_until_acknowledged, while_clients};
use crate::oracle::Oracle;
use crate::postgres::Postgres;
use crate::service::Service;

/// How soon bills are made again once the database accepts connections.
const RECOVERY: Duration = Duration::from_secs(2);

#[test]
fn what_was_acknowledged_survives() {
    let mut figures = Figures::of("T1");
    let folder = tempfile::tempdir().unwrap();
    let mut postgres = Postgres::start(folder.path());
    let service = Service::start(postgres.url(), postgres.url(), &[]);
    let ledger = Ledger::new("killed");
    let mut random = figures.random.clone();
    let rounds = scale(1, 5);
    let (mut slowest_start, mut slowest_recovery) = (Duration::ZERO, Duration::ZERO);
    while_clients(
        8,
        || {
            for _ in 0..rounds {
                for_a_while(Duration::from_millis(1500 + u64::try_from(random.below(1000)).unwrap()));
                postgres.kill();
                let killed = Instant::now();
                postgres.start_again();
                let accepts = Instant::now();
                let recovered = ledger.next_success(accepts);
                slowest_start = slowest_start.max(accepts - killed);
                slowest_recovery = slowest_recovery.max(recovered - accepts);
            }
            for_a_while(Duration::from_secs(1));
        },
        |_| make_until_acknowledged(&service, &ledger, Duration::from_secs(5)),
    );
    figures.random = random;
    figures.note("kills", rounds);
    figures.note("ms from the kill until it accepts again", slowest_start.as_millis());
    figures.within("first success after it accepts", slowest_recovery, RECOVERY);
    let strange = ledger.out_of_order();
    assert!(strange.is_empty(), "{} answers like {:?}", strange.len(), strange.first());
    Oracle::of(postgres.admin_url()).acknowledges(&figures, &ledger);
}
