//! What both binaries need to start: one list of settings, one set-up of logs, one way to the database.
//!
//! A program starts by [`protect_memory`] and [`supervise_if_asked`], then [`Settings::load`], [`telemetry::start`], [`Target::find`] and
//! [`Target::connect`]. This crate must never log or show a secret, and never change a database that is not the embedded
//! one unless it is asked to by [`Target::prepare`].

mod connect;
mod error;
mod keys;
mod owner;
pub mod private_file;
mod process;
pub mod redis;
pub mod settings;
pub mod telemetry;

pub use connect::{Connections, Prepared, Target, validate_connection};
pub use embedded::supervise_if_asked;
pub use error::{Error, Result, in_full};
pub use keys::{KEY_FILE, check_keys};
pub use process::{allow_many_files, protect_memory};
pub use settings::{Secret, Settings};
