//! ExportSathi: one module per table of the PostgreSQL schema `export`, and one for each question that goes over several
//! of them.

pub mod action_plan_progress;
pub mod certification_progress;
pub mod dashboard;
pub mod own_data;
pub mod recompute_metrics;
pub mod reports;
pub mod user_metrics;
pub mod users;

use crate::System;

/// ExportSathi.
pub const SYSTEM: System = System {
    name: "export",
    about: "export readiness",
    tables: &[
        &users::TABLE,
        &reports::TABLE,
        &certification_progress::TABLE,
        &action_plan_progress::TABLE,
        &user_metrics::TABLE,
    ],
    end_users: Some(&users::TABLE),
};
