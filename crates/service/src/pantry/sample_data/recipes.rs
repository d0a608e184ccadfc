//! Twenty recipes of products of the catalogue.

use domain::pantry::{
    CookingTime, Difficulty, NewRecipe, NewRecipeIngredient, ProductName, Quantity, Recipe, RecipeFilter,
    Servings, Unit,
};
use domain::{Id, PageRequest, Tags, Text};
use repository::{Error as RepositoryError, Tx};

use crate::Result;
use crate::pantry::{products, recipes};
use crate::system::parse;

/// Title, minutes, servings, difficulty, tags, and what it takes: "Eggs 3", "Flour 250 g", "Salt".
type Sample = (&'static str, i64, i64, i64, &'static str, &'static [&'static str]);

const RECIPES: [Sample; 20] = [
    ("Pancakes", 30, 4, 1, "breakfast, sweet", &["Eggs 2", "Milk 500 ml", "Flour 250 g", "Salt"]),
    ("Omelette", 10, 1, 1, "breakfast, quick", &["Eggs 3", "Milk 50 ml", "Butter 10 g", "Salt"]),
    ("Fried eggs", 5, 1, 1, "breakfast, quick", &["Eggs 2", "Butter 10 g"]),
    (
        "Shakshuka",
        30,
        2,
        2,
        "breakfast, vegetarian",
        &["Eggs 4", "Onion 1", "Tinned tomatoes 400 g", "Peppers 1"],
    ),
    (
        "Porridge with banana",
        10,
        1,
        1,
        "breakfast, quick",
        &["Baby porridge 60 g", "Milk 200 ml", "Bananas 1", "Honey"],
    ),
    (
        "Tomato soup",
        40,
        4,
        1,
        "soup, vegetarian",
        &["Tinned tomatoes 800 g", "Onion 1", "Carrots 2", "Sour cream 100 ml"],
    ),
    ("Potato soup", 45, 4, 1, "soup", &["Potatoes 800 g", "Carrots 2", "Sausage 200 g", "Sour cream 100 ml"]),
    (
        "Spaghetti bolognese",
        60,
        4,
        2,
        "dinner, pasta",
        &["Spaghetti 400 g", "Minced beef 500 g", "Tinned tomatoes 400 g", "Onion 1", "Garlic 2"],
    ),
    (
        "Penne with tuna",
        25,
        3,
        1,
        "dinner, pasta, quick",
        &["Penne 300 g", "Tuna 1 tin", "Tomatoes 3", "Olive oil"],
    ),
    (
        "Spaghetti with garlic and oil",
        20,
        2,
        1,
        "dinner, pasta, vegan",
        &["Spaghetti 200 g", "Garlic 4", "Olive oil 50 ml"],
    ),
    (
        "Chicken curry",
        45,
        4,
        2,
        "dinner",
        &[
            "Chicken breast 600 g",
            "Curry powder 20 g",
            "Natural yoghurt 150 g",
            "Onion 1",
            "Basmati rice 300 g",
        ],
    ),
    (
        "Chickpea curry",
        35,
        4,
        1,
        "dinner, vegan",
        &["Chickpeas 480 g", "Tinned tomatoes 400 g", "Onion 1", "Curry powder 20 g", "Basmati rice 300 g"],
    ),
    (
        "Salmon with spinach",
        25,
        2,
        2,
        "dinner, fish",
        &["Salmon fillet 300 g", "Spinach 200 g", "Lemons 1", "Butter 20 g"],
    ),
    (
        "Salmon rice bowl",
        40,
        2,
        2,
        "dinner, fish",
        &["Salmon fillet 200 g", "Sushi rice 200 g", "Soy sauce 30 ml", "Carrots 1"],
    ),
    (
        "Fried rice",
        20,
        2,
        1,
        "dinner, quick",
        &["Sushi rice 200 g", "Eggs 2", "Peas 100 g", "Soy sauce 30 ml", "Rapeseed oil"],
    ),
    ("Dumplings with onion", 20, 2, 1, "dinner, quick", &["Dumplings 500 g", "Onion 1", "Butter 20 g"]),
    ("Mashed potatoes", 35, 4, 1, "side", &["Potatoes 1 kg", "Milk 150 ml", "Butter 50 g", "Salt"]),
    ("Garlic bread", 15, 4, 1, "side, quick", &["Bread 1", "Butter 80 g", "Garlic 3"]),
    (
        "Apple cake",
        75,
        8,
        3,
        "dessert, sweet",
        &["Apples 1 kg", "Flour 300 g", "Sugar 150 g", "Butter 150 g", "Eggs 3", "Baking powder 10 g"],
    ),
    ("Banana ice cream", 10, 2, 1, "dessert, sweet, quick", &["Bananas 2", "Ice cream 200 ml", "Chocolate"]),
];

/// Loads them, and answers their ids by the order above. Where there are recipes already, those are answered.
pub(super) fn load(tx: &mut Tx<'_>) -> Result<Vec<Id<Recipe>>> {
    let there = recipes::list(tx, &RecipeFilter::default(), PageRequest::default())?.items;
    if !there.is_empty() {
        return Ok(there.into_iter().map(|recipe| recipe.id).collect());
    }
    RECIPES.iter().map(|sample| load_one(tx, sample)).collect()
}

fn load_one(tx: &mut Tx<'_>, (title, minutes, servings, level, tags, takes): &Sample) -> Result<Id<Recipe>> {
    let ingredients = takes.iter().map(|text| ingredient(tx, text)).collect::<Result<Vec<_>>>()?;
    let new = parse(|fields| {
        let title = fields.take("/title", Text::parse(title));
        let cooking_time = fields.take("/cooking_time", CookingTime::new(*minutes));
        let servings = fields.take("/servings", Servings::new(*servings));
        let difficulty_level = fields.take("/difficulty_level", Difficulty::new(*level));
        let tags = fields.take("/tags", Tags::parse_list(tags));
        Some(NewRecipe {
            title: title?,
            description: None,
            instructions: None,
            category_id: None,
            cooking_time,
            servings,
            difficulty_level,
            tags: tags?,
            ingredients,
        })
    })?;
    Ok(recipes::create(tx, new)?.recipe.id)
}

/// Reads an ingredient: the words up to the first number name the product.
fn ingredient(tx: &mut Tx<'_>, text: &str) -> Result<NewRecipeIngredient> {
    let (name, amount) = match text.find(|c: char| c.is_ascii_digit()) {
        Some(number) => text.split_at(number),
        None => (text, ""),
    };
    let (quantity, unit) = amount.split_once(' ').unwrap_or((amount, ""));
    let given = |text: &'_ str| !text.is_empty();
    let (name, quantity, unit) = parse(|fields| {
        let name = fields.take("/name", ProductName::parse(name));
        let quantity = fields.take_optional("/quantity", given(quantity).then(|| Quantity::parse(quantity)));
        let unit = fields.take_optional("/unit", given(unit).then(|| Unit::parse(unit)));
        Some((name?, quantity?, unit?))
    })?;
    let found = products::lookup(tx, None, &[name])?.into_iter().next().flatten();
    let product_id = found.ok_or(RepositoryError::NotFound("product"))?.id;
    Ok(NewRecipeIngredient { product_id, quantity, unit, notes: None })
}
