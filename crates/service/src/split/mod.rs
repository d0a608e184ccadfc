//! Bill splitting: from a photographed bill to the last confirmed share.

pub mod batch;
pub mod bills;
pub mod conflicts;
pub mod contacts;
pub mod conversation_states;
pub mod deliveries;
pub mod payment_requests;
pub mod qr_codes;
pub mod reminders;
pub mod reports;
mod sample_data;
pub mod sharing;
pub mod tokens;
pub mod users;

use crate::System;

/// Bill splitting.
pub const SYSTEM: System = System {
    name: repository::split::SYSTEM.name,
    conflicts: conflicts::ALL,
    load_sample_data: sample_data::load,
    erase: users::erase_person,
};
