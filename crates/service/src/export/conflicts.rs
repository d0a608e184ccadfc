//! What can stand against a use case of this system.

pub use crate::conflicts::ILLEGAL_TRANSITION;

crate::error::conflicts! {
    /// The report is completed, so what it was made from stays.
    REPORT_IS_FINAL = "report_is_final", "The report is completed";
    /// The report is not completed yet.
    REPORT_NOT_COMPLETED = "report_not_completed", "The report is not completed";
}
