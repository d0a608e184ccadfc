//! What recipes are made and changed by, and listed for.

use repository::domain::pantry::recipes::MOST_INGREDIENTS;
use repository::domain::pantry::{
    CookingTime, Difficulty, NewRecipe, NewRecipeIngredient, RecipeChanges, RecipeFilter, Servings, Unit,
};
use repository::domain::{Decimal, Invalid, SearchWords, Tags, Text};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::http::input::fields::{changed, replaced};
use crate::http::input::{Patch, optional_objects, present, present_objects};
use crate::pantry::printed_number::PrintedNumber;

/// A recipe to be made, with its ingredients.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "title": "Naleśniki", "cooking_time": 30, "servings": 4, "difficulty_level": 2, "tags": ["breakfast"],
    "ingredients": [{"product_id": "00000000-0000-7000-8000-000000000002", "quantity": "500", "unit": "ml"}],
}))]
pub(super) struct CreateRecipe {
    #[schema(max_length = 255)]
    title: String,
    #[schema(max_length = 2000)]
    description: Option<String>,
    #[schema(max_length = 20000)]
    instructions: Option<String>,
    #[schema(value_type = Option<Uuid>)]
    category_id: Option<String>,
    /// Minutes.
    #[schema(minimum = 1, maximum = 10_080)]
    cooking_time: Option<i64>,
    /// For how many it is.
    #[schema(minimum = 1, maximum = 1_000)]
    servings: Option<i64>,
    /// From easy to hard.
    #[schema(minimum = 1, maximum = 5)]
    difficulty_level: Option<i64>,
    /// Of 1 to 50 characters without a comma. They are folded, and repeated ones are kept once.
    #[schema(max_items = 30)]
    tags: Option<Vec<String>>,
    #[serde(default, deserialize_with = "optional_objects")]
    #[schema(max_items = 100)]
    ingredients: Option<Vec<IngredientInput>>,
}

impl CreateRecipe {
    pub(super) fn read(self) -> Result<NewRecipe, Invalid> {
        let mut fields = Invalid::collect();
        let title = fields.take("/title", Text::parse(&self.title));
        let description = fields.take_optional("/description", self.description.as_deref().map(Text::parse));
        let instructions =
            fields.take_optional("/instructions", self.instructions.as_deref().map(Text::parse));
        let category_id = fields.take_optional("/category_id", self.category_id.as_deref().map(str::parse));
        let cooking_time = fields.take_optional("/cooking_time", self.cooking_time.map(CookingTime::new));
        let servings = fields.take_optional("/servings", self.servings.map(Servings::new));
        let difficulty = self.difficulty_level.map(Difficulty::new);
        let difficulty_level = fields.take_optional("/difficulty_level", difficulty);
        let tags = fields.take("/tags", read_tags(&self.tags.unwrap_or_default()));
        let ingredients = self.ingredients.unwrap_or_default();
        let ingredients = fields.take("/ingredients", read_ingredients(ingredients));
        fields.build(|| {
            Some(NewRecipe {
                title: title?,
                description: description?,
                instructions: instructions?,
                category_id: category_id?,
                cooking_time: cooking_time?,
                servings: servings?,
                difficulty_level: difficulty_level?,
                tags: tags?,
                ingredients: ingredients?,
            })
        })
    }
}

fn read_tags(tags: &[String]) -> Result<Tags, Invalid> {
    Tags::parse(tags.iter().map(String::as_str))
}

/// What a recipe takes.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct IngredientInput {
    /// A product of the catalogue.
    #[schema(value_type = Uuid)]
    product_id: String,
    /// Above zero, at most three decimals; some when absent.
    quantity: Option<PrintedNumber>,
    /// Pieces when absent.
    #[schema(max_length = 50)]
    unit: Option<String>,
    #[schema(max_length = 2000)]
    notes: Option<String>,
}

impl IngredientInput {
    fn read(self) -> Result<NewRecipeIngredient, Invalid> {
        let mut fields = Invalid::collect();
        let product_id = fields.take("/product_id", self.product_id.parse());
        let quantity = self.quantity.map(|quantity| quantity.number().and_then(Decimal::positive));
        let quantity = fields.take_optional("/quantity", quantity);
        let unit = fields.take_optional("/unit", self.unit.as_deref().map(Unit::parse));
        let notes = fields.take_optional("/notes", self.notes.as_deref().map(Text::parse));
        fields.build(|| {
            Some(NewRecipeIngredient {
                product_id: product_id?,
                quantity: quantity?,
                unit: unit?,
                notes: notes?,
            })
        })
    }
}

fn read_ingredients(given: Vec<IngredientInput>) -> Result<Vec<NewRecipeIngredient>, Invalid> {
    if given.len() > MOST_INGREDIENTS {
        let detail = format!("there must be at most {MOST_INGREDIENTS} ingredients");
        return Err(Invalid::one("", "too_many", detail));
    }
    let mut fields = Invalid::collect();
    let read = given.into_iter().enumerate();
    let read = read.filter_map(|(n, ingredient)| fields.take(&format!("/{n}"), ingredient.read())).collect();
    fields.finish()?;
    Ok(read)
}

/// What to change of a recipe. What is absent stays; null clears.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"cooking_time": 45, "description": null}))]
pub(super) struct UpdateRecipe {
    /// Cannot be cleared.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 255)]
    title: Patch<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 2000)]
    description: Patch<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 20000)]
    instructions: Patch<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Uuid>)]
    category_id: Patch<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<i64>, minimum = 1, maximum = 10_080)]
    cooking_time: Patch<i64>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<i64>, minimum = 1, maximum = 1_000)]
    servings: Patch<i64>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<i64>, minimum = 1, maximum = 5)]
    difficulty_level: Patch<i64>,
    /// In place of all tags that are there. Cannot be cleared, but may be empty.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Vec<String>>, max_items = 30)]
    tags: Patch<Vec<String>>,
    /// In place of all ingredients that are there. Cannot be cleared, but may be empty.
    #[serde(default, deserialize_with = "present_objects")]
    #[schema(value_type = Option<Vec<IngredientInput>>, max_items = 100)]
    ingredients: Patch<Vec<IngredientInput>>,
}

impl UpdateRecipe {
    pub(super) fn read(self) -> Result<RecipeChanges, Invalid> {
        let mut fields = Invalid::collect();
        let (difficulty, ingredients) = (self.difficulty_level, self.ingredients);
        let changes = RecipeChanges {
            title: replaced(&mut fields, "/title", self.title, |text| Text::parse(&text)),
            description: changed(&mut fields, "/description", self.description, |text| Text::parse(&text)),
            instructions: changed(&mut fields, "/instructions", self.instructions, |text| Text::parse(&text)),
            category_id: changed(&mut fields, "/category_id", self.category_id, |id| id.parse()),
            cooking_time: changed(&mut fields, "/cooking_time", self.cooking_time, CookingTime::new),
            servings: changed(&mut fields, "/servings", self.servings, Servings::new),
            difficulty_level: changed(&mut fields, "/difficulty_level", difficulty, Difficulty::new),
            tags: replaced(&mut fields, "/tags", self.tags, |tags| read_tags(&tags)),
            ingredients: replaced(&mut fields, "/ingredients", ingredients, read_ingredients),
        };
        fields.finish()?;
        Ok(changes)
    }
}

/// Which recipes.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct ListRecipes {
    /// With all of these tags, separated by commas.
    #[param(example = "breakfast")]
    tags: Option<String>,
    /// Of this category.
    #[param(value_type = Option<Uuid>)]
    category: Option<String>,
    /// That cook at most so many minutes.
    #[param(minimum = 1, maximum = 10_080)]
    max_cooking_time: Option<i64>,
    /// Just as hard.
    #[param(minimum = 1, maximum = 5)]
    difficulty: Option<i64>,
    /// At most as hard.
    #[param(minimum = 1, maximum = 5)]
    max_difficulty: Option<i64>,
    /// Whose title or description has all of these words, 1 to 10, each as the beginning of a word.
    words: Option<String>,
}

impl ListRecipes {
    pub(super) fn filter(&self) -> Result<RecipeFilter, Invalid> {
        let mut fields = Invalid::collect();
        let tags = fields.take_optional("/tags", self.tags.as_deref().map(Tags::parse_list));
        let category_id = fields.take_optional("/category", self.category.as_deref().map(str::parse));
        let time = self.max_cooking_time.map(CookingTime::new);
        let max_cooking_time = fields.take_optional("/max_cooking_time", time);
        let difficulty = fields.take_optional("/difficulty", self.difficulty.map(Difficulty::new));
        let most = self.max_difficulty.map(Difficulty::new);
        let max_difficulty = fields.take_optional("/max_difficulty", most);
        let words = fields.take_optional("/words", self.words.as_deref().map(SearchWords::parse));
        fields.build(|| {
            Some(RecipeFilter {
                tags: tags?.unwrap_or_default(),
                category_id: category_id?,
                max_cooking_time: max_cooking_time?,
                difficulty: difficulty?,
                max_difficulty: max_difficulty?,
                words: words?,
            })
        })
    }
}
