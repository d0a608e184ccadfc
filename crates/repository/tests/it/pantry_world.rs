//! Rows of households that tests need and do not care about.

use strongroom_repository::domain::json::from_trusted;
use strongroom_repository::domain::pantry::{
    Category, Details, Dish, MessageRole, NewCategory, NewConversation, NewMealPlan, NewMealPlanItem,
    NewMessage, NewPantryItem, NewProduct, NewReceipt, NewReceiptItem, NewRecipe, NewRecipeIngredient,
    NewUser, Preferences, Product, ProductName, Quantity, Recipe, Unit, User, user_name,
};
use strongroom_repository::domain::{Email, Id, MessageText, Offset, Tags, Text};
use strongroom_repository::pantry::{
    categories, conversations, meal_plans, messages, pantry_items, products, receipts, recipes, users,
};
use strongroom_repository::{Error, Result, Tx};

pub(crate) fn product_name(name: &str) -> ProductName {
    ProductName::parse(name).unwrap()
}

pub(crate) fn quantity(text: &str) -> Quantity {
    Quantity::parse(text).unwrap()
}

pub(crate) fn new_user(name: &str) -> NewUser {
    let email = Email::parse(&format!("{name}@pantry.example")).unwrap();
    NewUser { username: user_name(name).unwrap(), email, preferences: Preferences::default() }
}

pub(crate) fn user(tx: &mut Tx<'_>, name: &str) -> Id<User> {
    users::insert(tx, new_user(name)).unwrap().id
}

/// A category at the top; the one that is there, where the name is taken.
pub(crate) fn category(tx: &mut Tx<'_>, name: &str) -> Id<Category> {
    let new = NewCategory { name: Text::parse(name).unwrap(), parent_id: None, description: None };
    match categories::insert(tx, new) {
        Ok(category) => category.id,
        Err(Error::Conflict { existing: Some(existing), .. }) => Id::from_uuid(existing),
        Err(error) => panic!("{error}"),
    }
}

pub(crate) fn details(json: &str) -> Details {
    Details::new(from_trusted(json).unwrap()).unwrap()
}

pub(crate) fn new_product(user_id: Option<Id<User>>, name: &str) -> NewProduct {
    NewProduct {
        user_id,
        name: product_name(name),
        category_id: None,
        nutritional_info: Details::default(),
        storage_info: Details::default(),
    }
}

/// A product of a user, or of the catalogue; the one that is there, where the name is taken.
pub(crate) fn product(tx: &mut Tx<'_>, user_id: Option<Id<User>>, name: &str) -> Id<Product> {
    match products::insert(tx, new_product(user_id, name)) {
        Ok(product) => product.id,
        Err(Error::Conflict { existing: Some(existing), .. }) => Id::from_uuid(existing),
        Err(error) => panic!("{error}"),
    }
}

/// So much of a product, as it comes into the pantry of a user: a quantity, a unit and an expiry, each of which may be
/// left out as `""`.
pub(crate) fn new_item(user_id: Id<User>, product_id: Id<Product>, parts: [&str; 3]) -> NewPantryItem {
    let [amount, unit, expiry] = parts.map(|part| Some(part).filter(|part| !part.is_empty()));
    NewPantryItem {
        user_id,
        product_id,
        quantity: amount.map(quantity),
        unit: unit.map(|unit| Unit::parse(unit).unwrap()),
        expiry_date: expiry.map(|day| day.parse().unwrap()),
        notes: None,
    }
}

pub(crate) fn new_message(text: &str) -> NewMessage {
    NewMessage {
        role: MessageRole::User,
        content: MessageText::parse(text).unwrap(),
        agent_used: None,
        confidence: None,
        metadata: Details::default(),
    }
}

/// A household with a row in every table that households own, and one row in every catalogue, unless it is there.
pub(crate) fn household(tx: &mut Tx<'_>, name: &str) -> Result<Id<User>> {
    category(tx, "Dairy");
    product(tx, None, "Milk");
    let user = user(tx, name);
    let product = product(tx, Some(user), "Twaróg");
    pantry_items::add(tx, user, &[new_item(user, product, ["1.5", "kg", "2026-11-25"])])?;
    let new = NewConversation { user_id: user, session_id: None, title: None, metadata: Details::default() };
    let conversation = conversations::insert(tx, new)?.id;
    messages::insert(tx, conversation, &[new_message("Kup mleko")])?;
    receipts::create_with_items(tx, new_receipt(user, &["Mleko"]))?;
    let soup = recipe(tx)?;
    let dishes = [Dish::Product(product)];
    meal_plans::insert(tx, new_plan(user, soup, &dishes))?;
    Ok(user)
}

/// A receipt with a line of each name.
pub(crate) fn new_receipt(user_id: Id<User>, names: &[&str]) -> NewReceipt {
    let item = |name: &&str| NewReceiptItem {
        product_id: None,
        category_id: None,
        product_name: product_name(name),
        quantity: quantity("1"),
        unit: None,
        unit_price: None,
        total_price: None,
    };
    NewReceipt {
        user_id,
        conversation_id: None,
        store_name: None,
        total_amount: None,
        purchase_date: None,
        receipt_date: None,
        image_path: None,
        ocr_confidence: None,
        metadata: Details::default(),
        items: names.iter().map(item).collect(),
    }
}

/// A recipe that takes milk; the one that is there, where there is one.
pub(crate) fn recipe(tx: &mut Tx<'_>) -> Result<Id<Recipe>> {
    if let Some(recipe) = recipes::list_from(tx, Offset::default())?.first() {
        return Ok(recipe.id);
    }
    let ingredient = NewRecipeIngredient {
        product_id: product(tx, None, "Milk"),
        quantity: None,
        unit: None,
        notes: None,
    };
    let new = NewRecipe {
        title: Text::parse("Soup").unwrap(),
        description: None,
        instructions: None,
        category_id: None,
        cooking_time: None,
        servings: None,
        difficulty_level: None,
        tags: Tags::default(),
        ingredients: vec![ingredient],
    };
    Ok(recipes::insert(tx, new)?.recipe.id)
}

/// A planned meal of a recipe, with other dishes.
pub(crate) fn new_plan(user_id: Id<User>, recipe: Id<Recipe>, dishes: &[Dish]) -> NewMealPlan {
    let item = |dish: &Dish| NewMealPlanItem { dish: *dish, quantity: None, unit: None };
    NewMealPlan {
        user_id,
        plan_date: "2026-11-21".parse().unwrap(),
        meal_type: None,
        recipe_id: Some(recipe),
        servings: None,
        notes: None,
        items: dishes.iter().map(item).collect(),
    }
}
