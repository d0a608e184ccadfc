//! Products: those of the catalogue, and those that a household named itself.

use domain::Id;
use domain::pantry::{NewProduct, Product, ProductChanges, ProductName, User};
use repository::pantry::products;
use repository::{Conn, Tx};

use super::{categories, conflicts, users};
use crate::{Error, Result};

pub use repository::pantry::products::{get, list, list_from};

/// Makes a product, of a user or of the catalogue. Its name must not be that of another one there.
pub fn create(tx: &mut Tx<'_>, new: NewProduct) -> Result<Product> {
    must_be_own(tx, new.user_id)?;
    // First, so that whoever may not know of the user hears nothing of the category.
    if let Some(user) = new.user_id.filter(|_| new.category_id.is_some())
        && !repository::pantry::users::exists(tx, user)?
    {
        return Err(users::unknown_user().into());
    }
    categories::must_be_known(tx, "/category_id", new.category_id)?;
    products::insert(tx, new).map_err(users::unknown)
}

/// The products of these names, in the order given: of a user, else of the catalogue.
pub fn lookup(
    conn: &mut Conn<'_>,
    user: Option<Id<User>>,
    names: &[ProductName],
) -> Result<Vec<Option<Product>>> {
    let found = products::find_by_names(conn, user, names)?;
    if let Some(user) = user
        && !found.iter().flatten().any(|product| product.user_id == Some(user))
        && !repository::pantry::users::exists(conn, user)?
    {
        return Err(users::unknown_user().into());
    }
    Ok(found)
}

/// Changes the given fields.
pub fn update(tx: &mut Tx<'_>, id: Id<Product>, changes: ProductChanges) -> Result<Product> {
    may_be_changed(tx, id)?;
    categories::must_be_known(tx, "/category_id", changes.category_id.flatten())?;
    Ok(products::update(tx, id, changes)?)
}

/// Removes a product that nothing refers to.
pub fn delete(tx: &mut Tx<'_>, id: Id<Product>) -> Result<()> {
    may_be_changed(tx, id)?;
    if products::delete(tx, id)? {
        return Ok(());
    }
    Err(Error::conflict(
        &conflicts::PRODUCT_IN_USE,
        "something refers to the product: remove that first, or rename the product",
    ))
}

/// Refuses a user who would change a product of the catalogue.
fn may_be_changed(tx: &mut Tx<'_>, id: Id<Product>) -> Result<()> {
    if !tx.actor.is_end_user() {
        return Ok(());
    }
    let product = products::get(tx, id)?;
    must_be_own(tx, product.user_id)
}

fn must_be_own(tx: &Tx<'_>, owner: Option<Id<User>>) -> Result<()> {
    if owner.is_none() && tx.actor.is_end_user() {
        return Err(Error::NotAllowed("the catalogue takes an API key: a user changes products of its own"));
    }
    Ok(())
}

/// Refuses an input that names at `pointer` a product that the user cannot use; without a user, one that is not in the
/// catalogue.
pub(super) fn must_be_usable(
    conn: &mut Conn<'_>,
    pointer: &str,
    user: Option<Id<User>>,
    product: Id<Product>,
) -> Result<()> {
    if products::usable(conn, user, &[product])?.contains(&product) { Ok(()) } else { Err(unknown(pointer)) }
}

/// What is said of a product that is named in the input and cannot be used.
pub(super) fn unknown(pointer: &str) -> Error {
    Error::invalid(pointer, "unknown_product", "there is no such product of the user or in the catalogue")
}
