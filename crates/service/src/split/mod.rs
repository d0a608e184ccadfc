//! Bill splitting: from a photographed bill to the last confirmed share.

pub mod batch;
pub mod bills;
pub mod conflicts;
pub mod contacts;
pub mod conversations;
pub mod deliveries;
pub mod payments;
pub mod qr_codes;
pub mod reminders;
pub mod reports;
pub mod sharing;
pub mod tokens;
pub mod users;
