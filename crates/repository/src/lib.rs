//! The door to a Strongroom database: transactions, sealed rows, queries and operations.
//!
//! Everything goes through [`Database::read`] and [`Database::write`], which hand out a [`Cx`] or a [`Tx`]; the
//! functions of the table modules ([`split::contacts`], …) take one of them. Personal data is sealed on the way in and
//! opened on the way out, so a value never reaches PostgreSQL in clear. This crate alone names diesel. It must never
//! log a value, a bound parameter or the detail of a database error, and never hand out a connection.
//!
//! ```no_run
#![doc = include_str!("../examples/quickstart.rs")]
//! ```

mod actor;
mod address;
mod cached;
mod cx;
mod database;
mod error;
pub mod export;
mod gate;
pub mod ops;
pub mod platform;
mod pool;
mod retention;
mod root;
mod schema;
mod sealed;
pub mod split;
mod statement;
mod statement_log;
mod stored;
pub mod system;
mod table;
mod tally;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod watch;

pub use actor::{Actor, Who};
pub use address::{Address, Conninfo, ConninfoError};
pub use cached::CachedValue;
pub use codec;
pub use cx::{Cx, Tx};
pub use database::Database;
pub use domain;
pub use error::{Error, Failure, Result};
pub use pool::{PoolFigures, PoolOptions};
pub use retention::{Keep, Retention, Rule};
pub use root::Deletion;
pub use stored::StoredJson;
pub use system::{SYSTEMS, System};
pub use table::{Access, Audit, SealedColumn, Table, Verb};
