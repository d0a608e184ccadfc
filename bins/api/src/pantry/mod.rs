//! The routes of FoodSave AI, under `/v1/pantry`.
//!
//! One file or folder per table: its handlers, and the bodies they read and write.

mod categories;
mod conversations;
mod days;
mod meal_plans;
mod messages;
mod own_data;
mod pantry_items;
mod printed_number;
mod products;
mod receipt_items;
mod receipts;
mod recipes;
mod schema;
mod shopping_lists;
mod spending;
mod stocking;
mod suggestions;
mod tokens;
mod users;

use crate::http::{Admin, KeysOnly, Read, Section, System, Write};

/// This system, for its scopes.
#[derive(Debug)]
pub(crate) struct Pantry;

impl System for Pantry {
    const NAME: &'static str = repository::pantry::SYSTEM.name;
}

/// `pantry:read`
pub(crate) type PantryRead = Read<Pantry>;
/// `pantry:write`
pub(crate) type PantryWrite = Write<Pantry>;
/// `pantry:write`, by an API key
pub(crate) type PantryKey = KeysOnly<PantryWrite>;
/// `pantry:admin`
pub(crate) type PantryAdmin = Admin<Pantry>;

/// This system in the API.
pub(crate) const SECTION: Section = Section {
    system: Pantry::NAME,
    tags: &[
        ("pantry users", "Households"),
        ("pantry sessions", "Tokens that let a household call for its own rows"),
        ("pantry conversations", "Conversations with the assistant"),
        ("pantry messages", "What was said in a conversation, sealed and yet searched"),
        ("pantry categories", "What products and recipes are sorted into"),
        ("pantry products", "The catalogue, and what a household named itself"),
        ("pantry items", "What is at home, and until when it keeps"),
        ("pantry receipts", "What was bought, and what was spent"),
        ("pantry receipt items", "The lines of a receipt"),
        ("pantry recipes", "Recipes, and what can be cooked of what is at home"),
        ("pantry meal plans", "What is to be cooked, and what has to be bought for it"),
    ],
    routes: |routes| {
        users::routes(routes);
        tokens::routes(routes);
        own_data::routes(routes);
        conversations::routes(routes);
        messages::routes(routes);
        categories::routes(routes);
        products::routes(routes);
        pantry_items::routes(routes);
        receipts::routes(routes);
        receipt_items::routes(routes);
        stocking::routes(routes);
        spending::routes(routes);
        recipes::routes(routes);
        suggestions::routes(routes);
        meal_plans::routes(routes);
        shopping_lists::routes(routes);
    },
};
