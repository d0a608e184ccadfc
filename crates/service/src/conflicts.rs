//! Conflicts that several systems have.

crate::error::conflicts! {
    /// The status of a bill, a report or a certificate, or the step of a conversation, does not lead where it should go.
    ILLEGAL_TRANSITION = "illegal_transition", "The present state does not allow this step";
}
