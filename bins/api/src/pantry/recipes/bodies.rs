//! What recipes look like in answers.

use chrono::{DateTime, Utc};
use repository::domain::pantry::{
    Category, CookingTime, Difficulty, Product, Quantity, Recipe, RecipeIngredient, Servings, Unit,
    WholeRecipe,
};
use repository::domain::{Id, Tags, Text};
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::{Located, Versioned};

/// A recipe as lists show it.
#[derive(Serialize, ToSchema)]
pub(in crate::pantry) struct RecipeSummaryBody {
    #[schema(value_type = Uuid)]
    id: Id<Recipe>,
    #[schema(value_type = String, example = "Naleśniki")]
    title: Text<255>,
    #[schema(value_type = Option<String>)]
    description: Option<Text<2000>>,
    #[schema(value_type = Option<String>)]
    instructions: Option<Text<20000>>,
    #[schema(value_type = Option<Uuid>)]
    category_id: Option<Id<Category>>,
    /// Minutes.
    #[schema(value_type = Option<i32>, minimum = 1, maximum = 10_080)]
    cooking_time: Option<CookingTime>,
    /// For how many it is.
    #[schema(value_type = Option<i32>, minimum = 1, maximum = 1_000)]
    servings: Option<Servings>,
    /// From easy to hard.
    #[schema(value_type = Option<i32>, minimum = 1, maximum = 5)]
    difficulty_level: Option<Difficulty>,
    /// Folded.
    #[schema(value_type = Vec<String>, example = json!(["breakfast"]))]
    tags: Tags,
    #[serde(skip)]
    row_version: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl From<Recipe> for RecipeSummaryBody {
    fn from(recipe: Recipe) -> Self {
        let Recipe {
            id,
            title,
            description,
            instructions,
            category_id,
            cooking_time,
            servings,
            difficulty_level,
            tags,
            row_version,
            created_at,
            updated_at,
        } = recipe;
        Self {
            id,
            title,
            description,
            instructions,
            category_id,
            cooking_time,
            servings,
            difficulty_level,
            tags,
            row_version,
            created_at,
            updated_at,
        }
    }
}

/// A recipe with its ingredients.
#[derive(Serialize, ToSchema)]
pub(super) struct RecipeBody {
    #[serde(flatten)]
    recipe: RecipeSummaryBody,
    /// In the order given.
    ingredients: Vec<IngredientBody>,
}

impl Located for RecipeBody {
    fn location(&self) -> String {
        format!("/v1/pantry/recipes/{}", self.recipe.id)
    }
}

impl Versioned for RecipeBody {
    fn row_version(&self) -> i64 {
        self.recipe.row_version
    }
}

impl From<WholeRecipe> for RecipeBody {
    fn from(whole: WholeRecipe) -> Self {
        let WholeRecipe { recipe, ingredients } = whole;
        let ingredients = ingredients.into_iter().map(IngredientBody::from).collect();
        Self { recipe: recipe.into(), ingredients }
    }
}

/// What a recipe takes.
#[derive(Serialize, ToSchema)]
struct IngredientBody {
    #[schema(value_type = Uuid)]
    id: Id<RecipeIngredient>,
    #[schema(value_type = Uuid)]
    product_id: Id<Product>,
    #[schema(value_type = String, example = "Milk")]
    product_name: Text<255>,
    /// Three decimals; null: some.
    #[schema(value_type = Option<String>, example = "500.000")]
    quantity: Option<Quantity>,
    /// In lower case; null: pieces.
    #[schema(value_type = Option<String>, example = "ml")]
    unit: Option<Unit>,
    #[schema(value_type = Option<String>)]
    notes: Option<Text<2000>>,
}

impl From<RecipeIngredient> for IngredientBody {
    fn from(ingredient: RecipeIngredient) -> Self {
        let RecipeIngredient { id, product_id, product_name, quantity, unit, notes, .. } = ingredient;
        Self { id, product_id, product_name, quantity, unit, notes }
    }
}
