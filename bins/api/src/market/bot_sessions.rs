//! `market.bot_sessions`: what the bot does, and whether the marketplace limits it.

use chrono::{DateTime, TimeDelta, Utc};
use repository::Tx;
use repository::domain::market::{Activity, BotSession, Count, SessionId};
use repository::domain::{Day, Id, Invalid, TextError, Whole};
use serde::{Deserialize, Serialize};
use service::market::bot_sessions::{self, LimitEnd};
use utoipa::ToSchema;

use super::{MarketRead, MarketWrite};
use crate::http::input::time;
use crate::http::{
    ApiResult, Caller, Change, Json, List, Located, MadeOrShown, NoContent, OptionalJson, Paging, PathKey,
    PathText, Routes, Shown, add_routes,
};

pub(super) fn routes(routes: &mut Routes) {
    add_routes!(
        routes,
        "market bot sessions": start_bot_session, get_bot_session, delete_bot_session, list_bot_sessions,
        record_bot_activity, limit_bot_session, lift_bot_limit
    );
}

/// A session of the bot, as it stands now.
#[derive(Serialize, ToSchema)]
struct BotSessionBody {
    #[schema(value_type = Uuid)]
    id: Id<BotSession>,
    /// The bot's name of it.
    #[schema(value_type = String, example = "bot-1")]
    session_id: SessionId,
    /// Conversations that the bot has open.
    #[schema(value_type = i32, minimum = 0)]
    active_conversations_count: Count,
    /// Messages sent on this day, in the bot's time zone.
    #[schema(value_type = i32, minimum = 0)]
    messages_sent_today: Count,
    /// The day of the last activity, in the bot's time zone.
    #[schema(value_type = Option<Date>)]
    counted_on: Option<Day>,
    last_activity_at: Option<DateTime<Utc>>,
    /// From then on a session of this name starts again.
    expires_at: Option<DateTime<Utc>>,
    /// Whether the marketplace limits the bot now.
    is_rate_limited: bool,
    rate_limit_expires_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl Located for BotSessionBody {
    fn location(&self) -> String {
        let name: String =
            url::form_urlencoded::byte_serialize(self.session_id.as_str().as_bytes()).collect();
        format!("/v1/market/bot-sessions/{}", name.replace('+', "%20"))
    }
}

impl From<BotSession> for BotSessionBody {
    fn from(session: BotSession) -> Self {
        let BotSession {
            id,
            session_id,
            active_conversations_count,
            messages_sent_today,
            counted_on,
            last_activity_at,
            expires_at,
            is_rate_limited,
            rate_limit_expires_at,
            created_at,
            updated_at,
        } = session;
        Self {
            id,
            session_id,
            active_conversations_count,
            messages_sent_today,
            counted_on,
            last_activity_at,
            expires_at,
            is_rate_limited,
            rate_limit_expires_at,
            created_at,
            updated_at,
        }
    }
}

/// What the bot has done since it last told.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"messages_sent": 2, "active_conversations": 5}))]
struct RecordActivity {
    /// 1 when absent.
    #[schema(minimum = 0, maximum = 2147483647)]
    messages_sent: Option<i64>,
    /// Conversations that are open now; when absent, as many as before.
    #[schema(minimum = 0, maximum = 2147483647)]
    active_conversations: Option<i64>,
}

impl RecordActivity {
    fn read(self) -> Result<Activity, Invalid> {
        let mut fields = Invalid::collect();
        let sent = fields.take("/messages_sent", Count::new(self.messages_sent.unwrap_or(1)));
        let active = self.active_conversations.map(Count::new);
        let active = fields.take_optional("/active_conversations", active);
        fields.build(|| Some(Activity { messages_sent: sent?, active_conversations: active? }))
    }
}

/// How long the marketplace limits the bot. One of them.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"seconds": 300}))]
struct LimitSession {
    /// So long from now, a day at most.
    #[schema(minimum = 1, maximum = 86400)]
    seconds: Option<i64>,
    /// Until then.
    #[schema(value_type = Option<DateTime<Utc>>)]
    until: Option<String>,
}

impl LimitSession {
    fn read(self) -> Result<LimitEnd, Invalid> {
        let mut fields = Invalid::collect();
        let end = match (self.seconds, self.until) {
            (Some(seconds), None) => fields
                .take("/seconds", Whole::<1, 86_400>::new(seconds))
                .map(|seconds| LimitEnd::After(TimeDelta::seconds(seconds.get().into()))),
            (None, Some(until)) => fields.take("/until", time(&until)).map(LimitEnd::At),
            _ => {
                fields.add("", "one_of", "send one of seconds and until");
                None
            }
        };
        fields.build(|| end)
    }
}

/// The `{session_id}` of a route.
struct Session(SessionId);

impl PathKey for Session {
    type Error = TextError;
    const NAME: &'static str = "session_id";
    const ABOUT: &'static str = "The bot's name of the session";

    fn parse(text: &str) -> Result<Self, TextError> {
        SessionId::parse(text).map(Self)
    }
}

/// Shows the session of this name, or starts it. It expires a day after its last activity, and starts again then.
#[utoipa::path(put, path = "/v1/market/bot-sessions/{session_id}")]
async fn start_bot_session(
    change: Change<MarketWrite>,
    PathText(Session(session)): PathText<Session>,
) -> ApiResult<MadeOrShown<BotSessionBody>> {
    let zone = change.state().market.bot_zone;
    let start = move |tx: &mut Tx<'_>| bot_sessions::get_or_start(tx, &session, zone);
    change.write("market.start_bot_session", start).await
}

/// Shows the session of this name, expired or not.
#[utoipa::path(get, path = "/v1/market/bot-sessions/{session_id}", responses((
    status = 404, description = "`not_found`: there is no such session",
)))]
async fn get_bot_session(
    caller: Caller<MarketRead>,
    PathText(Session(session)): PathText<Session>,
) -> ApiResult<Shown<BotSessionBody>> {
    let zone = caller.state().market.bot_zone;
    caller.read("market.get_bot_session", move |conn| bot_sessions::get(conn, &session, zone)).await
}

/// Removes the session of this name.
#[utoipa::path(delete, path = "/v1/market/bot-sessions/{session_id}", responses((
    status = 404, description = "`not_found`: there is no such session",
)))]
async fn delete_bot_session(
    change: Change<MarketWrite>,
    PathText(Session(session)): PathText<Session>,
) -> ApiResult<NoContent> {
    change.write("market.delete_bot_session", move |tx| bot_sessions::delete(tx, &session)).await
}

/// Lists sessions, newest first.
#[utoipa::path(get, path = "/v1/market/bot-sessions")]
async fn list_bot_sessions(caller: Caller<MarketRead>, paging: Paging) -> ApiResult<List<BotSessionBody>> {
    let zone = caller.state().market.bot_zone;
    caller
        .list("market.list_bot_sessions", "", &paging, move |conn, page| bot_sessions::list(conn, zone, page))
        .await
}

/// Notes what the bot has done, and lets the session last another day.
///
/// The count of messages begins again with the bot's day (`BOT_TIMEZONE`).
#[utoipa::path(post, path = "/v1/market/bot-sessions/{session_id}/activity", responses((
    status = 404, description = "`not_found`: there is no such session",
)))]
async fn record_bot_activity(
    change: Change<MarketWrite>,
    PathText(Session(session)): PathText<Session>,
    OptionalJson(body): OptionalJson<RecordActivity>,
) -> ApiResult<Shown<BotSessionBody>> {
    let (activity, zone) = (body.read()?, change.state().market.bot_zone);
    let record = move |tx: &mut Tx<'_>| bot_sessions::record_activity(tx, &session, activity, zone);
    change.write("market.record_bot_activity", record).await
}

/// Notes that the marketplace limits the bot.
#[utoipa::path(put, path = "/v1/market/bot-sessions/{session_id}/rate-limit", responses((
    status = 404, description = "`not_found`: there is no such session",
)))]
async fn limit_bot_session(
    change: Change<MarketWrite>,
    PathText(Session(session)): PathText<Session>,
    Json(body): Json<LimitSession>,
) -> ApiResult<Shown<BotSessionBody>> {
    let (end, zone) = (body.read()?, change.state().market.bot_zone);
    let limit = move |tx: &mut Tx<'_>| bot_sessions::limit(tx, &session, end, zone);
    change.write("market.limit_bot_session", limit).await
}

/// Notes that the marketplace does not limit the bot any more.
#[utoipa::path(delete, path = "/v1/market/bot-sessions/{session_id}/rate-limit", responses((
    status = 404, description = "`not_found`: there is no such session",
)))]
async fn lift_bot_limit(
    change: Change<MarketWrite>,
    PathText(Session(session)): PathText<Session>,
) -> ApiResult<NoContent> {
    let zone = change.state().market.bot_zone;
    change.write("market.lift_bot_limit", move |tx| bot_sessions::lift_limit(tx, &session, zone)).await
}
