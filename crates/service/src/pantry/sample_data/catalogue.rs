//! Nineteen categories, and sixty products with the days for which they keep.

use domain::json::from_trusted;
use domain::pantry::{Category, Details, NewCategory, NewProduct, ProductName};
use domain::{Id, JsonObject, Text};
use repository::{Error as RepositoryError, Tx};

use crate::pantry::{categories, products};
use crate::system::parse;
use crate::{Error, Result};

/// A product, and the days for which it keeps; none for what keeps for years.
type Product = (&'static str, Option<u16>);

const CATALOGUE: [(&str, &[Product]); 19] = [
    (
        "Dairy",
        &[
            ("Milk", Some(7)),
            ("Butter", Some(60)),
            ("Eggs", Some(28)),
            ("Natural yoghurt", Some(21)),
            ("Sour cream", Some(21)),
            ("Hard cheese", Some(60)),
            ("Cottage cheese", Some(14)),
        ],
    ),
    ("Bread", &[("Bread", Some(5)), ("Rolls", Some(2)), ("Tortillas", Some(30))]),
    (
        "Meat",
        &[
            ("Chicken breast", Some(3)),
            ("Minced beef", Some(2)),
            ("Ham", Some(7)),
            ("Sausage", Some(14)),
            ("Salmon fillet", Some(2)),
        ],
    ),
    (
        "Fruit and vegetables",
        &[
            ("Tomatoes", Some(7)),
            ("Onion", Some(30)),
            ("Garlic", Some(60)),
            ("Potatoes", Some(30)),
            ("Carrots", Some(21)),
            ("Spinach", Some(4)),
            ("Peppers", Some(10)),
            ("Apples", Some(30)),
            ("Bananas", Some(5)),
            ("Lemons", Some(21)),
        ],
    ),
    (
        "Preserves",
        &[
            ("Tinned tomatoes", Some(730)),
            ("Chickpeas", Some(730)),
            ("Tuna", Some(1_095)),
            ("Strawberry jam", Some(365)),
        ],
    ),
    ("Frozen", &[("Peas", Some(365)), ("Ice cream", Some(365)), ("Dumplings", Some(180))]),
    ("Pasta", &[("Spaghetti", Some(730)), ("Penne", Some(730))]),
    ("Rice", &[("Basmati rice", Some(730)), ("Sushi rice", Some(730))]),
    ("Snacks", &[("Crisps", Some(120)), ("Peanuts", Some(180))]),
    ("Sweets", &[("Chocolate", Some(365)), ("Biscuits", Some(180)), ("Honey", None)]),
    ("Baking", &[("Flour", Some(365)), ("Sugar", None), ("Baking powder", Some(540)), ("Yeast", Some(365))]),
    ("Spices", &[("Salt", None), ("Black pepper", Some(1_095)), ("Curry powder", Some(730))]),
    ("Oils", &[("Olive oil", Some(540)), ("Rapeseed oil", Some(365)), ("Soy sauce", Some(730))]),
    ("Drinks", &[("Orange juice", Some(30)), ("Coffee", Some(365)), ("Green tea", Some(730))]),
    ("Baby", &[("Baby porridge", Some(365))]),
    ("Pet", &[("Cat food", Some(730))]),
    ("Hygiene", &[("Toothpaste", Some(1_095)), ("Soap", None)]),
    ("Household", &[("Washing powder", None)]),
    ("Other", &[("Candles", None)]),
];

/// Loads what of it is not there.
pub(super) fn load(tx: &mut Tx<'_>) -> Result<()> {
    for (category, products) in CATALOGUE {
        let category = load_category(tx, category)?;
        for (name, days) in products {
            load_product(tx, category, name, *days)?;
        }
    }
    Ok(())
}

fn load_category(tx: &mut Tx<'_>, name: &str) -> Result<Id<Category>> {
    let name = parse(|fields| fields.take("/name", Text::parse(name)))?;
    match categories::create(tx, NewCategory { name, parent_id: None, description: None }) {
        Ok(category) => Ok(category.id),
        Err(Error::Repository(RepositoryError::Conflict { existing: Some(existing), .. })) => {
            Ok(Id::from_uuid(existing))
        }
        Err(error) => Err(error),
    }
}

fn load_product(tx: &mut Tx<'_>, category: Id<Category>, name: &str, days: Option<u16>) -> Result<()> {
    let new = parse(|fields| {
        let name = fields.take("/name", ProductName::parse(name));
        let keeps = days.map_or_else(String::new, |days| format!(r#""shelf_life_days":{days}"#));
        let storage_info: JsonObject = from_trusted(&format!("{{{keeps}}}")).ok()?;
        Some(NewProduct {
            user_id: None,
            name: name?,
            category_id: Some(category),
            nutritional_info: Details::default(),
            storage_info: Details::from_trusted(storage_info),
        })
    })?;
    match products::create(tx, new) {
        Ok(_) | Err(Error::Repository(RepositoryError::Conflict { .. })) => Ok(()),
        Err(error) => Err(error),
    }
}
