//! What can stand against a use case of this system.

crate::error::conflicts! {
    /// The status of a report, or of a certificate, does not lead where it should go.
    ILLEGAL_TRANSITION = "illegal_transition", "The present status does not allow this step";
    /// The report is completed, so what it was made from stays.
    REPORT_IS_FINAL = "report_is_final", "The report is completed";
    /// The report is not completed yet.
    REPORT_NOT_COMPLETED = "report_not_completed", "The report is not completed";
}
