//! T6: PostgreSQL's disk is full, or the one of a tablespace, or the one of its write-ahead log.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown, symlink};
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, PgConnection};
use serde_json::json;
use tempfile::TempDir;

use super::administer;
use super::small_disk::SmallDisk;
use crate::figures::Figures;
use crate::load::{Ledger, for_a_while, make_until_acknowledged, while_clients};
use crate::oracle::Oracle;
use crate::postgres::Postgres;
use crate::service::Service;

/// How long it is full.
const FULL: Duration = Duration::from_secs(10);

/// A folder that other accounts may enter, PostgreSQL's among them.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    folder
}

/// A disk that runs full: how, what is to go on or to happen meanwhile, and how there comes to be room again.
struct Fault<'a> {
    name: &'a str,
    fill: &'a dyn Fn(),
    meanwhile: (&'a str, &'a dyn Fn(&Service) -> bool),
    make_room: &'a dyn Fn(),
}

fn survives(postgres: &mut Postgres, fault: &Fault<'_>) {
    let (figures, name) = (Figures::of("T6"), fault.name);
    let (what, happens) = fault.meanwhile;
    let service = Service::start(postgres.url(), postgres.url(), &[]);
    let ledger = Ledger::new("full");
    let (mut happened, mut filled, mut emptied) = (0, Instant::now(), Instant::now());
    while_clients(
        4,
        || {
            for_a_while(Duration::from_secs(2));
            (fault.fill)();
            filled = Instant::now();
            while filled.elapsed() < FULL {
                happened += usize::from(happens(&service));
                for_a_while(Duration::from_millis(50));
            }
            (fault.make_room)();
            postgres.start_again();
            emptied = Instant::now();
            ledger.next_success(emptied);
            for_a_while(Duration::from_secs(2));
        },
        |_| make_until_acknowledged(&service, &ledger, Duration::from_secs(5)),
    );
    let refused = ledger.since(filled).iter().filter(|seen| !seen.outcome.is_success()).count();
    figures.check(&format!("{name}: bills refused while it was full"), refused, ">= 1", refused >= 1);
    figures.check(&format!("{name}: {what}"), happened, ">= 1", happened >= 1);
    let made = ledger.since(emptied).iter().filter(|seen| seen.outcome.is_success()).count();
    figures.check(&format!("{name}: bills made afterwards"), made, ">= 1", made >= 1);
    let strange = ledger.out_of_order();
    println!("{:?}", strange.first());
    figures.exactly(&format!("{name}: answers neither done nor 503"), strange.len(), 0);
    Oracle::of(postgres.admin_url()).acknowledges(&figures, &ledger);
}

#[test]
fn a_full_disk_refuses_writes_and_loses_none() {
    let folder = folder();
    let place = folder.path().join("disk");
    let disk = SmallDisk::mount(&place, 160);
    let mut postgres = Postgres::start(&place);
    let fault = Fault {
        name: "disk",
        fill: &|| disk.fill(),
        // Until the write-ahead log needs a new file, too: then PostgreSQL stops by itself.
        meanwhile: ("reads done meanwhile", &|service| service.get_user().is_success()),
        make_room: &|| disk.make_room(),
    };
    survives(&mut postgres, &fault);
}

#[test]
fn a_full_tablespace_refuses_what_needs_it_alone() {
    let folder = folder();
    let disk = SmallDisk::mount(&folder.path().join("disk"), 32);
    let mut postgres = Postgres::start(folder.path());
    let place = folder.path().join("disk/tablespace");
    fs::create_dir(&place).unwrap();
    let server = fs::metadata(postgres.data()).unwrap();
    chown(&place, Some(server.uid()), Some(server.gid())).unwrap();
    let oracle = Oracle::of(postgres.admin_url());
    oracle.run(&format!("CREATE TABLESPACE small LOCATION '{}'", place.display()));
    oracle.run("ALTER TABLE split.bills SET TABLESPACE small");
    let fault = Fault {
        name: "tablespace",
        fill: &|| disk.fill(),
        meanwhile: ("users changed and bills read meanwhile", &changes_user_and_reads_bills),
        make_room: &|| disk.make_room(),
    };
    survives(&mut postgres, &fault);
}

/// The one is written to the rest of the disk, the other read from the tablespace.
fn changes_user_and_reads_bills(service: &Service) -> bool {
    let user = format!("/v1/split/users/{}", service.user());
    let changed = service.send("PATCH", &user, None, Some(&json!({"name": "Asha"})));
    changed.is_success() && service.get(&format!("{user}/bills")).is_success()
}

#[test]
fn a_full_write_ahead_log_stops_postgresql_and_loses_nothing() {
    let folder = folder();
    let place = folder.path().join("disk");
    let disk = SmallDisk::mount(&place, 64);
    let mut postgres = Postgres::start(folder.path());
    postgres.stop();
    let log = postgres.data().join("pg_wal");
    administer(&format!("mv {} {}", log.display(), place.display()));
    symlink(place.join("pg_wal"), &log).unwrap();
    postgres.start_again();
    let admin_url = postgres.admin_url().to_owned();
    let fault = Fault {
        name: "log",
        fill: &|| {},
        meanwhile: ("times that PostgreSQL stopped", &|_| is_stopped_by_writing(&admin_url)),
        make_room: &|| disk.grow(512),
    };
    survives(&mut postgres, &fault);
}

/// Writes so much that the log is full soon. A server that comes back by itself, because a checkpoint has made room in the
/// log, is not left alone either.
fn is_stopped_by_writing(admin_url: &str) -> bool {
    let write = "CREATE TABLE IF NOT EXISTS public.ballast (text text);
                 INSERT INTO public.ballast SELECT md5(n::text) FROM generate_series(1, 200000) AS n";
    PgConnection::establish(admin_url).is_ok_and(|mut conn| conn.batch_execute(write).is_err())
}
