//! What households spent.

use repository::domain::day::DayRange;
use repository::domain::pantry::spending::{CategorySpending, MonthSpending, StoreSpending};
use repository::domain::pantry::{Category, Spending, SpendingBy, SpendingGroups, User};
use repository::domain::{Id, Invalid, SignedAmount};
use serde::{Deserialize, Serialize};
use service::pantry::spending;
use utoipa::{IntoParams, ToSchema};

use super::{PantryRead, days, schema};
use crate::http::{ApiResult, Caller, PathId, Query, Routes, Shown, add_routes};

pub(super) fn routes(routes: &mut Routes) {
    add_routes!(routes, "pantry receipts": show_spending);
}

/// What a household spent.
#[derive(Serialize, ToSchema)]
struct SpendingBody {
    /// The totals of all receipts together; returns count below zero.
    #[schema(value_type = String, example = "175.31")]
    total_spent: SignedAmount,
    /// How many receipts there are, those without a total too.
    #[schema(minimum = 0)]
    receipt_count: i64,
    /// What a receipt comes to that has a total.
    #[schema(value_type = String, example = "58.44")]
    avg_receipt: SignedAmount,
    /// With `by`: shops and categories by what was spent, the most first, then by name; months from the earliest on.
    #[serde(skip_serializing_if = "Option::is_none")]
    groups: Option<Vec<SpendingGroupBody>>,
}

/// A part of what was spent. The prices of items, by which categories are told, need not add up to the totals of receipts.
#[derive(Serialize, ToSchema)]
struct SpendingGroupBody {
    /// The shop as its newest receipt writes it, the month as `2026-11`, or the category; null where there is none.
    #[schema(example = "Biedronka")]
    name: Option<String>,
    /// Of a category.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Uuid>)]
    category_id: Option<Id<Category>>,
    #[schema(value_type = String, example = "100.00")]
    total_spent: SignedAmount,
    /// Of a shop or a month.
    #[serde(skip_serializing_if = "Option::is_none")]
    receipt_count: Option<i64>,
    /// Of a category.
    #[serde(skip_serializing_if = "Option::is_none")]
    item_count: Option<i64>,
}

impl From<(Spending, Option<SpendingGroups>)> for SpendingBody {
    fn from((spending, groups): (Spending, Option<SpendingGroups>)) -> Self {
        let Spending { total_spent, receipt_count, avg_receipt } = spending;
        Self { total_spent, receipt_count, avg_receipt, groups: groups.map(groups_of) }
    }
}

fn groups_of(groups: SpendingGroups) -> Vec<SpendingGroupBody> {
    match groups {
        SpendingGroups::Stores(stores) => stores.into_iter().map(SpendingGroupBody::from).collect(),
        SpendingGroups::Months(months) => months.into_iter().map(SpendingGroupBody::from).collect(),
        SpendingGroups::Categories(categories) => {
            categories.into_iter().map(SpendingGroupBody::from).collect()
        }
    }
}

impl From<StoreSpending> for SpendingGroupBody {
    fn from(store: StoreSpending) -> Self {
        let StoreSpending { store_name, total_spent, receipt_count } = store;
        let receipt_count = Some(receipt_count);
        Self { name: store_name, category_id: None, total_spent, receipt_count, item_count: None }
    }
}

impl From<MonthSpending> for SpendingGroupBody {
    fn from(month: MonthSpending) -> Self {
        let MonthSpending { month, total_spent, receipt_count } = month;
        let receipt_count = Some(receipt_count);
        Self { name: Some(month), category_id: None, total_spent, receipt_count, item_count: None }
    }
}

impl From<CategorySpending> for SpendingGroupBody {
    fn from(category: CategorySpending) -> Self {
        let CategorySpending { category_id, name, total_spent, item_count } = category;
        Self { name, category_id, total_spent, receipt_count: None, item_count: Some(item_count) }
    }
}

/// Of which days, and broken down by what.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct ShowSpending {
    /// Bought on this day or later.
    #[param(format = Date, example = "2026-11-01")]
    start_date: String,
    /// Bought on this day or earlier.
    #[param(format = Date, example = "2026-11-30")]
    end_date: String,
    /// Adds groups: by shop, by month, or by category of what was bought.
    #[param(inline, value_type = Option<schema::SpendingBy>)]
    by: Option<String>,
}

impl ShowSpending {
    fn read(&self) -> Result<(DayRange, Option<SpendingBy>), Invalid> {
        let mut fields = Invalid::collect();
        let range = days::range(&mut fields, &self.start_date, &self.end_date, DayRange::new);
        let by = fields.take_optional("/by", self.by.as_deref().map(str::parse));
        fields.build(|| Some((range?, by?)))
    }
}

/// Shows what a user spent on some days, by the days of purchase.
#[utoipa::path(get, path = "/v1/pantry/users/{id}/spending")]
async fn show_spending(
    caller: Caller<PantryRead>,
    PathId(user): PathId<User>,
    Query(query): Query<ShowSpending>,
) -> ApiResult<Shown<SpendingBody>> {
    let (range, by) = query.read()?;
    caller.read("pantry.show_spending", move |conn| spending::of_user(conn, user, range, by)).await
}
