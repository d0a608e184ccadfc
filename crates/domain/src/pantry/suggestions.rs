//! What a household can cook of what is available in its pantry.

use super::{CookingTime, Product, Recipe};
use crate::{Day, Decimal, Id, Tags, Text, Whole};

/// A part of a whole, from 0 to 1, with four decimals.
pub type Share = Decimal<5, 4>;

/// How many recipes are suggested at most.
pub type SuggestionLimit = Whole<1, 50>;

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SuggestionRequest {
    /// How many recipes at most; 10 when absent.
    pub limit: Option<SuggestionLimit>,
    /// Only recipes with all of these tags.
    pub tags: Tags,
    /// Only recipes that cook no longer than this.
    pub max_cooking_time: Option<CookingTime>,
    /// The day on which it must still be good; today where the household lives, when absent.
    pub on: Option<Day>,
}

impl SuggestionRequest {
    /// How many recipes are wanted at most.
    pub fn rows(&self) -> i64 {
        self.limit.map_or(10, |limit| limit.get().into())
    }
}

/// A recipe for which something is available. Amounts do not count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    /// The recipe.
    pub recipe: Recipe,
    /// How many of its products are available.
    pub have: i64,
    /// How many products it takes.
    pub needed: i64,
    /// `have` of `needed`, rounded half up.
    pub share: Share,
    /// When the first of what would be used expires, where that is known.
    pub soonest_expiry: Option<Day>,
    /// The products that are not available, by name.
    pub missing: Vec<MissingProduct>,
}

/// A product that a recipe takes and that is not available.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingProduct {
    /// The product.
    pub id: Id<Product>,
    /// What it is called.
    pub name: Text<255>,
}
