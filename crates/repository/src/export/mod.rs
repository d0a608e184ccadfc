//! ExportSathi: one module per table of the PostgreSQL schema `export`, and one for each question that goes over several
//! of them.

pub mod action_plan_progress;
pub mod certification_progress;
pub mod chat_messages;
pub mod chat_sessions;
pub mod dashboard;
pub mod finance_analysis;
pub mod generated_documents;
pub mod logistics_analysis;
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
        &generated_documents::TABLE,
        &action_plan_progress::TABLE,
        &chat_sessions::TABLE,
        &chat_messages::TABLE,
        &finance_analysis::TABLE,
        &logistics_analysis::TABLE,
        &user_metrics::TABLE,
    ],
    end_users: Some(&users::TABLE),
};
