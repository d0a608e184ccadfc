//! What of a pantry is there, expires soon or has expired, by the day where its household lives.

use chrono::{DateTime, Utc};
use repository::domain::pantry::{DaysAhead, ItemOnDay, PantryStatistics, Shelf, User};
use repository::domain::{Day, Invalid};
use serde::{Deserialize, Serialize};
use service::pantry::pantry_items;
use utoipa::{IntoParams, ToSchema};

use super::bodies::PantryItemBody;
use crate::http::{ApiResult, Caller, List, Paging, PathId, Query, Routes, Shown, add_routes};
use crate::pantry::PantryRead;
use crate::pantry::days::{self, OnDay};

pub(super) fn routes(routes: &mut Routes) {
    add_routes!(
        routes,
        "pantry items": list_expiring_items, list_expired_items, list_available_items, show_pantry_statistics
    );
}

/// Something at home, seen on a day.
#[derive(Serialize, ToSchema)]
struct AvailableItemBody {
    #[serde(flatten)]
    item: PantryItemBody,
    /// 0 on its last day; null where its expiry is not known.
    days_until_expiry: Option<i64>,
}

impl From<ItemOnDay> for AvailableItemBody {
    fn from(seen: ItemOnDay) -> Self {
        let days_until_expiry = seen.days_left();
        Self { item: seen.item.into(), days_until_expiry }
    }
}

/// Something at home that has expired.
#[derive(Serialize, ToSchema)]
struct ExpiredItemBody {
    #[serde(flatten)]
    item: PantryItemBody,
    /// 1 on the day after its last.
    #[schema(minimum = 1)]
    days_expired: i64,
}

impl From<ItemOnDay> for ExpiredItemBody {
    fn from(seen: ItemOnDay) -> Self {
        let days_expired = seen.days_left().map_or(0, |days| -days);
        Self { item: seen.item.into(), days_expired }
    }
}

/// What a pantry holds, in figures. Rows of which nothing is left do not count.
#[derive(Serialize, ToSchema)]
struct PantryStatisticsBody {
    /// The day by which they were counted.
    #[schema(value_type = NaiveDate)]
    on: Day,
    #[schema(minimum = 0)]
    total_items: i64,
    /// How many expire within `EXPIRY_WARNING_DAYS`, that day included.
    #[schema(minimum = 0)]
    expiring_soon: i64,
    #[schema(minimum = 0)]
    expired: i64,
    /// How many categories their products have.
    #[schema(minimum = 0)]
    categories_count: i64,
    /// When one of them last changed; null where there is nothing.
    last_updated: Option<DateTime<Utc>>,
}

impl From<PantryStatistics> for PantryStatisticsBody {
    fn from(statistics: PantryStatistics) -> Self {
        let PantryStatistics { on, total_items, expiring_soon, expired, categories_count, last_updated } =
            statistics;
        Self { on, total_items, expiring_soon, expired, categories_count, last_updated }
    }
}

/// Within how many days.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct ListExpiring {
    /// Within so many days, 0 to 365; `EXPIRY_WARNING_DAYS` (7) when absent.
    #[param(minimum = 0, maximum = 365)]
    days: Option<i64>,
    /// The day by which it is judged; today where the household lives, when absent.
    #[param(value_type = Option<String>, format = Date, example = "2026-11-20")]
    on: Option<String>,
}

impl ListExpiring {
    fn read(&self, default: DaysAhead) -> Result<(DaysAhead, Option<Day>), Invalid> {
        let mut fields = Invalid::collect();
        let within = fields.take_optional("/days", self.days.map(DaysAhead::new));
        let on = days::on(&mut fields, self.on.as_deref());
        fields.build(|| Some((within?.unwrap_or(default), on?)))
    }
}

/// Lists what is there and expires soon, soonest first.
#[utoipa::path(get, path = "/v1/pantry/users/{id}/pantry-items/expiring")]
async fn list_expiring_items(
    caller: Caller<PantryRead>,
    PathId(user): PathId<User>,
    Query(query): Query<ListExpiring>,
    paging: Paging,
) -> ApiResult<List<AvailableItemBody>> {
    let (within, on) = query.read(caller.state().pantry.expiry_warning)?;
    caller
        .list("pantry.list_expiring_items", user, &paging, move |conn, page| {
            pantry_items::list(conn, user, Shelf::Expiring(within), on, page)
        })
        .await
}

/// Lists what is there and has expired, the longest expired first.
#[utoipa::path(get, path = "/v1/pantry/users/{id}/pantry-items/expired")]
async fn list_expired_items(
    caller: Caller<PantryRead>,
    PathId(user): PathId<User>,
    Query(query): Query<OnDay>,
    paging: Paging,
) -> ApiResult<List<ExpiredItemBody>> {
    let on = query.read()?;
    caller
        .list("pantry.list_expired_items", user, &paging, move |conn, page| {
            pantry_items::list(conn, user, Shelf::Expired, on, page)
        })
        .await
}

/// Lists what is there and has not expired: soonest expiry first, undated last.
#[utoipa::path(get, path = "/v1/pantry/users/{id}/pantry-items/available")]
async fn list_available_items(
    caller: Caller<PantryRead>,
    PathId(user): PathId<User>,
    Query(query): Query<OnDay>,
    paging: Paging,
) -> ApiResult<List<AvailableItemBody>> {
    let on = query.read()?;
    caller
        .list("pantry.list_available_items", user, &paging, move |conn, page| {
            pantry_items::list(conn, user, Shelf::Available, on, page)
        })
        .await
}

/// Counts what is in a user's pantry.
#[utoipa::path(get, path = "/v1/pantry/users/{id}/pantry-items/statistics")]
async fn show_pantry_statistics(
    caller: Caller<PantryRead>,
    PathId(user): PathId<User>,
    Query(query): Query<OnDay>,
) -> ApiResult<Shown<PantryStatisticsBody>> {
    let (on, soon) = (query.read()?, caller.state().pantry.expiry_warning);
    let statistics = move |conn: &mut repository::Conn<'_>| pantry_items::statistics(conn, user, on, soon);
    caller.read("pantry.show_pantry_statistics", statistics).await
}
