//! One r2d2 pool of PostgreSQL sessions behind a fair queue.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use diesel::connection::{AnsiTransactionManager, CacheSize, SimpleConnection};
use diesel::{Connection as _, PgConnection};
use r2d2::{ManageConnection, PooledConnection};

use crate::database::admission::{AcquireError, FairSemaphore, Permit};
use crate::database::statement_log::StatementLog;
use crate::database::watchdog::{Socket, WatchGuard, Watchdog, mark};
use crate::{Address, Error, Result};

/// A connection that was idle for longer is pinged before it is used.
const PING_AFTER: Duration = Duration::from_millis(500);

/// The longest that a ping may take: a connection that says nothing for so long is dead.
const PING_PATIENCE: Duration = Duration::from_secs(1);

/// The longest that setting up a new connection may take.
const SET_UP_PATIENCE: Duration = Duration::from_secs(5);

/// How long after its deadline a call is cut. Until then the server's own time-outs may end it in order.
const GRACE: Duration = Duration::from_secs(1);

/// Half of this is the longest that r2d2 pauses between two attempts to open a connection, so that it notices soon when
/// the database is back. The waits of callers are bounded by `lend`.
const RECONNECT: Duration = Duration::from_secs(1);

/// The longest that a transaction may be silent. Nobody waits for an answer while it is open.
const SILENCE: Duration = Duration::from_secs(30);

/// The target of what `DATABASE_ECHO_POOL` logs.
const POOL_LOG: &str = "strongroom::pool";

/// How the database is reached, and how many connections may be held.
///
/// Every field has the default of the specification; only the address must be given.
///
/// ```
/// use strongroom_repository::PoolOptions;
///
/// let options = PoolOptions::new("postgres://strongroom_app@localhost/strongroom");
/// assert_eq!((options.size, options.max_overflow), (10, 20));
/// ```
#[derive(Clone)]
pub struct PoolOptions {
    /// Where the database is, and how to log in there.
    pub address: Address,
    /// What `pg_stat_activity` shows.
    pub application_name: String,
    /// Connections that are kept open once they were needed (`DATABASE_POOL_SIZE`).
    pub size: u32,
    /// Connections beyond `size` that are opened when callers had to wait, and closed when nobody waits any more
    /// (`DATABASE_MAX_OVERFLOW`).
    pub max_overflow: u32,
    /// Callers that may wait at a time; one more is refused at once.
    pub queue: usize,
    /// The longest a caller waits for a connection (`DATABASE_POOL_TIMEOUT`). An actor's deadline may make it shorter.
    pub timeout: Duration,
    /// Connections older than this are replaced (`DATABASE_POOL_RECYCLE`).
    pub recycle: Duration,
    /// The longest a statement may run (`DATABASE_STATEMENT_TIMEOUT`). A transaction that says nothing for so long, and at
    /// most 30 s, is ended: whoever it belongs to hangs, and its locks are in everybody's way.
    pub statement_timeout: Duration,
    /// The longest a statement waits for what another transaction has locked (`DATABASE_LOCK_TIMEOUT`). PostgreSQL looks
    /// for deadlocks after a second (`deadlock_timeout`); with less than that here, none would be found and run again.
    pub lock_timeout: Duration,
    /// Whether a pooler in transaction mode stands before the database (`DATABASE_POOLER=transaction`): a connection of
    /// ours is then another one of the database's in every transaction, so nothing is kept in it.
    pub transaction_pooler: bool,
    /// Statements that take longer are logged with the name of their operation, without their values
    /// (`DATABASE_SLOW_STATEMENT`).
    pub slow_statement: Duration,
    /// Whether the text of every statement is logged, without its values (`DATABASE_ECHO`).
    pub echo: bool,
}

impl PoolOptions {
    /// The defaults, for the database at `address`: a `postgres://…` URL, a connection string of libpq, or an
    /// [`Address`] with more to it.
    pub fn new(address: impl Into<Address>) -> Self {
        Self {
            address: address.into(),
            application_name: "strongroom".to_owned(),
            size: 10,
            max_overflow: 20,
            queue: 1000,
            timeout: Duration::from_secs(30),
            recycle: Duration::from_secs(3600),
            statement_timeout: Duration::from_secs(30),
            lock_timeout: Duration::from_secs(2),
            transaction_pooler: false,
            slow_statement: Duration::from_millis(500),
            echo: false,
        }
    }
}

impl std::fmt::Debug for PoolOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PoolOptions")
            .field("size", &self.size)
            .field("max_overflow", &self.max_overflow)
            .finish_non_exhaustive()
    }
}

/// What the pool is doing, in the words operators know from other pools.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct PoolFigures {
    /// Connections that are kept open.
    pub pool_size: u32,
    /// Open and idle.
    pub checked_in: u32,
    /// In use.
    pub checked_out: u32,
    /// Open beyond `pool_size`.
    pub overflow: u32,
    /// Callers in line.
    pub waiting: u32,
}

pub(crate) struct Pool {
    semaphore: FairSemaphore,
    sessions: r2d2::Pool<Manager>,
    watch: Arc<Watchdog>,
    size: u32,
    timeout: Duration,
}

/// One connection of the pool, with what the pool must remember of it.
pub(crate) struct Session {
    pub(crate) conn: PgConnection,
    /// What a transaction sets for itself, because it cannot be set for the session.
    limits: Arc<str>,
    /// By which it can be cut; none where it is no TCP connection.
    line: Option<Arc<Socket>>,
    generation: u64,
    last_used: Instant,
    close: bool,
}

/// A session in use. Dropping it gives the session back and lets the next caller in.
pub(crate) struct Lease<'a> {
    // Fields are dropped in this order: nothing is cut that is back, and the session is back before the permit goes on to
    // the next in line.
    watched: Option<WatchGuard>,
    session: PooledConnection<Manager>,
    permit: Permit<'a>,
}

impl Pool {
    pub(crate) fn new(options: PoolOptions) -> Self {
        let (size, overflow) = (options.size.max(1), options.max_overflow);
        let watch = Arc::new(Watchdog::start());
        let sessions = r2d2::Pool::builder()
            .max_size(size + overflow)
            // Connections are opened when they are needed: the first request should not wait for ten of them.
            .min_idle(Some(0))
            .idle_timeout(None)
            .max_lifetime(Some(options.recycle))
            .connection_timeout(RECONNECT)
            .error_handler(Box::new(LogErrors))
            .build_unchecked(Manager::new(&options, Arc::clone(&watch)));
        Self {
            semaphore: FairSemaphore::new(size as usize, overflow as usize, options.queue),
            sessions,
            watch,
            size,
            timeout: options.timeout,
        }
    }

    /// Waits in line and for a connection, at most `patience` in all. A connection that is not given back by the deadline,
    /// if there is one, is cut.
    pub(crate) fn lend(&self, patience: Duration, deadline: Option<Instant>) -> Result<Lease<'_>> {
        let start = Instant::now();
        let permit = self.semaphore.enter(patience).map_err(|closed| match closed {
            AcquireError::Full => Error::Unavailable("too many callers are waiting for a connection".into()),
            AcquireError::TimedOut => Error::Timeout("connection"),
        })?;
        // A permit stands for a connection, so what is waited for here is only the opening of one.
        let left = patience.saturating_sub(start.elapsed()).max(Duration::from_millis(1));
        let session =
            self.sessions.get_timeout(left).map_err(|error| Error::Unavailable(error.to_string()))?;
        tracing::debug!(
            target: POOL_LOG,
            micros = start.elapsed().as_micros(),
            figures = ?self.figures(),
            "a connection was handed out"
        );
        let watched = session.line.as_ref().zip(deadline);
        let watched = watched.map(|(line, deadline)| self.watch.until(deadline + GRACE, line));
        Ok(Lease { watched, session, permit })
    }

    pub(crate) fn timeout(&self) -> Duration {
        self.timeout
    }

    pub(crate) fn figures(&self) -> PoolFigures {
        let state = self.sessions.state();
        PoolFigures {
            pool_size: self.size,
            checked_in: state.idle_connections,
            checked_out: u32::try_from(self.semaphore.running()).unwrap_or(u32::MAX),
            overflow: state.connections.saturating_sub(self.size),
            waiting: u32::try_from(self.semaphore.waiting()).unwrap_or(u32::MAX),
        }
    }
}

impl Lease<'_> {
    pub(crate) fn conn(&mut self) -> &mut PgConnection {
        &mut self.session.conn
    }

    /// Opens a transaction by `BEGIN …`. Behind a pooler it brings its own limits: those of a session would be anybody's.
    pub(crate) fn begin(&mut self, begin: &str) -> Result<()> {
        let sql = format!("{begin}{}", self.session.limits);
        Ok(AnsiTransactionManager::begin_transaction_sql(&mut self.session.conn, &sql)?)
    }

    /// The connection is closed instead of going back to the pool.
    pub(crate) fn discard(&mut self) {
        self.session.close = true;
    }
}

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        self.session.last_used = Instant::now();
        if self.permit.is_surplus() || self.watched.as_ref().is_some_and(WatchGuard::was_cut) {
            self.session.close = true;
        }
        tracing::debug!(target: POOL_LOG, closed = self.session.close, "a connection was given back");
    }
}

/// Opens and checks sessions for r2d2.
struct Manager {
    address: Address,
    /// For the session, or, behind a pooler, for each transaction.
    set_up: Arc<str>,
    transaction_pooler: bool,
    slow_statement: Duration,
    echo: bool,
    watch: Arc<Watchdog>,
    /// Raised when a resting connection is found dead: what made it so most likely met all the others.
    generation: AtomicU64,
}

impl Manager {
    fn new(options: &PoolOptions, watch: Arc<Watchdog>) -> Self {
        let name: String = options.application_name.chars().filter(char::is_ascii_alphanumeric).collect();
        let set = if options.transaction_pooler { "; SET LOCAL" } else { "; SET" };
        let set_up: String = [
            ("statement_timeout", options.statement_timeout),
            ("lock_timeout", options.lock_timeout),
            ("idle_in_transaction_session_timeout", options.statement_timeout.min(SILENCE)),
        ]
        .into_iter()
        // PostgreSQL takes 0 for no limit.
        .map(|(name, limit)| format!("{set} {name} = {}", limit.as_millis().max(1)))
        .collect();
        Self {
            // Names and time zones are what poolers, too, keep for each of their clients.
            address: options.address.clone().with("application_name", name),
            set_up: set_up.into(),
            transaction_pooler: options.transaction_pooler,
            slow_statement: options.slow_statement,
            echo: options.echo,
            watch,
            generation: AtomicU64::default(),
        }
    }

    fn ping(&self, session: &mut Session) -> Result<()> {
        let deadline = Instant::now() + PING_PATIENCE;
        let _watched = session.line.as_ref().map(|line| self.watch.until(deadline, line));
        Ok(session.conn.batch_execute("SELECT 1")?)
    }
}

impl ManageConnection for Manager {
    type Connection = Session;
    type Error = Error;

    fn connect(&self) -> Result<Session> {
        let (generation, mark) = (self.generation.load(Ordering::SeqCst), mark());
        let mut conn = self.address.clone().with("tcp_user_timeout", mark.to_string()).establish()?;
        let line = Socket::find(mark).map(Arc::new);
        let watched = line.as_ref().map(|line| self.watch.until(Instant::now() + SET_UP_PATIENCE, line));
        let limits = if self.transaction_pooler {
            // A prepared statement stays behind in a connection that the next statement may not get.
            conn.set_prepared_statement_cache_size(CacheSize::Disabled);
            Arc::clone(&self.set_up)
        } else {
            conn.batch_execute(&format!("SET timezone = 'UTC'{}", self.set_up))?;
            Arc::default()
        };
        drop(watched);
        conn.set_instrumentation(StatementLog::new(self.echo, self.slow_statement));
        tracing::debug!(target: POOL_LOG, "a connection was opened");
        Ok(Session { conn, limits, line, generation, last_used: Instant::now(), close: false })
    }

    fn is_valid(&self, session: &mut Session) -> Result<()> {
        if session.last_used.elapsed() <= PING_AFTER {
            return Ok(());
        }
        let generation = self.generation.load(Ordering::SeqCst);
        if session.generation != generation {
            return Err(Error::Unavailable("it rested while another was lost".into()));
        }
        self.ping(session).inspect_err(|_| {
            // Only the first to notice raises it.
            let (next, order) = (generation + 1, Ordering::SeqCst);
            let _ = self.generation.compare_exchange(generation, next, order, order);
        })
    }

    fn has_broken(&self, session: &mut Session) -> bool {
        session.close
    }
}

#[derive(Debug)]
struct LogErrors;

impl r2d2::HandleError<Error> for LogErrors {
    fn handle_error(&self, error: Error) {
        tracing::warn!(%error, "a database connection could not be opened or was found dead");
    }
}
