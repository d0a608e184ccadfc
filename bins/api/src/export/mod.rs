//! The routes of ExportSathi, under `/v1/export`.
//!
//! One file or folder per table: its handlers, and the bodies they read and write. Users log in, by what
//! [`identity`](crate::http::identity) has for all systems.

mod action_plan_progress;
mod certification_progress;
mod chat_messages;
mod chat_sessions;
mod dashboard;
mod finance_analysis;
mod generated_documents;
mod identity;
mod logistics_analysis;
mod own_data;
mod reports;
mod schema;
mod user_metrics;
mod users;

use crate::http::{Admin, Read, Section, System, Write};

/// This system, for its scopes and its log-in.
#[derive(Debug)]
pub(crate) struct Export;

impl System for Export {
    const NAME: &'static str = repository::export::SYSTEM.name;
}

/// `export:read`
pub(crate) type ExportRead = Read<Export>;
/// `export:write`
pub(crate) type ExportWrite = Write<Export>;
/// `export:admin`
pub(crate) type ExportAdmin = Admin<Export>;

/// This system in the API.
pub(crate) const SECTION: Section = Section {
    system: Export::NAME,
    tags: &[
        ("export users", "Exporters, and what they have done so far"),
        ("export reports", "What it takes to export a product to a country, as an agent wrote it"),
        ("export certifications", "Certificates that a report needs, and how far each has come"),
        ("export action plans", "Tasks for the seven days after a report"),
        ("export sessions", "Registration, log-in, passwords and tokens of exporters"),
        ("export documents", "Documents of an export, and what checks find in them"),
        ("export chat", "Conversations about a report"),
        ("export analyses", "Finances and logistics of a report"),
    ],
    routes: |routes| {
        identity::routes(routes);
        users::routes(routes);
        user_metrics::routes(routes);
        dashboard::routes(routes);
        own_data::routes(routes);
        reports::routes(routes);
        certification_progress::routes(routes);
        action_plan_progress::routes(routes);
        generated_documents::routes(routes);
        chat_sessions::routes(routes);
        chat_messages::routes(routes);
        finance_analysis::routes(routes);
        logistics_analysis::routes(routes);
    },
};
