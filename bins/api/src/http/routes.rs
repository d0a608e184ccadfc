//! Routes: handlers, each with its path and its place in the document.

use actix_web::http::Method;
use actix_web::web::{self, ServiceConfig};
use actix_web::{FromRequest, Handler, Responder, guard};
use utoipa::Path;
use utoipa::openapi::path::HttpMethod;

use crate::http::docs::operation::{Describe, OperationDoc};

/// The routes of a system, and what the document says of them as a whole.
pub(crate) struct Section {
    /// The system: the first word of its operations' ids, and of its components' names.
    pub(crate) system: &'static str,
    /// The subjects of its operations, each with what they are about.
    pub(crate) tags: &'static [(&'static str, &'static str)],
    /// Adds the routes.
    pub(crate) routes: fn(&mut Routes),
}

/// Routes, each of which starts with the handler's first parameter: the [`Gate`](crate::http::docs::operation::Gate).
#[derive(Default)]
pub(crate) struct Routes(Vec<Route>);

struct Route {
    path: String,
    tag: &'static str,
    /// What the document says of it, under its tag. It is made when it is asked for: a service keeps the text alone.
    describe: fn(&str) -> OperationDoc,
    register: Register,
}

/// Makes a route known under a path that is relative to its group's.
type Register = Box<dyn Fn(&mut ServiceConfig, &str) + Send + Sync>;

/// Segments of a path by which routes are grouped: `/v1/split/contacts`.
const GROUPED_BY: usize = 3;

/// Adds handlers under a tag: `add_routes!(routes, "split contacts": create_contact, list_contacts)`. Each has the
/// attribute `utoipa::path` with its method and path, which makes a type `__path_create_contact`.
macro_rules! add_routes {
    ($routes:ident, $tag:literal: $($handler:ident),+ $(,)?) => {
        pastey::paste! {{ $($routes.add::<[<__path_ $handler>], _, _>($tag, $handler);)+ }}
    };
}
pub(crate) use add_routes;

impl Routes {
    /// All routes of these sections. A path without a parameter comes before one whose parameter would take it: `{` sorts
    /// after everything that stands in a path.
    pub(crate) fn of(sections: &[&Section]) -> Self {
        let mut routes = Self::default();
        sections.iter().for_each(|section| (section.routes)(&mut routes));
        routes.0.sort_by(|a, b| a.path.cmp(&b.path));
        routes
    }

    /// Adds a handler; `P` is of its attribute.
    pub(crate) fn add<P, F, Args>(&mut self, tag: &'static str, handler: F)
    where
        P: Path,
        F: Handler<Args> + Send + Sync,
        F::Output: Describe + Responder + 'static,
        Args: Describe + FromRequest + 'static,
    {
        let method = method(&P::methods().into_iter().next().unwrap_or(HttpMethod::Get));
        let register = move |config: &mut ServiceConfig, path: &str| {
            // A request with another method goes on to the next resource with this path.
            let resource = web::resource(path).guard(guard::Method(method.clone()));
            config.service(resource.to(handler.clone()));
        };
        let describe = OperationDoc::of::<P, Args, F::Output>;
        self.0.push(Route { path: P::path(), tag, describe, register: Box::new(register) });
    }

    /// Makes them known to the application, in groups: a request is compared with each group and with the routes of its
    /// own, and not with all routes.
    pub(crate) fn register(&self, config: &mut ServiceConfig) {
        for routes in self.0.chunk_by(|a, b| a.group() == b.group()) {
            let Some(group) = routes.first().map(Route::group) else { continue };
            config.service(web::scope(group).configure(|config| {
                routes.iter().for_each(|route| (route.register)(config, route.path_in(group)));
            }));
        }
    }

    /// What the document says of each.
    pub(crate) fn docs(&self) -> impl Iterator<Item = OperationDoc> {
        self.0.iter().map(|route| (route.describe)(route.tag))
    }
}

impl Route {
    /// The part of its path that its group has in common.
    fn group(&self) -> &str {
        let path = self.path.as_str();
        let end = path.match_indices('/').nth(GROUPED_BY).map_or(path.len(), |(end, _)| end);
        path.get(..end).unwrap_or(path)
    }

    /// The rest of its path.
    fn path_in(&self, group: &str) -> &str {
        self.path.strip_prefix(group).unwrap_or_default()
    }
}

/// The method, as actix-web has it.
fn method(method: &HttpMethod) -> Method {
    match method {
        HttpMethod::Get => Method::GET,
        HttpMethod::Post => Method::POST,
        HttpMethod::Put => Method::PUT,
        HttpMethod::Delete => Method::DELETE,
        HttpMethod::Options => Method::OPTIONS,
        HttpMethod::Head => Method::HEAD,
        HttpMethod::Patch => Method::PATCH,
        HttpMethod::Trace => Method::TRACE,
    }
}

#[cfg(test)]
mod tests {
    use actix_web::{App, test};

    use super::*;
    use crate::http::auth::public::Public;
    use crate::http::respond::{ApiResult, NoContent, answer};

    #[utoipa::path(get, path = "/things/{id}")]
    async fn get_thing(_: Public) -> ApiResult<NoContent> {
        panic!("this path has no parameter")
    }

    #[utoipa::path(get, path = "/things/newest")]
    async fn get_newest_thing(_: Public) -> ApiResult<NoContent> {
        answer(NoContent)
    }

    #[utoipa::path(post, path = "/things/newest")]
    async fn post_thing(_: Public) -> ApiResult<NoContent> {
        panic!("this is another method")
    }

    #[actix_web::test]
    async fn a_path_without_a_parameter_comes_first() {
        let section = Section {
            system: "platform",
            tags: &[],
            routes: |routes| add_routes!(routes, "things": get_thing, post_thing, get_newest_thing),
        };
        let routes = Routes::of(&[&section]);
        let app = test::init_service(App::new().configure(|config| routes.register(config))).await;
        let request = test::TestRequest::get().uri("/things/newest").to_request();
        assert_eq!(test::call_service(&app, request).await.status(), 204);
    }
}
