//! Use cases: what an agent asks for, each in one transaction.
//!
//! A function takes a [`Conn`](repository::Conn) when it only reads and a [`Tx`](repository::Tx) when it changes something,
//! so that use cases compose and still succeed or fail as a whole. The rules themselves are pure and live in `domain`;
//! the queries live in `repository`; what stands here is their order, and what to say when a rule is broken. This
//! layer must never talk to a network and never know what HTTP is.

pub mod batch;
pub mod conflicts;
mod error;
pub mod export;
pub mod identity;
pub mod market;
pub mod pantry;
pub mod split;
pub mod system;
pub mod whatsapp;

pub use error::{Conflict, Error, Result};
pub use system::{SYSTEMS, System};
