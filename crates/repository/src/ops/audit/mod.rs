//! Evidence that nobody tampered with the audit log.
//!
//! Rows are sealed in batches. A batch is a range of ids whose transactions are all over, so nobody who writes ever waits
//! for a seal, and no row can appear in a range that is sealed. A seal holds a keyed digest of each of its rows and one of
//! itself and the seal before. The key hangs on the index key, which the database holds only wrapped: who has no more than
//! the database can damage seals and rows, but make none.

mod digest;
mod head;
pub mod retire;
mod seal;
mod verify;

pub use self::head::Head;
pub use self::seal::{Sealed, Sealer};
pub use self::verify::{Fault, Kind, Verified, verify};
