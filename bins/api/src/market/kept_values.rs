//! Values that the bot keeps for a day at most: sessions, states of conversations, and cached values.

use std::time::Duration;

use repository::domain::market::{KeptError, KeptKey, KeptValue};
use repository::domain::{Invalid, Json as AnyJson, JsonObject, Whole};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{MarketRead, MarketWrite};
use crate::http::error::codes;
use crate::http::{
    ApiError, ApiResult, Caller, Change, Json, NoContent, OptionalJson, PathKey, PathText, Routes, Shown,
    Unkeyed, add_routes, answer,
};
use crate::kept_values::{DAY, Kept, Kind, merged};

/// How long a cached value is kept where the bot does not say.
const CACHED: Duration = Duration::from_secs(3600);

pub(super) fn routes(routes: &mut Routes) {
    add_routes!(
        routes,
        "market kept values": get_cached_value, keep_cached_value, delete_cached_value, get_session, keep_session,
        delete_session, extend_session, get_conversation_state, keep_conversation_state,
        delete_conversation_state, merge_conversation_state
    );
}

/// A value that is kept.
#[derive(Serialize, ToSchema)]
struct KeptValueBody {
    /// As it was given.
    #[schema(value_type = Value)]
    value: KeptValue,
    /// Seconds from now, rounded up.
    #[schema(minimum = 1, maximum = 86400)]
    expires_in: u64,
}

impl From<Kept> for KeptValueBody {
    fn from(Kept { value, rest }: Kept) -> Self {
        Self { value, expires_in: rest.as_millis().div_ceil(1000).try_into().unwrap_or(u64::MAX) }
    }
}

/// A value to be kept.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"value": {"title": "iPhone", "price": 650}, "ttl_seconds": 3600}))]
struct KeepValue {
    /// Any JSON of at most 64 KiB.
    #[schema(value_type = Value)]
    value: AnyJson,
    /// How long, a day at most. When absent a cached value is kept for an hour, a session and a state for a day.
    #[schema(minimum = 1, maximum = 86400)]
    ttl_seconds: Option<i64>,
}

/// A state to be kept.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"value": {"step": "offer", "price": 600}}))]
struct KeepState {
    /// An object of at most 64 KiB.
    #[schema(value_type = Object)]
    value: JsonObject,
    /// How long, a day at most, and a day when absent.
    #[schema(minimum = 1, maximum = 86400)]
    ttl_seconds: Option<i64>,
}

/// How long a session is kept from now.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"ttl_seconds": 86400}))]
struct ExtendSession {
    /// A day at most, and a day when absent.
    #[schema(minimum = 1, maximum = 86400)]
    ttl_seconds: Option<i64>,
}

/// Fields to be merged into a state.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"value": {"price": null, "place": "Sants"}}))]
struct MergeState {
    /// A null removes its field.
    #[schema(value_type = Object)]
    value: JsonObject,
}

fn time(fields: &mut Invalid, seconds: Option<i64>, otherwise: Duration) -> Option<Duration> {
    let Some(seconds) = seconds else { return Some(otherwise) };
    let seconds = fields.take("/ttl_seconds", Whole::<1, 86_400>::new(seconds))?;
    Some(Duration::from_secs(seconds.get().unsigned_abs().into()))
}

fn kept(
    value: Result<KeptValue, KeptError>,
    seconds: Option<i64>,
    otherwise: Duration,
) -> Result<Kept, Invalid> {
    let mut fields = Invalid::collect();
    let value = fields.take("/value", value);
    let rest = time(&mut fields, seconds, otherwise);
    fields.build(|| Some(Kept { value: value?, rest: rest? }))
}

/// The `{key}` of a route.
struct Key(KeptKey);

/// The `{id}` of a route.
struct Id(KeptKey);

impl PathKey for Key {
    type Error = KeptError;
    const NAME: &'static str = "key";
    const ABOUT: &'static str = "The name of the value: at most 200 letters, digits and `:._-`";

    fn parse(text: &str) -> Result<Self, KeptError> {
        KeptKey::parse(text).map(Self)
    }
}

impl PathKey for Id {
    type Error = KeptError;
    const NAME: &'static str = "id";
    const ABOUT: &'static str = "What the bot calls it: at most 200 letters, digits and `:._-`";

    fn parse(text: &str) -> Result<Self, KeptError> {
        KeptKey::parse(text).map(Self)
    }
}

fn missing() -> ApiError {
    ApiError::new(&codes::NOT_FOUND, "nothing is kept under this name, or its time is over")
}

async fn get(caller: &Caller<MarketRead>, kind: Kind, key: &KeptKey) -> ApiResult<Shown<KeptValueBody>> {
    let found = caller.state().kept_values.get(kind, key.as_str()).await?;
    answer(Shown(found.ok_or_else(missing)?.into()))
}

async fn put(
    change: &Change<MarketWrite, Unkeyed>,
    kind: Kind,
    key: &KeptKey,
    given: Kept,
) -> ApiResult<Shown<KeptValueBody>> {
    if let Some(state) = change.in_earnest() {
        state.kept_values.set(kind, key.as_str(), &given.value, given.rest).await?;
    }
    change.answer(Shown(given.into()))
}

async fn delete(change: &Change<MarketWrite, Unkeyed>, kind: Kind, key: &KeptKey) -> ApiResult<NoContent> {
    let is_there = match change.in_earnest() {
        Some(state) => state.kept_values.delete(kind, key.as_str()).await?,
        None => change.state().kept_values.get(kind, key.as_str()).await?.is_some(),
    };
    if is_there { change.answer(NoContent) } else { Err(missing()) }
}

/// Shows a cached value.
#[utoipa::path(get, path = "/v1/market/cache/{key}", responses((
    status = 404, description = "`not_found`: nothing is kept under this name, or its time is over",
)))]
async fn get_cached_value(
    caller: Caller<MarketRead>,
    PathText(Key(key)): PathText<Key>,
) -> ApiResult<Shown<KeptValueBody>> {
    get(&caller, Kind::Cache, &key).await
}

/// Caches a value, for an hour unless another time is given.
///
/// What is called `product:<id>` or `product:<wallapop_id>` is dropped when the product changes.
#[utoipa::path(put, path = "/v1/market/cache/{key}")]
async fn keep_cached_value(
    change: Change<MarketWrite, Unkeyed>,
    PathText(Key(key)): PathText<Key>,
    Json(body): Json<KeepValue>,
) -> ApiResult<Shown<KeptValueBody>> {
    let given = kept(KeptValue::new(body.value), body.ttl_seconds, CACHED)?;
    put(&change, Kind::Cache, &key, given).await
}

/// Drops a cached value.
#[utoipa::path(delete, path = "/v1/market/cache/{key}", responses((
    status = 404, description = "`not_found`: nothing is kept under this name, or its time is over",
)))]
async fn delete_cached_value(
    change: Change<MarketWrite, Unkeyed>,
    PathText(Key(key)): PathText<Key>,
) -> ApiResult<NoContent> {
    delete(&change, Kind::Cache, &key).await
}

/// Shows what is kept of a session.
#[utoipa::path(get, path = "/v1/market/sessions/{id}", responses((
    status = 404, description = "`not_found`: nothing is kept under this name, or its time is over",
)))]
async fn get_session(
    caller: Caller<MarketRead>,
    PathText(Id(id)): PathText<Id>,
) -> ApiResult<Shown<KeptValueBody>> {
    get(&caller, Kind::Session, &id).await
}

/// Keeps what is to be known of a session, for a day unless another time is given.
///
/// One that is there keeps the time that it has left: `extend` alone moves it.
#[utoipa::path(put, path = "/v1/market/sessions/{id}")]
async fn keep_session(
    change: Change<MarketWrite, Unkeyed>,
    PathText(Id(id)): PathText<Id>,
    Json(body): Json<KeepValue>,
) -> ApiResult<Shown<KeptValueBody>> {
    let mut given = kept(KeptValue::new(body.value), body.ttl_seconds, DAY)?;
    let values = &change.state().kept_values;
    given.rest = match change.in_earnest() {
        Some(_) => values.replace(Kind::Session, id.as_str(), &given.value, given.rest).await?,
        None => {
            let before = values.get(Kind::Session, id.as_str()).await?;
            before.map_or(given.rest, |before| before.rest)
        }
    };
    change.answer(Shown(given.into()))
}

/// Drops what is kept of a session.
#[utoipa::path(delete, path = "/v1/market/sessions/{id}", responses((
    status = 404, description = "`not_found`: nothing is kept under this name, or its time is over",
)))]
async fn delete_session(
    change: Change<MarketWrite, Unkeyed>,
    PathText(Id(id)): PathText<Id>,
) -> ApiResult<NoContent> {
    delete(&change, Kind::Session, &id).await
}

/// Keeps a session for a day from now, unless another time is given.
#[utoipa::path(post, path = "/v1/market/sessions/{id}/extend", responses((
    status = 404, description = "`not_found`: nothing is kept under this name, or its time is over",
)))]
async fn extend_session(
    change: Change<MarketWrite, Unkeyed>,
    PathText(Id(id)): PathText<Id>,
    OptionalJson(body): OptionalJson<ExtendSession>,
) -> ApiResult<Shown<KeptValueBody>> {
    let mut fields = Invalid::collect();
    let rest = time(&mut fields, body.ttl_seconds, DAY);
    let rest = fields.build(|| rest)?;
    let found = match change.in_earnest() {
        Some(state) => state.kept_values.extend(Kind::Session, id.as_str(), rest).await?,
        None => {
            let found = change.state().kept_values.get(Kind::Session, id.as_str()).await?;
            found.map(|Kept { value, .. }| Kept { value, rest })
        }
    };
    change.answer(Shown(found.ok_or_else(missing)?.into()))
}

/// Shows the state of a conversation.
#[utoipa::path(get, path = "/v1/market/conversation-states/{id}", responses((
    status = 404, description = "`not_found`: nothing is kept under this name, or its time is over",
)))]
async fn get_conversation_state(
    caller: Caller<MarketRead>,
    PathText(Id(id)): PathText<Id>,
) -> ApiResult<Shown<KeptValueBody>> {
    get(&caller, Kind::State, &id).await
}

/// Keeps the state of a conversation, for a day unless another time is given.
///
/// What is called by a conversation's id, or the marketplace's id of the chat, is dropped when the conversation ends.
#[utoipa::path(put, path = "/v1/market/conversation-states/{id}")]
async fn keep_conversation_state(
    change: Change<MarketWrite, Unkeyed>,
    PathText(Id(id)): PathText<Id>,
    Json(body): Json<KeepState>,
) -> ApiResult<Shown<KeptValueBody>> {
    let given = kept(KeptValue::of_object(body.value), body.ttl_seconds, DAY)?;
    put(&change, Kind::State, &id, given).await
}

/// Drops the state of a conversation.
#[utoipa::path(delete, path = "/v1/market/conversation-states/{id}", responses((
    status = 404, description = "`not_found`: nothing is kept under this name, or its time is over",
)))]
async fn delete_conversation_state(
    change: Change<MarketWrite, Unkeyed>,
    PathText(Id(id)): PathText<Id>,
) -> ApiResult<NoContent> {
    delete(&change, Kind::State, &id).await
}

/// Merges fields into the state of a conversation, and keeps it for a day from now. A null removes its field.
///
/// A state that is not there counts as empty. Merges that come at once all last.
#[utoipa::path(patch, path = "/v1/market/conversation-states/{id}")]
async fn merge_conversation_state(
    change: Change<MarketWrite, Unkeyed>,
    PathText(Id(id)): PathText<Id>,
    Json(body): Json<MergeState>,
) -> ApiResult<Shown<KeptValueBody>> {
    let (values, changes) = (&change.state().kept_values, body.value);
    let value = match change.in_earnest() {
        Some(_) => values.merge(id.as_str(), &changes).await?,
        None => {
            let before = values.get(Kind::State, id.as_str()).await?;
            merged(before.map(|kept| kept.value), &changes)?
        }
    };
    change.answer(Shown(Kept { value, rest: DAY }.into()))
}
