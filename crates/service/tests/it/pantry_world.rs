//! What tests of households need and do not care about.

use std::fmt::Debug;

use domain::json::from_trusted;
use domain::pantry::{
    Category, Conversation, Details, Message, MessageRole, NewCategory, NewConversation, NewMessage,
    NewProduct, NewUser, PantryItem, Preferences, Product, ProductName, Quantity, Unit, User, session_id,
    user_name,
};
use domain::{Day, Email, Id, JsonObject, MessageText, Text};
use repository::{Error as RepositoryError, Tx};
use strongroom_service::pantry::pantry_items::{self, Delivery, Which};
use strongroom_service::pantry::{categories, conversations, messages, products, users};
use strongroom_service::{Error, Result};
use uuid::Uuid;

/// What the database said to what it refused.
pub(crate) fn refusal<T: Debug>(outcome: Result<T, impl Into<Error>>) -> RepositoryError {
    match outcome.map_err(Into::into) {
        Err(Error::Repository(error)) => error,
        other => panic!("a refusal, not {other:?}"),
    }
}

/// Whether there is no such row, to whoever asks.
pub(crate) fn is_absent<T: Debug>(outcome: Result<T, impl Into<Error>>) -> bool {
    matches!(refusal(outcome), RepositoryError::NotFound(_))
}

/// The row that has what is unique.
pub(crate) fn taken_by<T: Debug>(outcome: Result<T, impl Into<Error>>) -> Uuid {
    match refusal(outcome) {
        RepositoryError::Conflict { existing: Some(existing), .. }
        | RepositoryError::RestoreConflict { existing, .. } => existing,
        other => panic!("a conflict with a row, not {other:?}"),
    }
}

pub(crate) fn object(json: &str) -> JsonObject {
    from_trusted(json).unwrap()
}

pub(crate) fn details(json: &str) -> Details {
    Details::new(object(json)).unwrap()
}

pub(crate) fn day(text: &str) -> Day {
    text.parse().unwrap()
}

pub(crate) fn quantity(text: &str) -> Quantity {
    Quantity::parse(text).unwrap()
}

pub(crate) fn product_name(text: &str) -> ProductName {
    ProductName::parse(text).unwrap()
}

pub(crate) fn new_user(name: &str) -> NewUser {
    NewUser {
        username: user_name(name).unwrap(),
        email: Email::parse(&format!("{name}@pantry.example")).unwrap(),
        preferences: Preferences::default(),
    }
}

pub(crate) fn household(tx: &mut Tx<'_>, name: &str) -> Id<User> {
    users::create(tx, new_user(name)).unwrap().id
}

pub(crate) fn category(tx: &mut Tx<'_>, name: &str, parent: Option<Id<Category>>) -> Result<Id<Category>> {
    let new = NewCategory { name: Text::parse(name).unwrap(), parent_id: parent, description: None };
    Ok(categories::create(tx, new)?.id)
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

/// A product of a user, or of the catalogue.
pub(crate) fn product(tx: &mut Tx<'_>, user_id: Option<Id<User>>, name: &str) -> Result<Id<Product>> {
    Ok(products::create(tx, new_product(user_id, name))?.id)
}

/// So much of a product: a quantity, a unit and an expiry, each of which may be left out as `""`.
pub(crate) fn delivery(product: Which, parts: [&str; 3]) -> Delivery {
    let [amount, unit, expiry] = parts.map(|part| Some(part).filter(|part| !part.is_empty()));
    Delivery {
        product,
        quantity: amount.map(quantity),
        unit: unit.map(|unit| Unit::parse(unit).unwrap()),
        expiry_date: expiry.map(day),
        notes: None,
    }
}

/// Adds so much of what is called so.
pub(crate) fn add(
    tx: &mut Tx<'_>,
    user: Id<User>,
    name: &str,
    parts: [&str; 3],
) -> Result<(PantryItem, bool)> {
    pantry_items::add(tx, user, delivery(Which::Name(product_name(name)), parts))
}

pub(crate) fn new_conversation(user_id: Id<User>, session: Option<&str>) -> NewConversation {
    let session_id = session.map(|session| session_id(session).unwrap());
    NewConversation { user_id, session_id, title: None, metadata: Details::default() }
}

pub(crate) fn conversation(tx: &mut Tx<'_>, user: Id<User>, session: &str) -> Id<Conversation> {
    conversations::create(tx, new_conversation(user, Some(session))).unwrap().id
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

pub(crate) fn say(tx: &mut Tx<'_>, conversation: Id<Conversation>, text: &str) -> Message {
    messages::add_message(tx, conversation, new_message(text)).unwrap()
}

pub(crate) fn texts(messages: &[Message]) -> Vec<&str> {
    messages.iter().map(|message| message.content.expose()).collect()
}
