//! What inputs name by an id, and whether it is there.

use std::collections::{HashMap, HashSet};

use diesel::prelude::*;
use domain::Id;
use domain::pantry::{Category, Conversation, NewReceipt, NewReceiptItem, Product, Recipe, User};
use uuid::Uuid;

use crate::schema::pantry::{categories, conversations, products, recipes, users};
use crate::{Conn, Error, Result, Tx};

/// Whose the products are; none for those of the catalogue. Absent are those that are not there.
fn owners_of_products(
    conn: &mut Conn<'_>,
    ids: impl Iterator<Item = Id<Product>>,
) -> Result<HashMap<Id<Product>, Option<Id<User>>>> {
    let found = products::table
        .filter(products::id.eq_any(uuids(ids)))
        .select((products::id, products::user_id))
        .load::<(Uuid, Option<Uuid>)>(conn.pg)?;
    let product = |(id, user): (Uuid, Option<Uuid>)| (Id::from_uuid(id), user.map(Id::from_uuid));
    Ok(found.into_iter().map(product).collect())
}

/// Those of the categories that are there.
pub fn known_categories(
    conn: &mut Conn<'_>,
    ids: impl Iterator<Item = Id<Category>>,
) -> Result<HashSet<Id<Category>>> {
    let found = categories::table.filter(categories::id.eq_any(uuids(ids))).select(categories::id);
    Ok(found.load::<Uuid>(conn.pg)?.into_iter().map(Id::from_uuid).collect())
}

/// Those of the recipes that are not deleted.
pub fn living_recipes(
    conn: &mut Conn<'_>,
    ids: impl Iterator<Item = Id<Recipe>>,
) -> Result<HashSet<Id<Recipe>>> {
    let living = recipes::table.filter(recipes::id.eq_any(uuids(ids))).filter(recipes::deleted_at.is_null());
    Ok(living.select(recipes::id).load::<Uuid>(conn.pg)?.into_iter().map(Id::from_uuid).collect())
}

/// What a receipt, or a change of one, names.
#[derive(Clone, Copy, Debug)]
pub struct Names<'a> {
    /// Whose receipt it is.
    pub user: Id<User>,
    /// The conversation in which it was sent.
    pub conversation: Option<Id<Conversation>>,
    /// Its items.
    pub items: &'a [NewReceiptItem],
}

impl<'a> From<&'a NewReceipt> for Names<'a> {
    fn from(new: &'a NewReceipt) -> Self {
        Self { user: new.user_id, conversation: new.conversation_id, items: &new.items }
    }
}

/// What of it is there.
#[derive(Debug)]
pub struct Found {
    users: HashSet<Id<User>>,
    conversations: HashSet<(Id<Conversation>, Id<User>)>,
    products: HashMap<Id<Product>, Option<Id<User>>>,
    categories: HashSet<Id<Category>>,
}

impl Found {
    /// Looks for what receipts name, and keeps their users from being deleted until the end of the transaction: four
    /// statements, however many receipts there are.
    pub fn lock(tx: &mut Tx<'_>, receipts: &[Names<'_>]) -> Result<Self> {
        let items = || receipts.iter().flat_map(|names| names.items);
        // Always in the same order, so that two batches wait for each other and never deadlock.
        let living = users::table
            .filter(users::id.eq_any(uuids(receipts.iter().map(|names| names.user))))
            .filter(users::deleted_at.is_null())
            .order(users::id)
            .select(users::id)
            .for_share()
            .load::<Uuid>(tx.pg)?;
        let conversations = conversations::table
            .filter(conversations::id.eq_any(uuids(receipts.iter().filter_map(|names| names.conversation))))
            .filter(conversations::deleted_at.is_null())
            .select((conversations::id, conversations::user_id))
            .load::<(Uuid, Uuid)>(tx.pg)?;
        let conversation = |(id, user)| (Id::from_uuid(id), Id::from_uuid(user));
        Ok(Self {
            users: living.into_iter().map(Id::from_uuid).collect(),
            conversations: conversations.into_iter().map(conversation).collect(),
            products: owners_of_products(tx, items().filter_map(|item| item.product_id))?,
            categories: known_categories(tx, items().filter_map(|item| item.category_id))?,
        })
    }

    /// Whether the user is there.
    pub fn has_user(&self, user: Id<User>) -> bool {
        self.users.contains(&user)
    }

    /// Whether the conversation is there, and the user's.
    pub fn has_conversation(&self, user: Id<User>, id: Id<Conversation>) -> bool {
        self.conversations.contains(&(id, user))
    }

    /// Whether the user can use the product.
    pub fn has_product(&self, user: Id<User>, id: Id<Product>) -> bool {
        self.products.get(&id).is_some_and(|owner| owner.is_none_or(|owner| owner == user))
    }

    /// Whether the category is there.
    pub fn has_category(&self, id: Id<Category>) -> bool {
        self.categories.contains(&id)
    }
}

/// Refuses a recipe that is not there or deleted.
pub(super) fn must_have_recipe(conn: &mut Conn<'_>, id: Id<Recipe>) -> Result<()> {
    let found = living_recipes(conn, [id].into_iter())?;
    if found.is_empty() { Err(Error::NotFound("recipe")) } else { Ok(()) }
}

/// Refuses a category that is not there.
pub(super) fn must_have_category(conn: &mut Conn<'_>, id: Id<Category>) -> Result<()> {
    let found = known_categories(conn, [id].into_iter())?;
    if found.is_empty() { Err(Error::NotFound("category")) } else { Ok(()) }
}

/// Refuses a conversation that is none of the user's living ones.
pub(super) fn must_have_conversation(
    conn: &mut Conn<'_>,
    user: Id<User>,
    id: Id<Conversation>,
) -> Result<()> {
    let found = conversations::table
        .filter(conversations::id.eq(id.uuid()))
        .filter(conversations::user_id.eq(user.uuid()))
        .filter(conversations::deleted_at.is_null());
    let is_there: bool = diesel::select(diesel::dsl::exists(found)).get_result(conn.pg)?;
    if is_there { Ok(()) } else { Err(Error::NotFound("conversation")) }
}

fn uuids<T>(ids: impl Iterator<Item = Id<T>>) -> Vec<Uuid> {
    ids.map(Id::uuid).collect()
}
