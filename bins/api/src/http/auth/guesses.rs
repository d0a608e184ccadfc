//! Guesses of keys and passwords.

use std::time::Duration;

use crate::http::error::ApiError;
use crate::http::limits;

/// The refusal of an address from which too many came.
pub(super) fn guessed_too_often(end: Duration) -> ApiError {
    limits::refuse("too many wrong API keys or passwords came from this address", end)
}
