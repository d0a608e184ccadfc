//! What a household means to eat on a day.

use chrono::{DateTime, Utc};

use super::{MealPlanItem, NewMealPlanItem, Recipe, Servings, User};
use crate::day::{DayRange, RangeError};
use crate::{Day, Id, Text};

closed_set! {
    /// Which meal of the day.
    MealType, "meal type" {
        /// In the morning.
        Breakfast = "breakfast",
        /// At noon.
        Lunch = "lunch",
        /// In the evening.
        Dinner = "dinner",
        /// In between.
        Snack = "snack",
    }
}

/// A planned meal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MealPlan {
    /// Its id.
    pub id: Id<MealPlan>,
    /// Whose meal this is.
    pub user_id: Id<User>,
    /// The day.
    pub plan_date: Day,
    /// Which meal of the day.
    pub meal_type: Option<MealType>,
    /// What is cooked. A day's meal has a recipe once.
    pub recipe_id: Option<Id<Recipe>>,
    /// For how many; as many as the recipe is for, where it is not said.
    pub servings: Option<Servings>,
    /// Anything else.
    pub notes: Option<Text<2000>>,
    /// What comes with it, in the order given.
    pub items: Vec<MealPlanItem>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

impl MealPlan {
    /// The meal with the given fields changed, but for its items.
    #[must_use]
    pub fn with(self, changes: &MealPlanChanges) -> Self {
        let MealPlanChanges { plan_date, meal_type, recipe_id, servings, notes, items: _ } = changes;
        Self {
            plan_date: plan_date.unwrap_or(self.plan_date),
            meal_type: meal_type.unwrap_or(self.meal_type),
            recipe_id: recipe_id.unwrap_or(self.recipe_id),
            servings: servings.unwrap_or(self.servings),
            notes: notes.clone().unwrap_or(self.notes),
            ..self
        }
    }
}

/// A meal to be planned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMealPlan {
    /// Whose meal this will be.
    pub user_id: Id<User>,
    /// The day.
    pub plan_date: Day,
    /// Which meal of the day.
    pub meal_type: Option<MealType>,
    /// What is cooked.
    pub recipe_id: Option<Id<Recipe>>,
    /// For how many.
    pub servings: Option<Servings>,
    /// Anything else.
    pub notes: Option<Text<2000>>,
    /// What comes with it, at most [`MOST_ITEMS`].
    pub items: Vec<NewMealPlanItem>,
}

/// What to change of a planned meal: `None` keeps, `Some(None)` clears.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MealPlanChanges {
    /// Another day.
    pub plan_date: Option<Day>,
    /// Another meal of the day, or none.
    pub meal_type: Option<Option<MealType>>,
    /// Another recipe, or none.
    pub recipe_id: Option<Option<Id<Recipe>>>,
    /// For another number, or none.
    pub servings: Option<Option<Servings>>,
    /// Other notes, or none.
    pub notes: Option<Option<Text<2000>>>,
    /// Items in place of all there are.
    pub items: Option<Vec<NewMealPlanItem>>,
}

impl MealPlanChanges {
    /// Whether nothing is to change.
    pub fn is_empty(&self) -> bool {
        self == &Self::default()
    }
}

/// How many items a planned meal may have.
pub const MOST_ITEMS: usize = 100;

/// The days of a list of plans or of a shopping list: at most 92.
///
/// # Errors
/// When there are more, or the last is before the first.
pub fn range(first: Day, last: Day) -> Result<DayRange, RangeError> {
    DayRange::new(first, last)?.at_most(92)
}
