//! Who calls a public route that changes something: nobody is known yet, but for the address.

use std::future::{Ready, ready};
use std::time::Instant;

use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest, ResponseError as _};
use repository::Actor;
use service::identity::EndUser;

use super::guesses::guessed_too_often;
use crate::http::context::RequestContext;
use crate::http::docs::operation::{Describe, Gate, OperationDoc};
use crate::http::error::{ApiError, codes};
use crate::state::State;

/// Somebody who has still to show who it is: what the body brings is the key.
pub(crate) struct Anyone {
    request: HttpRequest,
    context: RequestContext,
    state: Data<State>,
}

impl FromRequest for Anyone {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let state = request.app_data::<Data<State>>().cloned();
        let state = state.ok_or_else(|| ApiError::new(&codes::INTERNAL, "the service is not set up"));
        let context = RequestContext::of(request);
        ready(state.map(|state| Self { request: request.clone(), context, state }))
    }
}

impl Describe for Anyone {
    fn describe(operation: &mut OperationDoc) {
        operation.is_public();
        operation.uses_database();
    }
}

impl Gate for Anyone {}

impl Anyone {
    /// Settings, cache and the like, which all handlers share.
    pub(crate) fn state(&self) -> &State {
        &self.state
    }

    /// The service, which acts for the request.
    pub(crate) fn actor(&self) -> Actor {
        Actor::system().with_request_id(self.context.id())
    }

    /// The service, once it is known for which user.
    pub(crate) fn actor_for(&self, user: EndUser) -> Actor {
        Actor::on_behalf_of(user.system, user.id).with_request_id(self.context.id())
    }

    /// When the request must have been answered.
    pub(crate) fn deadline(&self) -> Instant {
        self.context.deadline(self.state.database.request_timeout())
    }

    /// Refuses whoever guessed too often from the same address, before anything is worked on.
    pub(crate) fn refuse_guesser(&self) -> Result<(), ApiError> {
        self.state.limits.auth_blocked_for(&self.request).map_or(Ok(()), |end| Err(guessed_too_often(end)))
    }

    /// Counts an attempt that failed as a guess: a password that is wrong (401), a name that somebody has (409).
    pub(crate) async fn count_failure<T>(&self, outcome: Result<T, ApiError>) -> Result<T, ApiError> {
        let is_guess = outcome.as_ref().err().is_some_and(|error| {
            matches!(error.status_code(), StatusCode::UNAUTHORIZED | StatusCode::CONFLICT)
        });
        if is_guess && let Some(end) = self.state.limits.count_guess(&self.request).await {
            return Err(guessed_too_often(end));
        }
        outcome
    }
}
