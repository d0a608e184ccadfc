//! End users who log in: passwords, and what a token lets its holder do.

mod common;
mod password;

pub use password::{NewPassword, Password, PasswordError, PasswordRules};

closed_set! {
    /// What the holder of an end user's token may do with that user's rows. Neither is ever more than that.
    TokenScope, "scope" {
        /// Look.
        Read = "read",
        /// Look and change.
        Write = "write",
    }
}
