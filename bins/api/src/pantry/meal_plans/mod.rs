//! `pantry.meal_plans`: what a household means to eat on a day.

mod bodies;

use repository::domain::Invalid;
use repository::domain::day::DayRange;
use repository::domain::pantry::meal_plans::range;
use repository::domain::pantry::{MealPlan, User};
use serde::Deserialize;
use service::pantry::meal_plans;
use utoipa::IntoParams;

use super::{PantryRead, PantryWrite, days};
use crate::http::{
    ApiResult, Caller, Change, Json, List, Made, NoContent, Paging, PathId, Query, Routes, Shown, add_routes,
};

use bodies::{CreateMealPlan, MealPlanBody, UpdateMealPlan};

pub(super) fn routes(routes: &mut Routes) {
    add_routes!(
        routes,
        "pantry meal plans": create_meal_plan, list_meal_plans, get_meal_plan, update_meal_plan,
        delete_meal_plan
    );
}

/// Of which days.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct ListMealPlans {
    /// Of this day or later.
    #[param(format = Date, example = "2026-11-16")]
    start_date: String,
    /// Of this day or earlier. There are at most 92 days.
    #[param(format = Date, example = "2026-11-22")]
    end_date: String,
}

impl ListMealPlans {
    fn read(&self) -> Result<DayRange, Invalid> {
        let mut fields = Invalid::collect();
        let range = days::range(&mut fields, &self.start_date, &self.end_date, range);
        fields.build(|| range)
    }
}

/// Plans a meal.
#[utoipa::path(post, path = "/v1/pantry/meal-plans", responses((
    status = 409, description = "`conflict`: `existing_id` is the plan of this day, meal and recipe",
)))]
async fn create_meal_plan(
    change: Change<PantryWrite>,
    Json(body): Json<CreateMealPlan>,
) -> ApiResult<Made<MealPlanBody>> {
    let new = body.read()?;
    change.write("pantry.create_meal_plan", move |tx| meal_plans::create(tx, new.clone())).await
}

/// Lists what a user plans to eat on some days, the earliest first.
#[utoipa::path(get, path = "/v1/pantry/users/{id}/meal-plans")]
async fn list_meal_plans(
    caller: Caller<PantryRead>,
    PathId(user): PathId<User>,
    Query(query): Query<ListMealPlans>,
    paging: Paging,
) -> ApiResult<List<MealPlanBody>> {
    let range = query.read()?;
    caller
        .list("pantry.list_meal_plans", user, &paging, move |conn, page| {
            meal_plans::list(conn, user, range, page)
        })
        .await
}

/// Shows a planned meal.
#[utoipa::path(get, path = "/v1/pantry/meal-plans/{id}")]
async fn get_meal_plan(
    caller: Caller<PantryRead>,
    PathId(id): PathId<MealPlan>,
) -> ApiResult<Shown<MealPlanBody>> {
    caller.read("pantry.get_meal_plan", move |conn| meal_plans::get(conn, id)).await
}

/// Changes a planned meal and, where items are given, replaces those that are there.
#[utoipa::path(patch, path = "/v1/pantry/meal-plans/{id}", responses((
    status = 409, description = "`conflict`: `existing_id` is the plan of this day, meal and recipe",
)))]
async fn update_meal_plan(
    change: Change<PantryWrite>,
    PathId(id): PathId<MealPlan>,
    Json(body): Json<UpdateMealPlan>,
) -> ApiResult<Shown<MealPlanBody>> {
    let changes = body.read()?;
    change.write("pantry.update_meal_plan", move |tx| meal_plans::update(tx, id, changes.clone())).await
}

/// Removes a planned meal for good.
#[utoipa::path(delete, path = "/v1/pantry/meal-plans/{id}")]
async fn delete_meal_plan(change: Change<PantryWrite>, PathId(id): PathId<MealPlan>) -> ApiResult<NoContent> {
    change.write("pantry.delete_meal_plan", move |tx| meal_plans::delete(tx, id)).await
}
