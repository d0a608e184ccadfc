//! ExportSathi: what exporters ask for, from registration on.

pub mod action_plan_progress;
pub mod certification_progress;
pub mod chat_messages;
pub mod chat_sessions;
pub mod conflicts;
pub mod finance_analysis;
pub mod generated_documents;
pub mod logistics_analysis;
pub mod reports;
mod sample_data;
pub mod user_metrics;
pub mod users;

use crate::System;

/// ExportSathi.
pub const SYSTEM: System = System {
    name: repository::export::SYSTEM.name,
    conflicts: conflicts::ALL,
    load_sample_data: sample_data::load,
    erase: users::erase_person,
};
