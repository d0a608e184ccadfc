//! A private PostgreSQL server for development and tests.
//!
//! [`Server`] is the durable one behind `make run`: a cluster in the data directory, reached through a Unix socket only,
//! started by the first program that needs it, shared with those that come later and stopped when the last of them is
//! gone, however it went. [`TestServer`] is the throwaway one: a single server for a whole run of `cargo test`, with
//! durability off, deleted with everything in it afterwards.
//!
//! Both drive the PostgreSQL programs of the machine ([`Binaries`]). This crate never installs anything, never opens a
//! TCP port, speaks no SQL and knows nothing of the rest of the workspace.
//!
//! A program that uses [`Server`] calls [`supervise_if_asked`] first thing in `main`:
//!
//! ```no_run
//! use std::path::Path;
//! use strongroom_embedded::{Options, Server, supervise_if_asked};
//!
//! fn main() -> Result<(), strongroom_embedded::Error> {
//!     supervise_if_asked();
//!     let server = Server::join_or_start(Path::new(".strongroom"), &Options::default())?;
//!     let url = server.url("postgres", "postgres");
//!     // Connect to `url`, and keep `server` for as long as the connection is used.
//!     Ok(())
//! }
//! ```

mod account;
mod binaries;
mod cluster;
mod error;
mod launch;
mod lock;
mod log;
mod pid_file;
mod process;
mod server;
mod settings;
mod supervisor;
mod test_server;
mod url;

pub use binaries::Binaries;
pub use error::{Error, Result};
pub use server::{Options, Server};
pub use supervisor::supervise_if_asked;
pub use test_server::{TestOptions, TestServer};
