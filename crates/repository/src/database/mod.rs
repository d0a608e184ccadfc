//! The database handle: the only way to PostgreSQL, and what it is made of.

mod actor;
pub(crate) mod address;
mod admission;
pub(crate) mod cached;
pub(crate) mod column_types;
mod conn;
mod handle;
mod pool;
pub(crate) mod seal_counters;
pub(crate) mod sealed;
pub(crate) mod statement;
pub(crate) mod statement_log;
mod watchdog;

pub use actor::{Actor, Who};
pub use address::{Address, Conninfo, ConninfoError};
pub use cached::CachedValue;
pub use column_types::StoredJson;
pub use conn::{Conn, Tx};
pub use handle::Database;
pub(crate) use handle::{END_USER_ROLE, set_up};
pub use pool::{PoolFigures, PoolOptions};
