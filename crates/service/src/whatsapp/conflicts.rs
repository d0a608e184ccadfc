//! How what is asked of conversations can stand against how things are.

pub use crate::conflicts::{CLAIM_LOST, CLAIMED};

use crate::error::conflicts;

conflicts! {
    /// An answer to a chat that was closed and is not continued.
    CHAT_CLOSED = "chat_closed", "The chat is closed";
    /// An answer that was made for fewer messages than there are.
    CHAT_MOVED_ON = "chat_moved_on", "The person wrote meanwhile";
    /// An answer to somebody who is not active.
    USER_INACTIVE = "user_inactive", "The user is not active";
    /// Something that only the database can do.
    NEEDS_DATABASE = "needs_database", "Conversations are kept in memory";
}
