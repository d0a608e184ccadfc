//! What operators do to a whole database. It loops over [`system::tables`](crate::system::tables); only the rules of
//! [`cleanup`] know a system.

pub mod audit;
pub mod cleanup;
pub mod export;
pub mod health;
pub mod keys;
pub mod migrations;
pub mod query;
pub mod reset;
pub mod roles;
pub(crate) mod sealed_values;
pub(crate) mod service_login;
mod session;
pub mod stats;

pub use session::{Facts, Session};
