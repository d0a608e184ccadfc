//! Bill splitting: one module per table of the PostgreSQL schema `split`, and one for each question that goes over
//! several of them.

pub mod balances;
pub mod batch;
pub mod bill_participants;
pub mod bills;
pub mod contacts;
pub mod conversation_states;
pub mod erasure;
pub mod payment_requests;
pub mod pending_payments;
pub mod reminders;
pub mod statistics;
pub mod users;

use crate::System;

/// Bill splitting.
pub const SYSTEM: System = System {
    name: "split",
    about: "bill splitting",
    tables: &[
        &users::TABLE,
        &contacts::TABLE,
        &bills::TABLE,
        &bill_participants::TABLE,
        &payment_requests::TABLE,
        &conversation_states::TABLE,
    ],
    end_users: Some(&users::TABLE),
};
