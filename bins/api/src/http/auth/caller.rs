//! Callers who are known and have a scope, and what they reach.

use std::future::{Ready, ready};
use std::marker::PhantomData;
use std::ops::Deref;
use std::time::Instant;

use actix_web::dev::Payload;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpMessage as _, HttpRequest};
use repository::domain::{Page, PageRequest};
use repository::{Actor, Conn, Failure, SYSTEMS, platform};
use serde::Serialize;
use service::identity::EndUser;
use utoipa::ToSchema;
use uuid::Uuid;

use super::authenticate::Authenticated;
use super::principal::Principal;
use super::scope::{self, PlatformAdmin, Scope, System};
use crate::http::context::RequestContext;
use crate::http::cursor_position::CursorPosition;
use crate::http::docs::operation::{Describe, Gate, OperationDoc};
use crate::http::error::{ApiError, codes};
use crate::http::limits;
use crate::http::page::{List, ListOf, Paging};
use crate::http::respond::{AnswerFor, ApiResult, answer};
use crate::state::State;

/// A caller who passed, and the way to the database for one request.
pub(crate) struct Access {
    principal: Principal,
    context: RequestContext,
    state: Data<State>,
}

impl Access {
    /// The access of the caller of a request, if that caller passes.
    fn of(
        request: &HttpRequest,
        check: impl FnOnce(&Principal) -> Result<(), ApiError>,
    ) -> Result<Self, ApiError> {
        let not_set_up = || ApiError::new(&codes::INTERNAL, "the service is not set up");
        let authenticated = request.extensions().get::<Authenticated>().cloned();
        let principal = authenticated.ok_or_else(not_set_up)?.0?;
        check(&principal)?;
        let state = request.app_data::<Data<State>>().cloned().ok_or_else(not_set_up)?;
        let context = RequestContext::of(request);
        context.authorize();
        Ok(Self { principal, context, state })
    }

    /// Answers with what `work` reads.
    ///
    /// # Errors
    /// Those of [`load`](Self::load).
    pub(crate) async fn read<T, E, K>(
        &self,
        operation: &'static str,
        work: impl FnMut(&mut Conn<'_>) -> Result<T, E> + Send + 'static,
    ) -> ApiResult<K>
    where
        T: Send + 'static,
        E: Failure + Into<ApiError> + Send + 'static,
        K: AnswerFor<T>,
    {
        answer(K::answer_for(self.load(operation, work).await?))
    }

    /// Answers with the page that a request asks for. What the list is of stands in its cursors, which are good for no other
    /// list: the operation, and the `owner` of the rows or whatever else selects them.
    ///
    /// # Errors
    /// Those of [`load`](Self::load); [`codes::INVALID_CURSOR`]; 422 for a limit outside 1 to 100.
    pub(crate) async fn list<T, P, E, B>(
        &self,
        operation: &'static str,
        owner: impl ToString,
        paging: &Paging,
        mut work: impl FnMut(&mut Conn<'_>, PageRequest<P>) -> Result<Page<T, P>, E> + Send + 'static,
    ) -> ApiResult<List<B>>
    where
        T: Send + 'static,
        P: CursorPosition + Clone + Send + 'static,
        E: Failure + Into<ApiError> + Send + 'static,
        B: From<T> + Serialize + ToSchema + 'static,
    {
        let list = ListOf::new(&self.state.cursors, operation, owner.to_string());
        let page = list.request(paging)?;
        let found = self.load(operation, move |conn| work(conn, page.clone())).await?;
        answer(list.answer(found))
    }

    /// Answers with a page of rows of a user of the system `S`, which the service reads on the user's behalf: some of them no
    /// token reaches. To a user, the rows of another one are not there.
    ///
    /// # Errors
    /// Those of [`list`](Self::list).
    pub(crate) async fn list_of_user<S: System, T, P, E, B>(
        &self,
        operation: &'static str,
        user: Uuid,
        paging: &Paging,
        mut work: impl FnMut(&mut Conn<'_>, PageRequest<P>) -> Result<Page<T, P>, E> + Send + 'static,
    ) -> ApiResult<List<B>>
    where
        T: Send + 'static,
        P: CursorPosition + Clone + Send + 'static,
        E: Failure + Into<ApiError> + Send + 'static,
        B: From<T> + Serialize + ToSchema + 'static,
    {
        let actor = self.actor_for(EndUser { system: S::NAME, id: user })?;
        let list = ListOf::new(&self.state.cursors, operation, user.to_string());
        let page = list.request(paging)?;
        let found = self.state.database.run(actor, self.deadline(), move |database, actor| {
            database.read(operation, actor, |conn| work(conn, page.clone()))
        });
        answer(list.answer(found.await?))
    }

    /// Runs `work`, which only reads, on behalf of the caller.
    ///
    /// # Errors
    /// What `work` returns, and those of [`AsyncDatabase::run`](crate::database::AsyncDatabase::run).
    pub(crate) async fn load<T, E>(
        &self,
        operation: &'static str,
        mut work: impl FnMut(&mut Conn<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, ApiError>
    where
        T: Send + 'static,
        E: Failure + Into<ApiError> + Send + 'static,
    {
        let database = &self.state.database;
        let read = database.run(self.actor(), self.deadline(), move |database, actor| {
            database.read(operation, actor, &mut work)
        });
        read.await
    }

    /// Whether the caller has another scope beside the one that the handler asks for.
    pub(crate) fn has<S: Scope>(&self) -> bool {
        self.principal.has::<S>()
    }

    /// Refuses a caller without another scope beside the one that the handler asks for.
    pub(crate) fn require<S: Scope>(&self) -> Result<(), ApiError> {
        self.principal.check::<S>()
    }

    /// Settings, cache and the like, which all handlers share.
    pub(crate) fn state(&self) -> &State {
        &self.state
    }

    /// Whether the caller is an end user, who reaches rows of its own alone.
    pub(crate) fn is_end_user(&self) -> bool {
        matches!(self.principal, Principal::User(..))
    }

    /// For the database handle and the audit log.
    pub(crate) fn actor(&self) -> Actor {
        self.principal.actor().with_request_id(self.context.id())
    }

    /// The service, for what it does for a user of a system: a program may ask for anybody, a user for itself. To it any
    /// other user is not there.
    pub(in crate::http) fn actor_for(&self, user: EndUser) -> Result<Actor, ApiError> {
        match &self.principal {
            Principal::Key(_) => Ok(self.actor()),
            Principal::User(own, _) if *own == user => {
                Ok(Actor::on_behalf_of(user.system, user.id).with_request_id(self.context.id()))
            }
            Principal::User(..) => Err(repository::Error::NotFound("user").into()),
        }
    }

    /// When the request must have been answered.
    pub(crate) fn deadline(&self) -> Instant {
        self.context.deadline(self.state.database.request_timeout())
    }
}

/// A caller who has the scope `S`, by an API key or by a user's token.
pub(crate) struct Caller<S> {
    access: Access,
    scope: PhantomData<S>,
}

impl<S> Deref for Caller<S> {
    type Target = Access;

    fn deref(&self) -> &Access {
        &self.access
    }
}

impl<S: Scope> Caller<S> {
    /// The caller of a request.
    pub(in crate::http) fn of(request: &HttpRequest) -> Result<Self, ApiError> {
        Ok(Self { access: Access::of(request, Principal::check::<S>)?, scope: PhantomData })
    }
}

impl<S: Scope> FromRequest for Caller<S> {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::of(request))
    }
}

impl<S: Scope> Describe for Caller<S> {
    fn describe(operation: &mut OperationDoc) {
        let takes_user_tokens = S::USER.is_some() && scope::system_with_users(S::SYSTEM).is_some();
        operation.takes_scope(&scope::name(S::SYSTEM, S::KEY), takes_user_tokens);
        describe_refusals(operation);
    }
}

impl<S: Scope> Gate for Caller<S> {}

fn describe_refusals(operation: &mut OperationDoc) {
    operation.problem(401, "`unauthenticated`: there is no API key and no token, or it is not known");
    operation.problem(403, "`insufficient_scope`: the caller may not do this");
    limits::describe(operation);
    operation.uses_database();
}

/// A program that looks after systems, whichever they are.
pub(crate) struct Administrator {
    access: Access,
    /// The systems; all of them, where the platform is among them.
    pub(crate) systems: Vec<&'static str>,
}

impl Deref for Administrator {
    type Target = Access;

    fn deref(&self) -> &Access {
        &self.access
    }
}

impl FromRequest for Administrator {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let looks_after_some = |principal: &Principal| {
            if principal.looks_after().is_empty() { principal.check::<PlatformAdmin>() } else { Ok(()) }
        };
        let access = Access::of(request, looks_after_some);
        ready(access.map(|access| Self { systems: access.principal.looks_after(), access }))
    }
}

impl Describe for Administrator {
    fn describe(operation: &mut OperationDoc) {
        let systems = SYSTEMS.iter().map(|system| system.name).filter(|name| *name != platform::SYSTEM.name);
        for system in std::iter::once(platform::SYSTEM.name).chain(systems) {
            operation.takes_scope(&scope::name(system, scope::Level::Admin), false);
        }
        describe_refusals(operation);
    }
}

impl Gate for Administrator {}
