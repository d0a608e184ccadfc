//! Chats that wait for an answer, and agents' claims to them.

use repository::domain::whatsapp::{ChatId, Lease, WaitingChat};
use repository::domain::{Id, Invalid, Limit};
use serde::{Deserialize, Serialize};
use service::whatsapp::waiting::Claimed;
use utoipa::ToSchema;
use uuid::Uuid;

use super::userchats::{ChatBody, MessageBody};
use super::{WhatsAppRead, WhatsAppWrite, store};
use crate::http::error::responses::NeedsClaim;
use crate::http::{
    ApiResult, Caller, Change, Json, KeysOnly, List, NoContent, OptionalJson, Paging, PathNamed, Routes,
    Shown, add_routes,
};

pub(super) fn routes(routes: &mut Routes) {
    add_routes!(routes, "whatsapp answers": list_waiting, claim_waiting, release_chat);
}

/// A chat that waits for an answer.
#[derive(Serialize, ToSchema)]
struct WaitingBody {
    chat: ChatBody,
    /// What the person wrote since the last answer, oldest first; also what stands in the chat that continues here.
    unanswered: Vec<MessageBody>,
}

impl From<WaitingChat> for WaitingBody {
    fn from(waiting: WaitingChat) -> Self {
        let WaitingChat { chat, unanswered } = waiting;
        Self { chat: chat.into(), unanswered: unanswered.into_iter().map(MessageBody::from).collect() }
    }
}

/// How many chats an agent wants, and for how long.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"limit": 5, "lease_seconds": 60}))]
struct ClaimWaiting {
    /// 50 when absent.
    #[schema(minimum = 1, maximum = 100)]
    limit: Option<i64>,
    /// For so long no other agent gets them; 60 when absent.
    #[schema(minimum = 1, maximum = 600)]
    lease_seconds: Option<i64>,
}

impl ClaimWaiting {
    fn read(self) -> Result<(Limit, Lease), Invalid> {
        let mut fields = Invalid::collect();
        let limit = fields.take_optional("/limit", self.limit.map(Limit::new));
        let lease = fields.take_optional("/lease_seconds", self.lease_seconds.map(Lease::new));
        fields.build(|| Some((limit?.unwrap_or_default(), lease?.unwrap_or_default())))
    }
}

/// Chats that one agent holds.
#[derive(Serialize, ToSchema)]
struct ClaimBody {
    /// Names the claim in answers.
    claim_id: Uuid,
    /// The chats, those that have waited longest first.
    data: Vec<WaitingBody>,
}

impl From<Claimed> for ClaimBody {
    fn from(claimed: Claimed) -> Self {
        let Claimed { claim_id, chats } = claimed;
        Self { claim_id, data: chats.into_iter().map(WaitingBody::from).collect() }
    }
}

/// A claim to be given up.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"claim_id": "00000000-0000-7000-8000-000000000001"}))]
struct ReleaseChat {
    #[schema(value_type = Uuid)]
    claim_id: Id<Claimed>,
}

/// Lists the chats that wait for an answer, those that have waited longest first.
#[utoipa::path(get, path = "/v1/whatsapp/waiting")]
async fn list_waiting(
    caller: Caller<KeysOnly<WhatsAppRead>>,
    paging: Paging,
) -> ApiResult<List<WaitingBody>> {
    store::list(&caller, "whatsapp.list_waiting", "", &paging, |store, page| store.waiting(page)).await
}

/// Gives an agent chats that wait and that no other agent holds, those that have waited longest first.
///
/// Until the lease is over nobody else gets them or answers in them without `claim_id`.
#[utoipa::path(post, path = "/v1/whatsapp/waiting/claim")]
async fn claim_waiting(
    change: Change<KeysOnly<WhatsAppWrite>>,
    OptionalJson(body): OptionalJson<ClaimWaiting>,
) -> ApiResult<Shown<ClaimBody>> {
    let (limit, lease) = body.read()?;
    store::write(change, "whatsapp.claim_waiting", move |store| store.claim(limit, lease)).await
}

/// Gives a chat back before the lease is over.
#[utoipa::path(post, path = "/v1/whatsapp/chats/{chat_id}/release", responses(NeedsClaim))]
async fn release_chat(
    change: Change<KeysOnly<WhatsAppWrite>>,
    PathNamed(chat): PathNamed<ChatId>,
    Json(body): Json<ReleaseChat>,
) -> ApiResult<NoContent> {
    let claim = body.claim_id.uuid();
    store::write(change, "whatsapp.release_chat", move |store| store.release(chat, claim)).await
}
