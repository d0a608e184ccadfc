//! The routes of ExportSathi, under `/v1/export`.
//!
//! One file or folder per table: its handlers, and the bodies they read and write. Users log in, by what
//! [`identity`](crate::http::identity) has for all systems.

mod identity;
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
        ("export sessions", "Registration, log-in, passwords and tokens of exporters"),
    ],
    routes: |routes| {
        identity::routes(routes);
        users::routes(routes);
        user_metrics::routes(routes);
    },
};
