//! The way to a Strongroom database: transactions, sealed rows, queries and operations.
//!
//! Everything goes through [`Database::read`] and [`Database::write`], which hand out a [`Conn`] or a [`Tx`]; the
//! functions of the table modules ([`split::contacts`], …) take one of them. Personal data is sealed on the way in and
//! opened on the way out, so a value never reaches PostgreSQL in clear. This crate alone names diesel. It must never
//! log a value, a bound parameter or the detail of a database error, and never hand out a connection.
//!
//! ```no_run
#![doc = include_str!("../examples/quickstart.rs")]
//! ```

mod database;
pub mod erasure;
mod error;
pub mod export;
mod keyset;
pub mod market;
pub mod ops;
mod own_data;
pub mod pantry;
pub mod platform;
mod retention;
mod root;
mod schema;
pub mod split;
pub mod system;
mod table;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
pub mod whatsapp;

pub use codec;
pub use database::{
    Actor, Address, CachedValue, Conn, Conninfo, ConninfoError, Database, PoolFigures, PoolOptions,
    StoredJson, Tx, Who,
};
pub use domain;
pub use error::{Error, Failure, Result};
pub use own_data::{OwnPosition, OwnRow};
pub use retention::{Keep, Retention, Rule};
pub use root::Deletion;
pub use system::{SYSTEMS, System};
pub use table::{Access, Audit, Breakdown, SealedColumn, SealedElements, Table, Verb};
