//! Rate limits: so many requests in any stretch of time of a given length.
//!
//! The window slides: it is a log of when requests were admitted, and a request is admitted when fewer than the quota were
//! in the time just before it. So no moment exists around which twice the quota passes, as it does where a counter starts
//! anew every minute. The log of one caller is as long as its quota, which is why a quota has an upper bound.

mod quota;
mod window;

pub use quota::{Quota, QuotaError};
pub use window::{Decision, Window};
