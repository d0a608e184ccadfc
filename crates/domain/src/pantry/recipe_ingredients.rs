//! What recipes take.

use chrono::{DateTime, Utc};

use super::{Product, Quantity, Recipe, Unit};
use crate::{Id, Text};

/// An ingredient of a recipe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecipeIngredient {
    /// Its id. Ids rise in the order of the ingredients.
    pub id: Id<RecipeIngredient>,
    /// The recipe.
    pub recipe_id: Id<Recipe>,
    /// The product, one of the catalogue.
    pub product_id: Id<Product>,
    /// What the product is called.
    pub product_name: Text<255>,
    /// How much of it, above zero; some, where it is not said.
    pub quantity: Option<Quantity>,
    /// What the quantity counts; pieces, where none is given.
    pub unit: Option<Unit>,
    /// Anything else: how it is cut, what replaces it.
    pub notes: Option<Text<2000>>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

/// An ingredient to be added to a recipe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRecipeIngredient {
    /// The product, one of the catalogue.
    pub product_id: Id<Product>,
    /// How much of it, above zero.
    pub quantity: Option<Quantity>,
    /// What the quantity counts.
    pub unit: Option<Unit>,
    /// Anything else.
    pub notes: Option<Text<2000>>,
}

/// What to change of an ingredient: `None` keeps, `Some(None)` clears.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RecipeIngredientChanges {
    /// Another product.
    pub product_id: Option<Id<Product>>,
    /// Another quantity, or none.
    pub quantity: Option<Option<Quantity>>,
    /// Another unit, or none.
    pub unit: Option<Option<Unit>>,
    /// Other notes, or none.
    pub notes: Option<Option<Text<2000>>>,
}
