//! How often the bot may do something: the sliding window that requests are counted by, for whatever the bot counts.

use repository::domain::rate_limit::{Decision, Quota};
use repository::domain::{Invalid, Text, Whole};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Market, MarketWrite};
use crate::http::{ApiResult, Change, Json, Routes, Shown, System as _, Unkeyed, add_routes};

pub(super) fn routes(routes: &mut Routes) {
    add_routes!(routes, "market rate limits": check_rate_limit);
}

/// What is to be counted.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"identifier": "user456", "limit": 10, "window_seconds": 60}))]
struct CheckRateLimit {
    /// Whom or what the bot counts, in its own words.
    #[schema(max_length = 200)]
    identifier: String,
    /// At most so many within the window. Another limit holds at once.
    #[schema(minimum = 1, maximum = 10000)]
    limit: i64,
    /// Another window is another count.
    #[schema(minimum = 1, maximum = 86400)]
    window_seconds: i64,
}

impl CheckRateLimit {
    fn read(self) -> Result<(Text<200>, Quota), Invalid> {
        let mut fields = Invalid::collect();
        let identifier = fields.take("/identifier", Text::parse(&self.identifier));
        let limit = fields.take("/limit", Whole::<1, 10_000>::new(self.limit));
        let window = fields.take("/window_seconds", Whole::<1, 86_400>::new(self.window_seconds));
        fields.build(|| {
            let quota = Quota::new(limit?.get().unsigned_abs(), window?.get().unsigned_abs());
            Some((identifier?, quota.ok()?))
        })
    }
}

/// How it stands after this hit.
#[derive(Serialize, ToSchema)]
struct RateLimitBody {
    /// Whether it was refused. What is refused is not counted.
    limited: bool,
    limit: u32,
    window_seconds: u32,
    /// Hits within the window, this one among them.
    count: u32,
    /// How many more would be admitted now.
    remaining: u32,
    /// Seconds until one more is admitted than now, rounded up.
    reset_seconds: u64,
}

impl RateLimitBody {
    fn of(quota: Quota, Decision { admitted, used, remaining, more_in }: Decision) -> Self {
        Self {
            limited: !admitted,
            limit: quota.requests(),
            window_seconds: quota.seconds(),
            count: used,
            remaining,
            reset_seconds: more_in.as_micros().div_ceil(1_000_000).try_into().unwrap_or(u64::MAX),
        }
    }
}

/// Counts a hit, unless there were too many, and answers how it stands.
///
/// In no stretch of the window's length are more admitted than the limit: the window slides. A dry run looks without counting.
/// The status is 200 also where the hit was refused.
#[utoipa::path(post, path = "/v1/market/rate-limits/check")]
#[doc(alias = "is_rate_limited")]
async fn check_rate_limit(
    change: Change<MarketWrite, Unkeyed>,
    Json(body): Json<CheckRateLimit>,
) -> ApiResult<Shown<RateLimitBody>> {
    let (identifier, quota) = body.read()?;
    let limits = &change.state().limits;
    let subject = limits.named(Market::NAME, identifier.as_str(), quota);
    let decision = match change.in_earnest() {
        Some(_) => limits.take(subject, quota).await,
        None => limits.look(subject, quota).await,
    };
    change.answer(Shown(RateLimitBody::of(quota, decision)))
}
