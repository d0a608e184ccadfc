//! Conflicts that several systems have.

crate::error::conflicts! {
    /// The status of a bill, a report or a certificate, or the step of a conversation, does not lead where it should go.
    ILLEGAL_TRANSITION = "illegal_transition", "The present state does not allow this step";
    /// The claim has lapsed, was released, or holds something else.
    CLAIM_LOST = "claim_lost", "The claim does not hold it any more";
    /// An agent or a worker holds a live claim.
    CLAIMED = "claimed", "Somebody else has claimed it";
}
