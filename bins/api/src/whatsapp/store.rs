//! Where conversations are kept: the database, or the memory of the process. Handlers of routes that either serves read and
//! write by these functions; the others take [`InDatabase`].

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest};
use repository::domain::{Page, PageRequest};
use repository::platform::idempotency_keys::{Answer, Claim, Request};
use serde::Serialize;
use service::whatsapp::{MemorySession, MemorySlot, Reading, Store, conflicts};
use utoipa::ToSchema;

use crate::http::auth::scope::Scope;
use crate::http::docs::operation::{Describe, OperationDoc};
use crate::http::error::{ApiError, codes};
use crate::http::idempotency::{KeepsAnswers, WriteError, WriteMode, of_dry_run};
use crate::http::page::ListOf;
use crate::http::respond::{AnswerFor, Kind, WrittenReply};
use crate::http::{Access, Anyone, ApiResult, Change, CursorPosition, List, Paging, answer};
use crate::state::State;

/// That conversations are in the database: a handler with this parameter does what their memory cannot.
pub(super) struct InDatabase;

impl FromRequest for InDatabase {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let state = request.app_data::<Data<State>>();
        ready(state.map_or(Ok(Self), |state| Self::check(state)))
    }
}

impl InDatabase {
    /// # Errors
    /// [`conflicts::NEEDS_DATABASE`], where conversations are in memory.
    pub(super) fn check(state: &State) -> Result<Self, ApiError> {
        let detail = "conversations are kept in memory (STORAGE_BACKEND), which cannot do this";
        match state.bot.memory {
            None => Ok(Self),
            Some(_) => Err(ApiError::conflict(&conflicts::NEEDS_DATABASE, detail)),
        }
    }
}

impl Describe for InDatabase {
    fn describe(operation: &mut OperationDoc) {
        operation.problem(409, "`needs_database`: conversations are kept in memory");
    }
}

/// Reads, on behalf of the caller.
pub(super) async fn load<T: Send + 'static>(
    caller: &Access,
    operation: &'static str,
    mut work: impl FnMut(&mut dyn Reading) -> service::Result<T> + Send + 'static,
) -> Result<T, ApiError> {
    match &caller.state().bot.memory {
        None => caller.load(operation, move |conn| work(conn)).await,
        Some(memory) => {
            refuse_end_users(caller)?;
            memory.run(caller.deadline(), move |memory| memory.read(work)).await
        }
    }
}

/// Answers with what `work` reads.
pub(super) async fn read<T: Send + 'static, K: AnswerFor<T>>(
    caller: &Access,
    operation: &'static str,
    work: impl FnMut(&mut dyn Reading) -> service::Result<T> + Send + 'static,
) -> ApiResult<K> {
    answer(K::answer_for(load(caller, operation, work).await?))
}

/// Answers with a page, as [`Access::list`] does.
pub(super) async fn list<T, P, B>(
    caller: &Access,
    operation: &'static str,
    owner: impl ToString,
    paging: &Paging,
    mut work: impl FnMut(&mut dyn Reading, PageRequest<P>) -> service::Result<Page<T, P>> + Send + 'static,
) -> ApiResult<List<B>>
where
    T: Send + 'static,
    P: CursorPosition + Clone + Send + 'static,
    B: From<T> + Serialize + ToSchema + 'static,
{
    let list = ListOf::new(&caller.state().cursors, operation, owner.to_string());
    let page = list.request(paging)?;
    let found = load(caller, operation, move |store| work(store, page.clone())).await?;
    answer(list.answer(found))
}

/// Makes a change, once for a key, or dry: as [`Change::write`] does.
pub(super) async fn write<S: Scope, T: 'static, K: AnswerFor<T>>(
    change: Change<S>,
    operation: &'static str,
    work: impl FnMut(&mut dyn Store) -> service::Result<T> + Send + 'static,
) -> ApiResult<K> {
    write_as(change, operation, work, K::answer_for).await
}

/// Like [`write()`], with an answer that needs more than the value.
pub(super) async fn write_as<S: Scope, T: 'static, K: Kind>(
    change: Change<S>,
    operation: &'static str,
    mut work: impl FnMut(&mut dyn Store) -> service::Result<T> + Send + 'static,
    mut answer: impl FnMut(T) -> K + Send + 'static,
) -> ApiResult<K> {
    if change.state().bot.memory.is_none() {
        return change.write_as(operation, move |tx| work(tx), answer).await;
    }
    let (caller, mode) = change.into_parts();
    refuse_end_users(&caller)?;
    let Some(memory) = &caller.state().bot.memory else {
        return Err(ApiError::new(&codes::INTERNAL, "the service is not set up"));
    };
    let name = caller.actor().to_string();
    let made = memory.run(caller.deadline(), move |memory| {
        let mut make = |session: &mut MemorySession<'_>| {
            let value = work(session).map_err(WriteError::Failed)?;
            WrittenReply::new(answer(value)).map_err(WriteError::Refused)
        };
        match mode {
            WriteMode::Plain => memory.run(false, make).map_err(WriteError::into_error),
            WriteMode::DryRun => of_dry_run(memory.run(true, make)),
            WriteMode::Once(keyed) => {
                let once = |session: &mut MemorySession<'_>| {
                    keyed.once(&mut CallOf { session, caller: &name }, |call| make(call.session))
                };
                memory.run(false, once).map_err(WriteError::into_error)
            }
        }
    });
    made.await.map(WrittenReply::of_kind)
}

/// Makes a change for a sender who is known by a signature, and takes neither keys nor dry runs.
pub(super) async fn write_signed<T: Send + 'static>(
    service: &Anyone,
    operation: &'static str,
    mut work: impl FnMut(&mut dyn Store) -> service::Result<T> + Send + 'static,
) -> Result<T, ApiError> {
    let (state, deadline) = (service.state(), service.deadline());
    match &state.bot.memory {
        Some(memory) => memory.run(deadline, move |memory| memory.write(|store| work(store))).await,
        None => {
            let made = state.database.run(service.actor(), deadline, move |database, actor| {
                database.write(operation, actor, |tx| work(tx))
            });
            made.await
        }
    }
}

/// A call of the memory for a caller, whose keys are its own.
struct CallOf<'a, 's> {
    session: &'a mut MemorySession<'s>,
    caller: &'a str,
}

impl KeepsAnswers for CallOf<'_, '_> {
    type Slot = MemorySlot;

    fn claim(&mut self, request: &Request<'_>) -> repository::Result<Claim<MemorySlot>> {
        self.session.claim_key(self.caller, request)
    }

    fn keep(&mut self, slot: &MemorySlot, answer: &Answer) -> repository::Result<()> {
        self.session.keep_answer(slot, answer)
    }
}

/// Users of the database are not those of the memory, where nobody logs in.
fn refuse_end_users(caller: &Access) -> Result<(), ApiError> {
    if caller.is_end_user() { Err(repository::Error::NotFound("user").into()) } else { Ok(()) }
}
