//! How much is said: by each person, and at this moment.

use repository::domain::Id;
use repository::domain::whatsapp::{User, UserTotals};
use repository::whatsapp::statistics::{Activity, OfUser};
use serde::Serialize;
use utoipa::ToSchema;

use super::{WhatsAppRead, store};
use crate::http::{
    ApiResult, Caller, KeysOnly, List, Paging, PathId, Routes, Shown, add_routes, answer, one_of,
};

pub(super) fn routes(routes: &mut Routes) {
    add_routes!(routes, "whatsapp statistics": get_user_statistics, list_statistics, get_stats);
}

/// How much one person has written and read.
#[derive(Serialize, ToSchema)]
struct TotalsBody {
    /// Chats, closed ones too.
    #[schema(minimum = 0, example = 3)]
    total_chats: i64,
    /// Messages in all of them.
    #[schema(minimum = 0, example = 42)]
    total_messages: i64,
}

impl From<UserTotals> for TotalsBody {
    fn from(totals: UserTotals) -> Self {
        let UserTotals { total_chats, total_messages } = totals;
        Self { total_chats, total_messages }
    }
}

/// How much somebody has written and read.
#[derive(Serialize, ToSchema)]
struct UserTotalsBody {
    #[schema(value_type = Uuid)]
    user_id: Id<User>,
    /// Chats, closed ones too.
    #[schema(minimum = 0, example = 3)]
    total_chats: i64,
    /// Messages in all of them.
    #[schema(minimum = 0, example = 42)]
    total_messages: i64,
}

impl From<OfUser> for UserTotalsBody {
    fn from(of_user: OfUser) -> Self {
        let OfUser { user_id, totals: UserTotals { total_chats, total_messages } } = of_user;
        Self { user_id, total_chats, total_messages }
    }
}

fn storage() -> utoipa::openapi::Object {
    one_of(["database", "memory"])
}

/// What goes on now, and by which settings.
#[derive(Serialize, ToSchema)]
struct StatsBody {
    /// Chats that are active.
    #[schema(minimum = 0)]
    active_sessions: i64,
    /// Those of them that wait for an answer.
    #[schema(minimum = 0)]
    waiting: i64,
    /// `MAX_CONVERSATION_HISTORY`.
    #[schema(example = 10)]
    max_history: u32,
    /// `SESSION_TIMEOUT_MINUTES`.
    #[schema(example = 30)]
    session_timeout_minutes: u32,
    /// `STORAGE_BACKEND`.
    #[schema(schema_with = storage)]
    storage: &'static str,
}

/// Counts the chats and messages of a user.
#[utoipa::path(get, path = "/v1/whatsapp/users/{id}/statistics")]
async fn get_user_statistics(
    caller: Caller<WhatsAppRead>,
    PathId(user): PathId<User>,
) -> ApiResult<Shown<TotalsBody>> {
    store::read(&caller, "whatsapp.get_user_statistics", move |store| store.totals(user)).await
}

/// Counts the chats and messages of every user, newest users first.
#[utoipa::path(get, path = "/v1/whatsapp/statistics")]
async fn list_statistics(
    caller: Caller<KeysOnly<WhatsAppRead>>,
    paging: Paging,
) -> ApiResult<List<UserTotalsBody>> {
    store::list(&caller, "whatsapp.list_statistics", "", &paging, |store, page| store.list_totals(page)).await
}

/// Shows how many chats are active and wait, and the settings of conversations.
#[utoipa::path(get, path = "/v1/whatsapp/stats")]
async fn get_stats(caller: Caller<KeysOnly<WhatsAppRead>>) -> ApiResult<Shown<StatsBody>> {
    let activity = store::load(&caller, "whatsapp.get_stats", |store| store.activity()).await?;
    let Activity { active_sessions, waiting } = activity;
    let bot = &caller.state().bot;
    answer(Shown(StatsBody {
        active_sessions,
        waiting,
        max_history: bot.rules.max_history,
        session_timeout_minutes: bot.session_timeout_minutes,
        storage: bot.storage(),
    }))
}
