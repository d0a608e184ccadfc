//! `pantry.messages`: what households and the assistant say to each other.

mod bodies;

use std::convert::Infallible;

use repository::Tx;
use repository::domain::pantry::{Conversation, Message, MessageRole, User};
use service::batch::Outcome;
use service::pantry::messages;

use super::{PantryKey, PantryRead, PantryWrite};
use crate::http::batch::{Asked, BatchBody, Sorted, sort};
use crate::http::error::responses::TakesCursor;
use crate::http::{
    ApiResult, Caller, Change, Json, List, Made, NoContent, Paging, PathId, Routes, Rows, Shown, add_routes,
};

pub(super) use bodies::MessageBody;
use bodies::{CreateMessage, LookupMessages, UpdateMessage};

pub(super) fn routes(routes: &mut Routes) {
    add_routes!(
        routes,
        "pantry messages": list_messages, add_message, add_messages, lookup_messages, get_message,
        update_message, delete_message
    );
}

/// Lists the newest messages of a conversation, the oldest of them first. The next page has those before.
#[utoipa::path(get, path = "/v1/pantry/conversations/{id}/messages")]
async fn list_messages(
    caller: Caller<PantryRead>,
    PathId(conversation): PathId<Conversation>,
    paging: Paging,
) -> ApiResult<List<MessageBody>> {
    caller
        .list("pantry.list_messages", conversation, &paging, move |conn, page| {
            messages::history(conn, conversation, page)
        })
        .await
}

/// Adds a message to a conversation, which moves to the top of its household's list.
///
/// A message of the assistant takes an API key: a household speaks for itself alone.
#[utoipa::path(post, path = "/v1/pantry/conversations/{id}/messages")]
async fn add_message(
    change: Change<PantryWrite>,
    PathId(conversation): PathId<Conversation>,
    Json(body): Json<CreateMessage>,
) -> ApiResult<Made<MessageBody>> {
    let new = body.read()?;
    if new.role == MessageRole::Assistant {
        change.require::<PantryKey>()?;
    }
    let add = move |tx: &mut Tx<'_>| messages::add_message(tx, conversation, new.clone());
    change.write("pantry.add_message", add).await
}

/// Adds many messages to a conversation: a JSON array, or NDJSON, of at most 10,000 rows and 16 MiB.
///
/// Valid rows are stored in the order given, all of them or none; the result says what became of each.
#[utoipa::path(post, path = "/v1/pantry/conversations/{id}/messages/batch")]
async fn add_messages(
    change: Change<PantryKey>,
    PathId(conversation): PathId<Conversation>,
    rows: Rows<CreateMessage>,
) -> ApiResult<Shown<BatchBody>> {
    let Sorted { new, places, .. } = sort(rows, |row| row.read().map(Asked::<_, Infallible>::New)).await?;
    let add = move |tx: &mut Tx<'_>| messages::add_messages(tx, conversation, &new);
    let answer = move |added: Vec<Message>| {
        let added = added.into_iter().map(|message| Outcome::Created(message.id)).collect();
        Shown(BatchBody::of(&places, added, Vec::new()))
    };
    change.write_as("pantry.add_messages", add, answer).await
}

/// Finds the messages of a household that have all the words, newest first.
///
/// Messages of deleted conversations are not among them. A page may have fewer messages than `limit` though others follow.
#[utoipa::path(post, path = "/v1/pantry/users/{id}/messages/lookup", responses(TakesCursor))]
async fn lookup_messages(
    caller: Caller<PantryRead>,
    PathId(user): PathId<User>,
    Json(body): Json<LookupMessages>,
) -> ApiResult<List<MessageBody>> {
    let (words, conversation, paging) = body.read()?;
    caller
        .list("pantry.lookup_messages", user, &paging, move |conn, page| {
            messages::search(conn, user, conversation, &words, page)
        })
        .await
}

/// Shows a message.
#[utoipa::path(get, path = "/v1/pantry/messages/{id}")]
async fn get_message(
    caller: Caller<PantryRead>,
    PathId(id): PathId<Message>,
) -> ApiResult<Shown<MessageBody>> {
    caller.read("pantry.get_message", move |conn| messages::get(conn, id)).await
}

/// Changes a message.
#[utoipa::path(patch, path = "/v1/pantry/messages/{id}")]
async fn update_message(
    change: Change<PantryKey>,
    PathId(id): PathId<Message>,
    Json(body): Json<UpdateMessage>,
) -> ApiResult<Shown<MessageBody>> {
    let changes = body.read()?;
    change.write("pantry.update_message", move |tx| messages::update(tx, id, changes.clone())).await
}

/// Deletes a message for good.
#[utoipa::path(delete, path = "/v1/pantry/messages/{id}")]
async fn delete_message(change: Change<PantryKey>, PathId(id): PathId<Message>) -> ApiResult<NoContent> {
    change.write("pantry.delete_message", move |tx| messages::delete(tx, id)).await
}
