//! Dropping old months of the log, so that it shows that they were dropped, and by whom.
//!
//! First a seal says of before which time rows are dropped; then they are. A log of which only the first has happened is
//! sound, so this can be interrupted anywhere and done again. The seal is made by the service's login, which has the keys
//! and may not drop anything; the rows are dropped by the owner of the tables, who can make no seal.

mod declare;
mod drop;
mod month;
mod plan;

pub use self::declare::{Declared, check, declare};
pub use self::drop::drop_declared;
pub use self::month::{Month, this_month};
pub use self::plan::{Plan, plan};
pub use crate::platform::audit_log::OldPart;
