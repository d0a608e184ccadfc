//! What is known of a request beside what it says.

use std::cell::{Cell, OnceCell};
use std::rc::Rc;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use actix_web::http::header::{HeaderMap, HeaderName};
use actix_web::web::Bytes;
use actix_web::{HttpMessage as _, HttpRequest};
use repository::Actor;
use repository::domain::Id;

use crate::http::trace::Trace;

/// The id of a request.
pub(crate) const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The longest request id that is taken over from a client.
const LONGEST_ID: usize = 100;

/// A request's id, route and clock. Cheap to clone; clones are the same one.
#[derive(Clone, Debug)]
pub(crate) struct RequestContext(Rc<Known>);

#[derive(Debug)]
struct Known {
    id: String,
    trace: Trace,
    route: Option<Arc<str>>,
    is_public: bool,
    started: Cell<Instant>,
    authorized: Cell<bool>,
    actor: OnceCell<Actor>,
    body: Arc<ReceivedBody>,
}

/// The body of a request, as it came; nothing as long as nobody has read it.
pub(crate) type ReceivedBody = OnceLock<Bytes>;

/// Only gives requests without an id a type of their own.
struct Request;

impl RequestContext {
    /// `route` is the pattern that the path fits. It is looked for once, because that costs a walk over all routes.
    pub(super) fn new(headers: &HeaderMap, route: Option<String>, is_public: bool) -> Self {
        let given = headers.get(X_REQUEST_ID).and_then(|value| value.to_str().ok()).filter(|id| is_fit(id));
        let fresh = Id::<Request>::generate();
        Self(Rc::new(Known {
            id: given.map_or_else(|| fresh.to_string(), str::to_owned),
            trace: Trace::of(headers, fresh.uuid()),
            route: route.map(Arc::from),
            is_public,
            started: Cell::new(Instant::now()),
            authorized: Cell::default(),
            actor: OnceCell::new(),
            body: Arc::default(),
        }))
    }

    /// The context of a request, which the middleware has made.
    pub(crate) fn of(request: &HttpRequest) -> Self {
        let made = request.extensions().get::<Self>().cloned();
        made.unwrap_or_else(|| Self::new(request.headers(), request.match_pattern(), false))
    }

    /// The id that logs, audit log and answer carry.
    pub(crate) fn id(&self) -> &str {
        &self.0.id
    }

    /// The trace that the request belongs to.
    pub(crate) fn trace(&self) -> Trace {
        self.0.trace
    }

    /// The pattern of the request's route, if there is one.
    pub(crate) fn route(&self) -> Option<&Arc<str>> {
        self.0.route.as_ref()
    }

    /// Whether nobody has to be known: the route is public, or there is none.
    pub(crate) fn is_public(&self) -> bool {
        self.0.is_public || self.0.route.is_none()
    }

    /// Who asks, once that is known.
    pub(crate) fn actor(&self) -> Option<&Actor> {
        self.0.actor.get()
    }

    /// Notes who asks, for the log.
    pub(crate) fn identify(&self, actor: Actor) {
        // A request has one caller, so the first one stays.
        let _ = self.0.actor.set(actor);
    }

    /// When the request must have been answered.
    pub(crate) fn deadline(&self, timeout: Duration) -> Instant {
        self.0.started.get() + timeout
    }

    /// The body has arrived. The time that took does not count, because it has a limit of its own; what came before does.
    pub(crate) fn receive(&self, body: &Bytes, took: Duration) {
        self.0.started.set(self.0.started.get() + took);
        // A body can be read once.
        let _ = self.0.body.set(body.clone());
    }

    /// The body, once it was read.
    pub(crate) fn body(&self) -> Arc<ReceivedBody> {
        Arc::clone(&self.0.body)
    }

    /// Notes that the caller may do what the handler does.
    pub(crate) fn authorize(&self) {
        self.0.authorized.set(true);
    }

    /// Whether that was noted.
    pub(crate) fn is_authorized(&self) -> bool {
        self.0.authorized.get()
    }
}

/// An id of a client is kept when it is short and visible ASCII: it goes into logs and into the audit log.
fn is_fit(id: &str) -> bool {
    (1..=LONGEST_ID).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    fn id_for(given: &str) -> String {
        let mut headers = HeaderMap::new();
        headers.insert(X_REQUEST_ID, HeaderValue::from_str(given).unwrap());
        RequestContext::new(&headers, None, false).id().to_owned()
    }

    #[test]
    fn a_fit_request_id_is_kept_and_another_replaced() {
        for id in ["1", "req-42/é".trim_end_matches("/é"), &"x".repeat(100)] {
            assert_eq!(id_for(id), id);
        }
        for id in ["", "two words", &"x".repeat(101)] {
            let made = id_for(id);
            assert!(made != id && made.parse::<Id<Request>>().is_ok(), "{id}");
        }
    }

    #[test]
    fn clones_share_the_clock() {
        let context = RequestContext::new(&HeaderMap::new(), None, false);
        let clone = context.clone();
        let before = clone.deadline(Duration::ZERO);
        context.0.started.set(before + Duration::from_secs(3));
        assert_eq!(clone.deadline(Duration::ZERO), before + Duration::from_secs(3));
    }
}
