//! `pantry`: FoodSave AI. Types of its tables and the rules that need no database.

pub mod categories;
pub mod conversations;
pub mod meal_plan_items;
pub mod meal_plans;
pub mod messages;
pub mod pantry_items;
pub mod printed;
pub mod products;
pub mod receipt_items;
pub mod receipts;
pub mod recipe_ingredients;
pub mod recipes;
pub mod shopping_lists;
pub mod spending;
pub mod stocking;
pub mod suggestions;
pub mod units;
pub mod users;

use crate::json::LimitedObject;

pub use categories::{Category, CategoryChanges, CategoryTree, NewCategory};
pub use conversations::{Conversation, ConversationChanges, NewConversation, session_id};
pub use meal_plan_items::{Dish, MealPlanItem, MealPlanItemChanges, NewMealPlanItem};
pub use meal_plans::{MealPlan, MealPlanChanges, MealType, NewMealPlan};
pub use messages::{Message, MessageChanges, MessageRole, NewMessage};
pub use pantry_items::{
    Consumption, DaysAhead, ItemOnDay, NewPantryItem, PantryItem, PantryItemChanges, PantryStatistics,
    Quantity, Shelf, Unit,
};
pub use products::{NewProduct, Product, ProductChanges, ProductFilter, ProductName, ShelfLife};
pub use receipt_items::{NewReceiptItem, ReceiptItem, ReceiptItemChanges, UnitPrice};
pub use receipts::{
    NewReceipt, Receipt, ReceiptAmount, ReceiptChanges, ReceiptFilter, ReceiptSummary, WholeReceipt,
};
pub use recipe_ingredients::{NewRecipeIngredient, RecipeIngredient, RecipeIngredientChanges};
pub use recipes::{
    CookingTime, Difficulty, NewRecipe, Recipe, RecipeChanges, RecipeFilter, Servings, WholeRecipe,
};
pub use shopping_lists::ShoppingLine;
pub use spending::{Spending, SpendingBy, SpendingGroups};
pub use stocking::Stocking;
pub use suggestions::{Suggestion, SuggestionRequest};
pub use users::{NewUser, Preferences, User, UserChanges, user_name};

/// What an agent keeps with a row: at most 64 KiB.
pub type Details = LimitedObject<65_536>;
