//! The handle: the only way to the database.

use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use codec::{Cipher, KeyRing};
use diesel::connection::{AnsiTransactionManager, SimpleConnection as _, TransactionManager};
use diesel::prelude::*;
use diesel::sql_types::{Bool, Nullable, Text};

use crate::database::address::PASSWORD_COMMAND;
use crate::database::pool::{Lease, Pool};
use crate::database::statement_log::{self, Operation};
use crate::error::Failure;
use crate::platform::encryption_keys;
use crate::{Actor, Address, Conn, Error, PoolFigures, PoolOptions, Result, Tx, Who};

/// What the service becomes for an end user.
pub(crate) const END_USER_ROLE: &str = "strongroom_user";

/// How often a transaction runs again after a serialisation failure or a deadlock.
const RETRIES: u32 = 5;

diesel::define_sql_function! {
    /// `set_config(name, value, is_local)`
    fn set_config(name: Text, value: Nullable<Text>, is_local: Bool) -> Nullable<Text>;
}
diesel::define_sql_function! {
    /// The time the transaction began, by the database's clock.
    fn transaction_timestamp() -> Timestamptz;
}

/// A pool of connections to one Strongroom database, with the keys that open its sealed columns.
///
/// Cheap to clone; clones share the pool.
///
/// ```no_run
/// use strongroom_repository::codec::{EncryptionKey, KeyRing};
/// use strongroom_repository::domain::pii::PhoneNumber;
/// use strongroom_repository::{Actor, Database, PoolOptions, split::users};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let keys = KeyRing::new(EncryptionKey::parse(&std::env::var("ENCRYPTION_KEY")?)?, Vec::new())?;
/// let database = Database::connect(PoolOptions::new(std::env::var("DATABASE_URL")?), &keys)?;
///
/// let phone = PhoneNumber::parse("+919876543210")?;
/// let user = database.read("example.find", &Actor::system(), |conn| users::find_by_phone(conn, &phone))?;
/// println!("{}", if user.is_some() { "known" } else { "unknown" });
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Database {
    pool: Arc<Pool>,
    cipher: Arc<Cipher>,
}

impl Database {
    /// Connects, and checks that `keys` are the keys this database was sealed with before anything else is read.
    ///
    /// Waits up to `options.timeout` for a database that does not answer yet.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when there is no database within that time; [`Error::NotReady`], with what to do, when
    /// tables are missing, the login may do more than the service should, or a key is wrong.
    pub fn connect(options: PoolOptions, keys: &KeyRing) -> Result<Self> {
        refuse_hopeless(&options.address)?;
        let behind_pooler = options.transaction_pooler;
        let pool = Pool::new(options);
        let cipher = {
            let mut lease = pool.lend(pool.timeout(), None)?;
            crate::ops::service_login::refuse_unfit(lease.conn())?;
            if behind_pooler {
                crate::ops::service_login::refuse_endless_statements(lease.conn())?;
            }
            crate::ops::health::refuse_missing(lease.conn())?;
            encryption_keys::open(lease.conn(), keys)?
        };
        Ok(Self { pool: Arc::new(pool), cipher: Arc::new(cipher) })
    }

    /// Runs `work`, which only reads.
    ///
    /// Statements run one by one, without a transaction; for an end user they stand in a read-only one, in which the
    /// database shows nothing but that user's rows. A connection that was lost is replaced and the work run again,
    /// within the actor's deadline. `operation` names the work in metrics and traces: `split.get_bill`.
    ///
    /// # Errors
    /// What `work` returns; [`Error::Timeout`] or [`Error::Unavailable`] when no connection could be had.
    pub fn read<T, E: Failure>(
        &self,
        operation: &'static str,
        actor: &Actor,
        mut work: impl FnMut(&mut Conn<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.observe("read", operation, || {
            let mut attempt = 0;
            loop {
                let mut lease = self.lend(actor)?;
                let outcome = if actor.is_end_user() {
                    self.transact(&mut lease, Purpose::Read, actor, &mut |tx: &mut Tx<'_>| work(tx)).outcome
                } else {
                    work(&mut Conn::new(lease.conn(), &self.cipher))
                };
                let lost = failed_with(&outcome, Error::lost_connection);
                if lost {
                    lease.discard();
                }
                attempt += 1;
                if !(lost && attempt <= RETRIES && pause(attempt, actor)) {
                    return outcome;
                }
                count_retry(operation);
            }
        })
    }

    /// Runs `work` in one transaction: all of it is stored, or nothing.
    ///
    /// The transaction knows the actor and the request, for the audit log, and brings the database's time. An end
    /// user's reaches nothing but that user's rows: others are as if they were not there. After a
    /// serialisation failure or a deadlock the whole of `work` runs again, at most five times and within the actor's
    /// deadline, so it must not do anything but use `tx`.
    ///
    /// # Errors
    /// What `work` returns, with nothing stored. [`Error::Unavailable`] from a lost connection may, if it was lost at
    /// the very end, hide a commit.
    pub fn write<T, E: Failure>(
        &self,
        operation: &'static str,
        actor: &Actor,
        work: impl FnMut(&mut Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.run(operation, actor, Purpose::Write, work)
    }

    /// Runs `work` as [`write`](Self::write) would, checks what else a commit would check, and takes all of it back.
    ///
    /// What comes out is what would have come out, ids included, and nothing is stored: neither by `work` nor in the
    /// audit log. Sequences go on, and locks are held as long as it takes.
    ///
    /// # Errors
    /// What `work` returns, and what the commit would have failed with.
    pub fn dry_run<T, E: Failure>(
        &self,
        operation: &'static str,
        actor: &Actor,
        work: impl FnMut(&mut Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.run(operation, actor, Purpose::DryRun, work)
    }

    fn run<T, E: Failure>(
        &self,
        operation: &'static str,
        actor: &Actor,
        purpose: Purpose,
        mut work: impl FnMut(&mut Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.observe("write", operation, || {
            let mut attempt = 0;
            loop {
                let mut lease = self.lend(actor)?;
                let Transacted { begun, outcome } = self.transact(&mut lease, purpose, actor, &mut work);
                // Nothing has happened yet when a transaction does not begin, so trying again is safe.
                let may_retry = if begun { Error::is_contention } else { Error::lost_connection };
                if failed_with(&outcome, Error::lost_connection) {
                    lease.discard();
                }
                drop(lease);
                attempt += 1;
                if !(failed_with(&outcome, may_retry) && attempt <= RETRIES && pause(attempt, actor)) {
                    return outcome;
                }
                count_retry(operation);
            }
        })
    }

    fn transact<T, E: Failure>(
        &self,
        lease: &mut Lease<'_>,
        purpose: Purpose,
        actor: &Actor,
        work: &mut impl FnMut(&mut Tx<'_>) -> Result<T, E>,
    ) -> Transacted<T, E> {
        // Should `work` panic, the connection is closed with its transaction open, and PostgreSQL rolls it back. The
        // same goes for a transaction that begins and cannot be set up.
        let mut guard = CloseUnlessFinished { lease, finished: false };
        let begun = guard.lease.begin(purpose.begin()).and_then(|()| set_up(guard.lease.conn(), actor));
        let now = match begun {
            Ok(now) => now,
            Err(error) => return Transacted { begun: false, outcome: Err(error.into()) },
        };
        let outcome = work(&mut Tx::new(Conn::new(guard.lease.conn(), &self.cipher), actor, now));
        let outcome = match (outcome, purpose) {
            (Ok(value), Purpose::DryRun) => {
                check_constraints(guard.lease.conn()).map(|()| value).map_err(E::from)
            }
            (outcome, _) => outcome,
        };
        let ended = match (&outcome, purpose) {
            (Ok(_), Purpose::Read | Purpose::Write) => {
                AnsiTransactionManager::commit_transaction(guard.lease.conn())
            }
            _ => AnsiTransactionManager::rollback_transaction(guard.lease.conn()),
        };
        guard.finished = ended.is_ok();
        let outcome = match (outcome, ended) {
            (Ok(_), Err(error)) => Err(commit_failed(purpose, error.into()).into()),
            (outcome, _) => outcome,
        };
        Transacted { begun: true, outcome }
    }

    /// What the pool is doing now.
    pub fn pool_figures(&self) -> PoolFigures {
        self.pool.figures()
    }

    /// The keys of this database.
    pub fn cipher(&self) -> &Cipher {
        &self.cipher
    }

    fn lend(&self, actor: &Actor) -> Result<Lease<'_>> {
        self.pool.lend(actor.time_left(self.pool.timeout()), actor.deadline())
    }

    /// Labels a trace span and the metrics of one call with its operation.
    fn observe<T, E: Failure>(
        &self,
        kind: &'static str,
        operation: &'static str,
        call: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, E> {
        let _span = tracing::debug_span!("database", kind, operation).entered();
        let _statements = Operation::begin(operation);
        let start = Instant::now();
        let outcome = call();
        metrics::counter!("database_queries_total", "type" => kind, "operation" => operation).increment(1);
        metrics::histogram!("database_query_duration_seconds", "type" => kind, "operation" => operation)
            .record(start.elapsed().as_secs_f64());
        if failed_with(&outcome, Error::is_fault) {
            metrics::counter!("database_errors_total", "type" => kind, "operation" => operation).increment(1);
        }
        outcome
    }
}

/// A server that answers with a refusal will not change its mind while we wait: only one that does not answer yet is
/// worth waiting for.
fn refuse_hopeless(address: &Address) -> Result<()> {
    const HOPELESS: [&str; 8] = [
        "authentication failed",
        "no password supplied",
        "does not exist",
        "no pg_hba.conf entry",
        "certificate verify failed",
        "does not match host name",
        "server does not support SSL",
        PASSWORD_COMMAND,
    ];
    match address.establish() {
        Err(Error::Unavailable(reason)) if HOPELESS.iter().any(|text| reason.contains(text)) => {
            Err(Error::Unavailable(reason))
        }
        Err(error @ Error::NotReady(_)) => Err(error),
        _ => Ok(()),
    }
}

/// In one round trip tells the audit triggers who acts and asks for the time. For an end user, it also lays down the
/// service's rights until the transaction ends, however it ends: every setting here is the transaction's own.
pub(crate) fn set_up(conn: &mut PgConnection, actor: &Actor) -> Result<DateTime<Utc>> {
    let known_to_all = (
        transaction_timestamp(),
        set_config("strongroom.actor", Some(actor.to_string()), true),
        set_config("strongroom.request_id", actor.request_id().map(str::to_owned), true),
    );
    let Who::EndUser { system, id } = actor.who() else {
        let (now, _, _): (DateTime<Utc>, Setting, Setting) = diesel::select(known_to_all).get_result(conn)?;
        return Ok(now);
    };
    let ((now, _, _), _, _): ((DateTime<Utc>, Setting, Setting), Setting, Setting) = diesel::select((
        known_to_all,
        set_config("strongroom.end_user", Some(format!("{system}:{id}")), true),
        set_config("role", Some(END_USER_ROLE), true),
    ))
    .get_result(conn)?;
    Ok(now)
}

type Setting = Option<String>;

/// What became of a transaction, and whether it began at all.
struct Transacted<T, E> {
    begun: bool,
    outcome: Result<T, E>,
}

/// What a transaction is for, and so how it begins and ends.
#[derive(Clone, Copy)]
enum Purpose {
    Read,
    Write,
    /// To be rolled back, also if all went well.
    DryRun,
}

impl Purpose {
    fn begin(self) -> &'static str {
        match self {
            Self::Read => "BEGIN READ ONLY",
            Self::Write | Self::DryRun => "BEGIN",
        }
    }
}

/// Checks the constraints that wait for the commit.
fn check_constraints(conn: &mut PgConnection) -> Result<()> {
    Ok(conn.batch_execute("SET CONSTRAINTS ALL IMMEDIATE")?)
}

struct CloseUnlessFinished<'a, 'b> {
    lease: &'a mut Lease<'b>,
    finished: bool,
}

impl Drop for CloseUnlessFinished<'_, '_> {
    fn drop(&mut self) {
        if !self.finished {
            self.lease.discard();
        }
    }
}

fn failed_with<T, E: Failure>(outcome: &Result<T, E>, test: fn(&Error) -> bool) -> bool {
    outcome.as_ref().err().and_then(Failure::repository).is_some_and(test)
}

/// Waits before the next attempt, longer each time and never equally long for two callers; false when the deadline
/// leaves no room for one.
fn pause(attempt: u32, actor: &Actor) -> bool {
    let longest = Duration::from_millis(5 << attempt.min(6));
    let wait = longest.mul_f64(jitter());
    if actor.time_left(Duration::MAX) <= wait {
        return false;
    }
    std::thread::sleep(wait);
    true
}

/// A number in 0..1 that differs between threads and calls. It spreads retries and is no secret.
fn jitter() -> f64 {
    use std::hash::{BuildHasher, RandomState};
    f64::from(u32::try_from(RandomState::new().hash_one(()) >> 32).unwrap_or(0)) / f64::from(u32::MAX)
}

/// Counts a commit that may or may not have happened: the connection was lost before its answer came.
fn commit_failed(purpose: Purpose, error: Error) -> Error {
    if matches!(purpose, Purpose::Write) && error.lost_connection() {
        let operation = statement_log::operation();
        metrics::counter!("database_in_doubt_commits_total", "operation" => operation).increment(1);
        tracing::warn!(operation, "the connection was lost during a commit, which may have been made");
    }
    error
}

fn count_retry(operation: &'static str) {
    metrics::counter!("database_retries_total", "operation" => operation).increment(1);
}
