//! What comes with a planned meal: other recipes, or products as they are.

use chrono::{DateTime, Utc};

use super::{MealPlan, Product, Quantity, Recipe, Unit};
use crate::{Id, Invalid};

/// What is served: just one of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dish {
    /// A recipe.
    Recipe(Id<Recipe>),
    /// A product of the catalogue or of the same user.
    Product(Id<Product>),
}

impl Dish {
    /// Takes the one that is given.
    ///
    /// # Errors
    /// `one_of` when both are given, or neither.
    ///
    /// ```
    /// use strongroom_domain::Id;
    /// use strongroom_domain::pantry::Dish;
    ///
    /// let recipe = Id::generate();
    /// assert_eq!(Dish::one_of(Some(recipe), None), Ok(Dish::Recipe(recipe)));
    /// assert_eq!(Dish::one_of(None, None).unwrap_err().violations()[0].code, "one_of");
    /// ```
    pub fn one_of(recipe: Option<Id<Recipe>>, product: Option<Id<Product>>) -> Result<Self, Invalid> {
        match (recipe, product) {
            (Some(recipe), None) => Ok(Self::Recipe(recipe)),
            (None, Some(product)) => Ok(Self::Product(product)),
            _ => Err(Invalid::one("", "one_of", "give either recipe_id or product_id")),
        }
    }

    /// The recipe, if it is one.
    pub fn recipe(self) -> Option<Id<Recipe>> {
        match self {
            Self::Recipe(id) => Some(id),
            Self::Product(_) => None,
        }
    }

    /// The product, if it is one.
    pub fn product(self) -> Option<Id<Product>> {
        match self {
            Self::Product(id) => Some(id),
            Self::Recipe(_) => None,
        }
    }
}

/// A part of a planned meal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MealPlanItem {
    /// Its id.
    pub id: Id<MealPlanItem>,
    /// The meal.
    pub meal_plan_id: Id<MealPlan>,
    /// What is served.
    pub dish: Dish,
    /// How much of a product, or how many times a recipe, above zero; some of it, or once, where it is not said.
    pub quantity: Option<Quantity>,
    /// What the quantity of a product counts.
    pub unit: Option<Unit>,
    /// Where it stands in the meal, counted from zero.
    pub position: i32,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

/// A part to be added to a planned meal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMealPlanItem {
    /// What is served.
    pub dish: Dish,
    /// How much of a product, or how many times a recipe, above zero.
    pub quantity: Option<Quantity>,
    /// What the quantity of a product counts.
    pub unit: Option<Unit>,
}

/// What to change of a part: `None` keeps, `Some(None)` clears.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MealPlanItemChanges {
    /// Something else.
    pub dish: Option<Dish>,
    /// Another quantity, or none.
    pub quantity: Option<Option<Quantity>>,
    /// Another unit, or none.
    pub unit: Option<Option<Unit>>,
    /// Another place.
    pub position: Option<i32>,
}
