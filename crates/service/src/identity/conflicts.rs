//! How what is asked about a log-in can stand against how things are.

use crate::error::conflicts;

conflicts! {
    /// Two set a password at once.
    PASSWORD_CHANGED = "password_changed", "The password was changed meanwhile";
}
