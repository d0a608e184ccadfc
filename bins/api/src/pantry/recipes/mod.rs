//! `pantry.recipes`: recipes, which every household reads and programs write.

mod bodies;
mod requests;

use repository::domain::pantry::Recipe;
use service::pantry::recipes;

use super::{PantryKey, PantryRead};
use crate::http::{
    ApiResult, Caller, Change, Created, Found, IfMatch, Json, List, NoContent, Paging, PathId, Query, Routes,
    add_routes,
};

use bodies::RecipeBody;
pub(super) use bodies::RecipeSummaryBody;
use requests::{CreateRecipe, ListRecipes, UpdateRecipe};

pub(super) fn routes(routes: &mut Routes) {
    add_routes!(
        routes,
        "pantry recipes": create_recipe, list_recipes, get_recipe, update_recipe, delete_recipe, restore_recipe
    );
}

/// Makes a recipe with its ingredients.
#[utoipa::path(post, path = "/v1/pantry/recipes")]
async fn create_recipe(
    change: Change<PantryKey>,
    Json(body): Json<CreateRecipe>,
) -> ApiResult<Created<RecipeBody>> {
    let new = body.read()?;
    change.write("pantry.create_recipe", move |tx| recipes::create(tx, new.clone())).await
}

/// Lists recipes without their ingredients, newest first.
#[utoipa::path(get, path = "/v1/pantry/recipes")]
async fn list_recipes(
    caller: Caller<PantryRead>,
    Query(query): Query<ListRecipes>,
    paging: Paging,
) -> ApiResult<List<RecipeSummaryBody>> {
    let filter = query.filter()?;
    caller
        .list("pantry.list_recipes", "", &paging, move |conn, page| recipes::list(conn, &filter, page))
        .await
}

/// Shows a recipe with its ingredients.
#[utoipa::path(get, path = "/v1/pantry/recipes/{id}")]
async fn get_recipe(caller: Caller<PantryRead>, PathId(id): PathId<Recipe>) -> ApiResult<Found<RecipeBody>> {
    caller.read("pantry.get_recipe", move |conn| recipes::get(conn, id)).await
}

/// Changes a recipe and, where ingredients are given, replaces those that are there.
#[utoipa::path(patch, path = "/v1/pantry/recipes/{id}")]
async fn update_recipe(
    change: Change<PantryKey>,
    PathId(id): PathId<Recipe>,
    IfMatch(version): IfMatch,
    Json(body): Json<UpdateRecipe>,
) -> ApiResult<Found<RecipeBody>> {
    let changes = body.read()?;
    change.write("pantry.update_recipe", move |tx| recipes::update(tx, id, version, changes.clone())).await
}

/// Deletes a recipe. Restoring brings it back, until it is purged. Shopping lists leave it out meanwhile.
#[utoipa::path(delete, path = "/v1/pantry/recipes/{id}")]
async fn delete_recipe(
    change: Change<PantryKey>,
    PathId(id): PathId<Recipe>,
    IfMatch(version): IfMatch,
) -> ApiResult<NoContent> {
    change.write("pantry.delete_recipe", move |tx| recipes::delete(tx, id, version)).await
}

/// Brings back a deleted recipe.
#[utoipa::path(post, path = "/v1/pantry/recipes/{id}/restore")]
async fn restore_recipe(
    change: Change<PantryKey>,
    PathId(id): PathId<Recipe>,
) -> ApiResult<Found<RecipeBody>> {
    change.write("pantry.restore_recipe", move |tx| recipes::restore(tx, id)).await
}
