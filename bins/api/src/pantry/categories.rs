//! `pantry.categories`: what products and recipes are sorted into.

use chrono::{DateTime, Utc};
use repository::Conn;
use repository::domain::pantry::{Category, CategoryChanges, CategoryTree, NewCategory};
use repository::domain::{Id, Invalid, Text};
use serde::{Deserialize, Serialize};
use service::pantry::categories;
use utoipa::{IntoParams, ToSchema};

use super::{PantryKey, PantryRead};
use crate::http::error::responses::TakesCategoryName;
use crate::http::input::fields::{changed, replaced};
use crate::http::input::{Patch, present};
use crate::http::{
    ApiResult, Caller, Change, Json, List, Located, Made, NoContent, Paging, PathId, Query, Routes, Shown,
    add_routes,
};

pub(super) fn routes(routes: &mut Routes) {
    add_routes!(
        routes,
        "pantry categories": create_category, list_categories, get_category, update_category, delete_category
    );
}

/// A category of products and recipes.
#[derive(Serialize, ToSchema)]
struct CategoryBody {
    #[schema(value_type = Uuid)]
    id: Id<Category>,
    #[schema(value_type = String, example = "Dairy")]
    name: Text<100>,
    /// The category that contains it; null at the top.
    #[schema(value_type = Option<Uuid>)]
    parent_id: Option<Id<Category>>,
    /// What belongs in it.
    #[schema(value_type = Option<String>)]
    description: Option<Text<2_000>>,
    /// Those within it, by name; only in a tree.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(no_recursion)]
    children: Option<Vec<CategoryBody>>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl Located for CategoryBody {
    fn location(&self) -> String {
        format!("/v1/pantry/categories/{}", self.id)
    }
}

impl From<Category> for CategoryBody {
    fn from(category: Category) -> Self {
        let Category { id, name, parent_id, description, created_at, updated_at } = category;
        Self { id, name, parent_id, description, children: None, created_at, updated_at }
    }
}

impl From<CategoryTree> for CategoryBody {
    fn from(CategoryTree { category, children }: CategoryTree) -> Self {
        Self { children: Some(children.into_iter().map(Self::from).collect()), ..category.into() }
    }
}

/// A category to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "name": "Cheese", "parent_id": "00000000-0000-7000-8000-000000000001", "description": "Soft and hard",
}))]
struct CreateCategory {
    /// No two categories within the same parent have the same.
    #[schema(max_length = 100)]
    name: String,
    /// The category that contains it; none at the top. There are at most ten levels.
    #[schema(value_type = Option<Uuid>)]
    parent_id: Option<String>,
    /// What belongs in it.
    #[schema(max_length = 2_000)]
    description: Option<String>,
}

impl CreateCategory {
    fn read(self) -> Result<NewCategory, Invalid> {
        let mut fields = Invalid::collect();
        let name = fields.take("/name", self.name.parse());
        let parent_id = fields.take_optional("/parent_id", self.parent_id.as_deref().map(str::parse));
        let description = fields.take_optional("/description", self.description.as_deref().map(str::parse));
        fields.build(|| Some(NewCategory { name: name?, parent_id: parent_id?, description: description? }))
    }
}

/// What to change of a category. What is absent stays; null clears.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Dairy and eggs", "parent_id": null}))]
struct UpdateCategory {
    /// Cannot be cleared.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, nullable = false, max_length = 100)]
    name: Patch<String>,
    /// Another place for it, with all that are within it; null puts it at the top.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Uuid>)]
    parent_id: Patch<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 2_000)]
    description: Patch<String>,
}

impl UpdateCategory {
    fn read(self) -> Result<CategoryChanges, Invalid> {
        let mut fields = Invalid::collect();
        let changes = CategoryChanges {
            name: replaced(&mut fields, "/name", self.name, |text| text.parse()),
            parent_id: changed(&mut fields, "/parent_id", self.parent_id, |text| text.parse()),
            description: changed(&mut fields, "/description", self.description, |text| text.parse()),
        };
        fields.finish()?;
        Ok(changes)
    }
}

/// How to list categories.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct ListCategories {
    /// Whether to list those at the top alone, each with all that are within it.
    tree: Option<bool>,
}

/// Makes a category.
#[utoipa::path(post, path = "/v1/pantry/categories", responses(TakesCategoryName))]
async fn create_category(
    change: Change<PantryKey>,
    Json(body): Json<CreateCategory>,
) -> ApiResult<Made<CategoryBody>> {
    let new = body.read()?;
    change.write("pantry.create_category", move |tx| categories::create(tx, new.clone())).await
}

/// Lists categories, by name.
///
/// A page of a tree has at most `limit` categories of the top, with all that are within them.
#[utoipa::path(get, path = "/v1/pantry/categories")]
async fn list_categories(
    caller: Caller<PantryRead>,
    Query(query): Query<ListCategories>,
    paging: Paging,
) -> ApiResult<List<CategoryBody>> {
    if query.tree.unwrap_or(false) {
        let list = |conn: &mut Conn<'_>, page| categories::list_trees(conn, &page);
        return caller.list("pantry.list_category_trees", "", &paging, list).await;
    }
    caller.list("pantry.list_categories", "", &paging, |conn, page| categories::list(conn, &page)).await
}

/// Shows a category.
#[utoipa::path(get, path = "/v1/pantry/categories/{id}")]
async fn get_category(
    caller: Caller<PantryRead>,
    PathId(id): PathId<Category>,
) -> ApiResult<Shown<CategoryBody>> {
    caller.read("pantry.get_category", move |conn| categories::get(conn, id)).await
}

/// Changes a category.
///
/// It cannot come to be within itself (422 `cycle` at `/parent_id`), nor at an eleventh level (`too_deep`).
#[utoipa::path(patch, path = "/v1/pantry/categories/{id}", responses(TakesCategoryName))]
async fn update_category(
    change: Change<PantryKey>,
    PathId(id): PathId<Category>,
    Json(body): Json<UpdateCategory>,
) -> ApiResult<Shown<CategoryBody>> {
    let changes = body.read()?;
    change.write("pantry.update_category", move |tx| categories::update(tx, id, changes.clone())).await
}

/// Deletes a category for good, and hands those within it to its parent. Products and recipes lose it.
#[utoipa::path(delete, path = "/v1/pantry/categories/{id}", responses(TakesCategoryName))]
async fn delete_category(change: Change<PantryKey>, PathId(id): PathId<Category>) -> ApiResult<NoContent> {
    change.write("pantry.delete_category", move |tx| categories::delete(tx, id)).await
}
