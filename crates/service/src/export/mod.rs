//! ExportSathi: what exporters ask for, from registration on.

mod sample_data;
pub mod user_metrics;
pub mod users;

use crate::System;

/// ExportSathi.
pub const SYSTEM: System = System {
    name: repository::export::SYSTEM.name,
    conflicts: &[],
    load_sample_data: sample_data::load,
    erase: users::erase_person,
};
