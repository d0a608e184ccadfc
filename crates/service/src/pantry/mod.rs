//! FoodSave AI: what the assistant of a household asks for.

pub mod categories;
pub mod conflicts;
pub mod conversations;
pub mod meal_plans;
pub mod messages;
pub mod pantry_items;
pub mod products;
pub mod receipt_batch;
pub mod receipt_items;
pub mod receipts;
pub mod recipes;
mod sample_data;
pub mod shopping_lists;
pub mod spending;
pub mod stocking;
pub mod suggestions;
pub mod tokens;
pub mod users;

use crate::System;

/// FoodSave AI.
pub const SYSTEM: System = System {
    name: repository::pantry::SYSTEM.name,
    conflicts: conflicts::ALL,
    load_sample_data: sample_data::load,
    erase: users::erase_person,
};
