//! ExportSathi: one module per table of the PostgreSQL schema `export`, and one for each question that goes over several
//! of them.

pub mod reports;
pub mod user_metrics;
pub mod users;

use crate::System;

/// ExportSathi.
pub const SYSTEM: System = System {
    name: "export",
    about: "export readiness",
    tables: &[&users::TABLE, &reports::TABLE, &user_metrics::TABLE],
    end_users: Some(&users::TABLE),
};
