//! Recipes, which every household can read.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::{Category, NewRecipeIngredient, RecipeIngredient};
use crate::text::words;
use crate::{Id, SearchWords, Tags, Text, Whole};

/// How long something cooks, in minutes: up to a week.
pub type CookingTime = Whole<1, 10_080>;
/// For how many people something is: 1 to 1,000.
pub type Servings = Whole<1, 1_000>;
/// How hard something is to cook: 1 to 5.
pub type Difficulty = Whole<1, 5>;

/// A recipe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipe {
    /// Its id.
    pub id: Id<Recipe>,
    /// What it is called.
    pub title: Text<255>,
    /// What it is.
    pub description: Option<Text<2000>>,
    /// How it is cooked.
    pub instructions: Option<Text<20000>>,
    /// Its category.
    pub category_id: Option<Id<Category>>,
    /// How long it cooks.
    pub cooking_time: Option<CookingTime>,
    /// For how many it is.
    pub servings: Option<Servings>,
    /// How hard it is.
    pub difficulty_level: Option<Difficulty>,
    /// What it is found by.
    pub tags: Tags,
    /// Raised by every change of it or its ingredients; the ETag.
    pub row_version: i64,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

impl Recipe {
    /// The recipe with the given fields changed.
    #[must_use]
    pub fn with(self, changes: RecipeChanges) -> Self {
        let RecipeChanges {
            title,
            description,
            instructions,
            category_id,
            cooking_time,
            servings,
            difficulty_level,
            tags,
            ingredients: _,
        } = changes;
        Self {
            title: title.unwrap_or(self.title),
            description: description.unwrap_or(self.description),
            instructions: instructions.unwrap_or(self.instructions),
            category_id: category_id.unwrap_or(self.category_id),
            cooking_time: cooking_time.unwrap_or(self.cooking_time),
            servings: servings.unwrap_or(self.servings),
            difficulty_level: difficulty_level.unwrap_or(self.difficulty_level),
            tags: tags.unwrap_or(self.tags),
            ..self
        }
    }
}

/// A recipe with its ingredients, in the order given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WholeRecipe {
    /// The recipe.
    pub recipe: Recipe,
    /// What it takes.
    pub ingredients: Vec<RecipeIngredient>,
}

/// A recipe to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRecipe {
    /// What it is called.
    pub title: Text<255>,
    /// What it is.
    pub description: Option<Text<2000>>,
    /// How it is cooked.
    pub instructions: Option<Text<20000>>,
    /// Its category.
    pub category_id: Option<Id<Category>>,
    /// How long it cooks.
    pub cooking_time: Option<CookingTime>,
    /// For how many it is.
    pub servings: Option<Servings>,
    /// How hard it is.
    pub difficulty_level: Option<Difficulty>,
    /// What it is found by.
    pub tags: Tags,
    /// What it takes, at most [`MOST_INGREDIENTS`].
    pub ingredients: Vec<NewRecipeIngredient>,
}

/// What to change of a recipe: `None` keeps, `Some(None)` clears.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RecipeChanges {
    /// A new title.
    pub title: Option<Text<255>>,
    /// A new description, or none.
    pub description: Option<Option<Text<2000>>>,
    /// New instructions, or none.
    pub instructions: Option<Option<Text<20000>>>,
    /// Another category, or none.
    pub category_id: Option<Option<Id<Category>>>,
    /// Another time, or none.
    pub cooking_time: Option<Option<CookingTime>>,
    /// For another number, or none.
    pub servings: Option<Option<Servings>>,
    /// Another difficulty, or none.
    pub difficulty_level: Option<Option<Difficulty>>,
    /// Tags in place of those there are.
    pub tags: Option<Tags>,
    /// Ingredients in place of all there are.
    pub ingredients: Option<Vec<NewRecipeIngredient>>,
}

impl RecipeChanges {
    /// Whether nothing is to change.
    pub fn is_empty(&self) -> bool {
        self == &Self::default()
    }
}

/// Which recipes a list shows; what is absent does not restrict it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RecipeFilter {
    /// With all of these tags.
    pub tags: Tags,
    /// Of this category.
    pub category_id: Option<Id<Category>>,
    /// That cook no longer than this.
    pub max_cooking_time: Option<CookingTime>,
    /// Just as hard as this.
    pub difficulty: Option<Difficulty>,
    /// At most as hard as this.
    pub max_difficulty: Option<Difficulty>,
    /// Whose title or description has all of these words, each as the beginning of a word.
    pub words: Option<SearchWords>,
}

/// How many ingredients a recipe may have.
pub const MOST_INGREDIENTS: usize = 100;

/// How many different products there are among ingredients.
pub fn product_count(ingredients: &[NewRecipeIngredient]) -> usize {
    ingredients.iter().map(|ingredient| ingredient.product_id).collect::<BTreeSet<_>>().len()
}

/// So many characters of a word are indexed: PostgreSQL's text search takes words of up to 2 kB.
const LONGEST_WORD: usize = 200;

/// The words that a recipe is found by.
pub fn index_words(title: &str, description: Option<&str>) -> Vec<String> {
    let all = words(title).into_iter().chain(words(description.unwrap_or_default()));
    let mut found: Vec<String> = all.map(|word| indexed(&word)).collect();
    found.sort_unstable();
    found.dedup();
    found
}

/// The beginnings of words that a search looks for, all of which must occur.
pub fn index_prefixes(search: &SearchWords) -> Vec<String> {
    search.iter().map(indexed).collect()
}

fn indexed(word: &str) -> String {
    word.chars().take(LONGEST_WORD).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recipe_is_found_by_the_words_of_its_title_and_description() {
        let found = index_words("Żurek, ŻUREK!", Some("Kwaśna zupa z żurem"));
        assert_eq!(found, ["kwaśna", "z", "zupa", "żurek", "żurem"]);
        assert_eq!(index_words("Soup", None), ["soup"]);
    }

    #[test]
    fn a_word_longer_than_the_index_takes_is_found_by_its_beginning() {
        let (word, longer) = ("ż".repeat(LONGEST_WORD), "ż".repeat(2_000));
        assert_eq!(index_words(&longer, Some(&word)), [word.as_str()]);
        assert_eq!(index_prefixes(&SearchWords::parse(&longer).unwrap()), [word]);
    }

    #[test]
    fn a_product_counts_once() {
        let (flour, eggs) = (Id::generate(), Id::generate());
        let of = |product_id| NewRecipeIngredient { product_id, quantity: None, unit: None, notes: None };
        assert_eq!(product_count(&[of(flour), of(eggs), of(flour)]), 2);
        assert_eq!(product_count(&[]), 0);
    }

    #[test]
    fn no_change_is_empty() {
        assert!(RecipeChanges::default().is_empty());
        assert!(!RecipeChanges { servings: Some(None), ..RecipeChanges::default() }.is_empty());
    }
}
