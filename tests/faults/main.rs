//! Failures that Strongroom survives: the database killed, cut off, slow, full or stuck, and the service killed.
//!
//! Each test drives the real service over HTTP, breaks something, and then compares what clients were told with what is
//! stored. `make test` runs a short form, `make test-faults` the full one (`FAULTS=full`). What is random is made from a
//! seed, which a test that fails shows: `FAULTS_SEED=7 make test-faults` takes another. `docs/failure-tests.md` has the
//! list and the figures.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test that meets what it does not expect should stop there"
)]

mod backends;
mod clients;
mod database_killed;
mod deadlock;
mod figures;
mod load;
mod lost_commits;
#[cfg(feature = "needs-root")]
mod needs_root;
mod network;
mod oracle;
mod pool;
mod postgres;
mod proxy;
mod races;
mod redis;
mod service;
mod service_hung;
mod service_killed;
mod timeouts;
