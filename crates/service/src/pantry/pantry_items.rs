//! What is at home, and when it expires.

use domain::pantry::{
    Consumption, ItemOnDay, NewPantryItem, PantryItem, PantryItemChanges, Product, ProductName, Quantity,
    Shelf, Unit, User,
};
use domain::{Day, DayPosition, Id, Page, PageRequest, Text};
use repository::pantry::{pantry_items, products as stored_products, shelves};
use repository::{Conn, Error as RepositoryError, Tx};

use super::{conflicts, products, users};
use crate::{Error, Result};

pub use repository::pantry::pantry_items::{delete, get, list_for_user_from as list_from};
pub use repository::pantry::shelves::statistics;

/// How a product is named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Which {
    /// By its id.
    Id(Id<Product>),
    /// By its name: the user's, else the catalogue's, else a new one of the user's.
    Name(ProductName),
}

/// Something that comes into the pantry of a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// What it is.
    pub product: Which,
    /// How much it is, zero or more; none: some, not measured.
    pub quantity: Option<Quantity>,
    /// What the quantity counts; none: pieces.
    pub unit: Option<Unit>,
    /// The last day on which it is good; none: unknown.
    pub expiry_date: Option<Day>,
    /// Free text of the household.
    pub notes: Option<Text<2_000>>,
}

/// What became of something that was taken from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consumed {
    /// The row as it is now; as it was last, where nothing is left.
    pub item: PantryItem,
    /// Whether nothing is left, and the row is gone.
    pub removed: bool,
}

/// Adds to what a user has; says whether it is a new row. Otherwise one of the same product, unit and expiry became more.
pub fn add(tx: &mut Tx<'_>, user: Id<User>, delivery: Delivery) -> Result<(PantryItem, bool)> {
    let Delivery { product, quantity, unit, expiry_date, notes } = delivery;
    let product_id = match product {
        Which::Id(id) => id,
        Which::Name(name) => {
            let found = stored_products::find_or_insert(tx, user, &[name])?;
            found.first().map(|product| product.id).ok_or(RepositoryError::NotFound("user"))?
        }
    };
    let new = NewPantryItem { user_id: user, product_id, quantity, unit, expiry_date, notes };
    let added = pantry_items::add(tx, user, &[new]).map_err(too_large)?;
    let added = added.into_iter().next().flatten().ok_or_else(|| products::unknown("/product_id"))?;
    Ok((added.item, added.is_new))
}

/// What is said of a sum that the column does not hold. All that is sent was checked before.
pub(super) fn too_large(error: RepositoryError) -> Error {
    match error {
        RepositoryError::Unstorable => Error::invalid(
            "/quantity",
            "too_large",
            format!("together with what is there it must be at most {}", Quantity::MAX),
        ),
        error => error.into(),
    }
}

/// A part of what a user has: soonest expiry first, undated last. Without `on`, the day is today where the user lives.
pub fn list(
    conn: &mut Conn<'_>,
    user: Id<User>,
    shelf: Shelf,
    on: Option<Day>,
    page: PageRequest<DayPosition>,
) -> Result<Page<ItemOnDay, DayPosition>> {
    let found = shelves::list(conn, user, shelf, on, page)?;
    if found.items.is_empty() {
        users::must_exist(conn, user)?;
    }
    Ok(found)
}

/// Changes the given fields. Where the user has a row of the new product, unit and expiry, that is a conflict with it.
pub fn update(tx: &mut Tx<'_>, id: Id<PantryItem>, changes: PantryItemChanges) -> Result<PantryItem> {
    let item = pantry_items::lock(tx, id)?;
    if changes.is_empty() {
        return Ok(item);
    }
    if let Some(product) = changes.product_id {
        products::must_be_usable(tx, "/product_id", Some(item.user_id), product)?;
    }
    Ok(pantry_items::store(tx, &changes.apply(item))?)
}

/// Takes so much, or all that is there. Where nothing is left, the row goes.
pub fn consume(tx: &mut Tx<'_>, id: Id<PantryItem>, taken: Consumption) -> Result<Consumed> {
    let item = pantry_items::lock(tx, id)?;
    let left = match taken {
        Consumption::All => Quantity::ZERO,
        Consumption::Some(taken) => left_of(&item, taken)?,
    };
    let item = PantryItem { quantity: Some(left), ..item };
    let removed = left == Quantity::ZERO;
    if removed {
        pantry_items::delete(tx, id)?;
    } else {
        pantry_items::leave(tx, id, left)?;
    }
    Ok(Consumed { item, removed })
}

fn left_of(item: &PantryItem, taken: Quantity) -> Result<Quantity> {
    let Some(there) = item.quantity else {
        return Err(Error::conflict(
            &conflicts::QUANTITY_UNKNOWN,
            "nobody measured how much there is: set a quantity, or consume all of it",
        ));
    };
    match there.checked_sub(taken).and_then(Quantity::not_negative) {
        Ok(left) => Ok(left),
        Err(_) => Err(Error::conflict(&conflicts::NOT_ENOUGH, format!("there is {there}, less than that"))),
    }
}
