//! What can stand against a use case of this system.

pub use crate::conflicts::{CLAIM_LOST, CLAIMED};

crate::error::conflicts! {
    /// A sold product stays as it is.
    PRODUCT_SOLD = "product_sold", "The product is sold";
    /// A conversation begins only about a product that can be had.
    PRODUCT_NOT_AVAILABLE = "product_not_available", "The product is not available";
    /// The bot does not talk to the buyer.
    BUYER_BLOCKED = "buyer_blocked", "The buyer is blocked";
    /// Nothing is stored of an anonymised buyer any more.
    BUYER_ANONYMISED = "buyer_anonymised", "The buyer was anonymised";
    /// Only an active conversation changes, and only a cancelled one is reopened.
    CONVERSATION_NOT_ACTIVE = "conversation_not_active", "The conversation is not active";
}
