//! The sections of the document: the platform, and each system.

use utoipa::openapi::OpenApi;
use utoipa::openapi::tag::{Tag, TagBuilder};
use utoipa_actix_web::AppExt as _;
use utoipa_actix_web::service_config::ServiceConfig;

/// The routes of a system, and what the document says of them as a whole.
pub(crate) struct Section {
    /// The system: the first word of its operations' ids, and of its components' names.
    pub(crate) system: &'static str,
    /// The subjects of its operations, each with what they are about.
    pub(crate) tags: &'static [(&'static str, &'static str)],
    /// Adds the routes.
    pub(crate) routes: fn(&mut ServiceConfig<'_>),
}

impl Section {
    /// What utoipa says of the routes.
    pub(super) fn document(&self) -> OpenApi {
        let app = actix_web::App::new().into_utoipa_app().configure(self.routes);
        let mut document = app.split_for_parts().1;
        document.tags = Some(self.tags.iter().map(tag).collect());
        document
    }
}

fn tag((name, description): &(&str, &str)) -> Tag {
    TagBuilder::new().name(*name).description(Some(*description)).build()
}
