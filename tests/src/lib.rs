//! What black-box tests need: a running server on a database of its own, a client for it, and the command.
//!
//! The binaries are those that `cargo build --bins` made; `make test` builds them first.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that cannot have its server should stop with the reason"
)]

mod api;
mod certificates;
mod command;
mod fault_proxy;
mod open_files;
mod pooler;
mod random;
mod redis;
mod server;
mod tls_client;

pub use api::{Api, TWILIO_TOKEN};
pub use certificates::{Authority, Certificate};
pub use command::{Outcome, db_manage, db_manage_by, db_manage_in, db_manage_with, demo, start_on};
pub use fault_proxy::{FaultProxy, Mode, Upstream};
pub use open_files::allow_many_files;
pub use pooler::PgBouncer;
pub use random::Random;
pub use redis::Redis;
pub use server::{Answer, Server};
pub use tls_client::TlsClient;

use std::path::PathBuf;

/// A binary of this workspace, in the profile that the tests were built in.
pub fn binary(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("the test's own path");
    let path = test.ancestors().nth(2).expect("a target directory").join(name);
    assert!(path.exists(), "{} is missing: run `cargo build --bins` or `make test`", path.display());
    path
}
