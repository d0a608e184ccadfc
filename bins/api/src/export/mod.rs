//! The routes of ExportSathi, under `/v1/export`.
//!
//! One file or folder per table: its handlers, and the bodies they read and write. Users log in, by what
//! [`identity`](crate::http::identity) has for all systems.

mod identity;
mod schema;
mod user_metrics;
mod users;

use utoipa_actix_web::service_config::ServiceConfig;

use crate::http::auth::System;
use crate::http::docs::Section;

/// This system, for its scopes and its log-in.
#[derive(Debug)]
pub(crate) struct Export;

impl System for Export {
    const NAME: &'static str = repository::export::SYSTEM.name;
}

/// This system in the API.
pub(crate) const SECTION: Section = Section {
    system: Export::NAME,
    tags: &[
        ("export users", "Exporters, and what they have done so far"),
        ("export sessions", "Registration, log-in, passwords and tokens of exporters"),
    ],
    routes,
};

/// Adds the routes.
fn routes(config: &mut ServiceConfig<'_>) {
    config.configure(identity::routes).configure(users::routes).configure(user_metrics::routes);
}
