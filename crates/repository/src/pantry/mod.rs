//! FoodSave AI: one module per table of the PostgreSQL schema `pantry`, and one for each question that goes over several
//! of them.

pub mod categories;
pub mod conversations;
pub mod fold;
pub mod meal_plan_items;
pub mod meal_plans;
pub mod messages;
pub mod own_data;
pub mod pantry_items;
pub mod products;
pub mod receipt_batch;
pub mod receipt_items;
pub mod receipt_lists;
pub mod receipts;
pub mod recipe_ingredients;
pub mod recipes;
pub mod references;
pub mod shelves;
pub mod shopping_lists;
pub mod spending;
pub mod stocking;
pub mod suggestions;
pub mod users;

use crate::System;

/// FoodSave AI.
pub const SYSTEM: System = System {
    name: "pantry",
    about: "household pantries",
    tables: &[
        &users::TABLE,
        &categories::TABLE,
        &products::TABLE,
        &pantry_items::TABLE,
        &conversations::TABLE,
        &messages::TABLE,
        &receipts::TABLE,
        &receipt_items::TABLE,
        &recipes::TABLE,
        &recipe_ingredients::TABLE,
        &meal_plans::TABLE,
        &meal_plan_items::TABLE,
    ],
    end_users: Some(&users::TABLE),
};
