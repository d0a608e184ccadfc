//! The platform's own routes, and what the service does by itself.

mod audit;
pub(crate) mod checkpoints;
pub(crate) mod document;
mod health;
pub(crate) mod housekeeping;
pub(crate) mod metrics;
pub(crate) mod readiness;

use crate::http::{Section, identity};

/// What all systems share, in the API.
pub(crate) const SECTION: Section = Section {
    system: repository::platform::SYSTEM.name,
    tags: &[
        ("platform service", "Whether the service lives and can serve, its figures, and this document"),
        ("platform sessions", "Tokens of users: renewing them and giving them up"),
        ("platform audit log", "Who changed what"),
    ],
    routes: |routes| {
        health::routes(routes);
        metrics::page::routes(routes);
        document::routes(routes);
        identity::routes(routes);
        audit::routes(routes);
    },
};
