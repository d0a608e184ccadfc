//! The queue of what buyers wrote and the bot has not processed.

use repository::Tx;
use repository::domain::market::{Intent, Message, Processed};
use repository::domain::{Id, Invalid, JsonObject, Note, PrivateJson, Sentiment, Whole};
use serde::{Deserialize, Serialize};
use service::market::messages::{self, Claim};
use utoipa::ToSchema;
use uuid::Uuid;

use super::bodies::MessageBody;
use crate::http::{ApiResult, Change, Json, OptionalJson, PathId, Routes, Shown, add_routes};
use crate::market::MarketWrite;

/// How long a claim lasts where the worker does not say.
const LEASE_SECONDS: i64 = 60;

/// How long a message that failed is held back where the worker does not say.
const RETRY_AFTER_SECONDS: i64 = 30;

pub(super) fn routes(routes: &mut Routes) {
    add_routes!(
        routes,
        "market messages": claim_messages, finish_message, fail_message, release_message, requeue_message
    );
}

/// What a worker asks for.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"limit": 10, "lease_seconds": 60}))]
struct ClaimMessages {
    /// At most so many messages.
    #[schema(minimum = 1, maximum = 100)]
    limit: i64,
    /// How long they are the worker's; 60 when absent.
    #[schema(minimum = 1, maximum = 3600)]
    lease_seconds: Option<i64>,
}

impl ClaimMessages {
    fn read(self) -> Result<(u32, u32), Invalid> {
        let mut fields = Invalid::collect();
        let limit = fields.take("/limit", Whole::<1, 100>::new(self.limit));
        let lease = Whole::<1, 3600>::new(self.lease_seconds.unwrap_or(LEASE_SECONDS));
        let lease = fields.take("/lease_seconds", lease);
        fields.build(|| Some((limit?.get().unsigned_abs(), lease?.get().unsigned_abs())))
    }
}

/// Messages that are the worker's for a while.
#[derive(Serialize, ToSchema)]
struct ClaimBody {
    /// Names the claim, to end it.
    claim_id: Uuid,
    /// The messages, oldest first; none where nothing waits.
    data: Vec<MessageBody>,
}

impl From<Claim> for ClaimBody {
    fn from(Claim { claim_id, messages }: Claim) -> Self {
        Self { claim_id, data: messages.into_iter().map(MessageBody::from).collect() }
    }
}

/// What processing found out.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"intent": "greeting", "entities": {"product": "iPhone"}, "sentiment": 0.6}))]
struct FinishMessage {
    /// The claim that holds the message; absent where none does.
    #[schema(value_type = Option<Uuid>)]
    claim_id: Option<String>,
    #[schema(max_length = 50)]
    intent: Option<String>,
    /// At most 64 KiB.
    #[schema(value_type = Option<Object>)]
    entities: Option<JsonObject>,
    #[schema(minimum = -1, maximum = 1)]
    sentiment: Option<f64>,
}

impl FinishMessage {
    fn read(self) -> Result<(Option<Uuid>, Processed), Invalid> {
        let mut fields = Invalid::collect();
        let claim = fields.take_optional("/claim_id", self.claim_id.as_deref().map(claim));
        let intent = fields.take_optional("/intent", self.intent.as_deref().map(Intent::parse));
        let entities =
            fields.take_optional("/entities", self.entities.as_ref().map(PrivateJson::parse_small));
        let sentiment = fields.take_optional("/sentiment", self.sentiment.map(Sentiment::new));
        fields.build(|| {
            Some((claim?, Processed { intent: intent?, entities: entities?, sentiment: sentiment? }))
        })
    }
}

/// What went wrong.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"error": "the model did not answer", "retry_after_seconds": 30}))]
struct FailMessage {
    /// The claim that holds the message; absent where none does.
    #[schema(value_type = Option<Uuid>)]
    claim_id: Option<String>,
    #[schema(max_length = 2000)]
    error: String,
    /// How long the message is held back; 30 when absent.
    #[schema(minimum = 0, maximum = 86400)]
    retry_after_seconds: Option<i64>,
}

impl FailMessage {
    fn read(self) -> Result<(Option<Uuid>, Note, u32), Invalid> {
        let mut fields = Invalid::collect();
        let claim = fields.take_optional("/claim_id", self.claim_id.as_deref().map(claim));
        let error = fields.take("/error", Note::parse(&self.error));
        let wait = Whole::<0, 86_400>::new(self.retry_after_seconds.unwrap_or(RETRY_AFTER_SECONDS));
        let wait = fields.take("/retry_after_seconds", wait);
        fields.build(|| Some((claim?, error?, wait?.get().unsigned_abs())))
    }
}

/// Which claim gives a message back.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"claim_id": "00000000-0000-7000-8000-000000000001"}))]
struct ReleaseMessage {
    #[schema(value_type = Uuid)]
    claim_id: String,
}

impl ReleaseMessage {
    fn read(self) -> Result<Uuid, Invalid> {
        let mut fields = Invalid::collect();
        let claim = fields.take("/claim_id", claim(&self.claim_id));
        fields.build(|| claim)
    }
}

fn claim(text: &str) -> Result<Uuid, repository::domain::id::InvalidId> {
    text.parse().map(Id::<Claim>::uuid)
}

/// Hands out messages of buyers that wait, oldest first: at most one of a conversation, and that its oldest one.
///
/// They are the worker's until the lease ends, and come again after that. Nothing is handed out of a conversation of which a
/// message is out, or of a buyer who is blocked. A message that was handed out `MAX_PROCESSING_ATTEMPTS` times in vain is parked.
#[utoipa::path(post, path = "/v1/market/messages/claim")]
async fn claim_messages(
    change: Change<MarketWrite>,
    Json(body): Json<ClaimMessages>,
) -> ApiResult<Shown<ClaimBody>> {
    let (limit, lease) = body.read()?;
    let most = change.state().market.max_processing_attempts;
    change.write("market.claim_messages", move |tx| messages::claim(tx, limit, lease, most)).await
}

/// Ends a buyer's message as processed, and stores what was found out. One that is processed stays as it is.
#[utoipa::path(post, path = "/v1/market/messages/{id}/processed", responses((
    status = 409, description = "`claim_lost`: the claim does not hold it, or not any more; `claimed`: a worker has it",
)))]
async fn finish_message(
    change: Change<MarketWrite>,
    PathId(id): PathId<Message>,
    OptionalJson(body): OptionalJson<FinishMessage>,
) -> ApiResult<Shown<MessageBody>> {
    let (claim, found) = body.read()?;
    let finish = move |tx: &mut Tx<'_>| messages::processed(tx, id, claim, &found);
    change.write("market.finish_message", finish).await
}

/// Stores why processing failed, and holds the message back for a while.
#[utoipa::path(post, path = "/v1/market/messages/{id}/failed", responses((
    status = 409, description = "`claim_lost`: the claim does not hold it, or not any more; `claimed`: a worker has it",
)))]
async fn fail_message(
    change: Change<MarketWrite>,
    PathId(id): PathId<Message>,
    Json(body): Json<FailMessage>,
) -> ApiResult<Shown<MessageBody>> {
    let (claim, error, wait) = body.read()?;
    let fail = move |tx: &mut Tx<'_>| messages::failed(tx, id, claim, &error, wait);
    change.write("market.fail_message", fail).await
}

/// Gives a message back as if it had not been handed out.
#[utoipa::path(post, path = "/v1/market/messages/{id}/release", responses((
    status = 409, description = "`claim_lost`: the claim does not hold it, or not any more",
)))]
async fn release_message(
    change: Change<MarketWrite>,
    PathId(id): PathId<Message>,
    Json(body): Json<ReleaseMessage>,
) -> ApiResult<Shown<MessageBody>> {
    let claim = body.read()?;
    change.write("market.release_message", move |tx| messages::release(tx, id, claim)).await
}

/// Lets a message be handed out again from its first attempt, parked or held back as it may be.
#[utoipa::path(post, path = "/v1/market/messages/{id}/requeue", responses((
    status = 409, description = "`claimed`: a worker has it",
)))]
async fn requeue_message(
    change: Change<MarketWrite>,
    PathId(id): PathId<Message>,
) -> ApiResult<Shown<MessageBody>> {
    change.write("market.requeue_message", move |tx| messages::requeue(tx, id)).await
}
