//! The plan of seven days.

pub use repository::export::action_plan_progress::{get, put, set_completed};
