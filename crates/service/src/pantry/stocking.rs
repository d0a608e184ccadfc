//! What a receipt lists comes into the pantry, once.

use domain::pantry::products::ShelfLife;
use domain::pantry::stocking::{Lot, Purchase, Stocking, lots};
use domain::pantry::{NewPantryItem, Product, ProductName, Quantity, Receipt, ReceiptItem, User};
use domain::{Id, Invalid};
use repository::Tx;
use repository::pantry::stocking::{self, Line};
use repository::pantry::{pantry_items, products};

use super::pantry_items::too_large;
use crate::Result;

/// Puts the lines of a receipt into its user's pantry, or `only` some of them. Lines below zero are no goods. When it was
/// done before, nothing changes.
///
/// A line stands for its product, else for the user's or the catalogue's of the same name, else for a new one of the user's.
pub fn to_pantry(
    tx: &mut Tx<'_>,
    receipt: Id<Receipt>,
    only: Option<&[Id<ReceiptItem>]>,
) -> Result<Stocking> {
    let locked = stocking::lock(tx, receipt)?;
    if locked.stocked_at.is_some() {
        return Ok(Stocking { already: true, ..Stocking::default() });
    }
    let chosen = choose(locked.lines, only)?;
    let (goods, others): (Vec<Line>, Vec<Line>) = chosen.into_iter().partition(is_goods);
    let Known { products, products_created } = name_products(tx, locked.user_id, &goods)?;
    let purchases: Vec<Purchase> = goods.iter().zip(&products).map(purchase).collect();
    let lots = lots(&purchases, locked.purchase_date).map_err(|_| sum_too_large())?;
    let added =
        pantry_items::add(tx, locked.user_id, &new_items(locked.user_id, &lots)).map_err(too_large)?;
    let named: Vec<_> = goods.iter().zip(&products).map(|(line, (product, _))| (line.id, *product)).collect();
    stocking::finish(tx, receipt, &named)?;
    let new = added.iter().flatten().filter(|added| added.is_new).count();
    Ok(Stocking {
        already: false,
        added: new,
        merged: added.len() - new,
        products_created,
        skipped: others.len(),
        unusable_shelf_lives: unusable(&products),
    })
}

fn choose(lines: Vec<Line>, only: Option<&[Id<ReceiptItem>]>) -> Result<Vec<Line>, Invalid> {
    let Some(only) = only else { return Ok(lines) };
    let mut fields = Invalid::collect();
    for (n, id) in only.iter().enumerate() {
        if !lines.iter().any(|line| line.id == *id) {
            fields.add(format!("/only/{n}"), "unknown_item", "the receipt has no such item");
        }
    }
    fields.finish()?;
    Ok(lines.into_iter().filter(|line| only.contains(&line.id)).collect())
}

fn is_goods(line: &Line) -> bool {
    line.total_price.is_none_or(|price| price.not_negative().is_ok())
}

/// A product, and for how long it keeps.
type KnownProduct = (Id<Product>, ShelfLife);

struct Known {
    /// One for each line.
    products: Vec<KnownProduct>,
    products_created: usize,
}

fn name_products(tx: &mut Tx<'_>, user: Id<User>, goods: &[Line]) -> Result<Known> {
    let names: Vec<ProductName> =
        goods.iter().filter(|line| line.product.is_none()).map(|line| line.name.clone()).collect();
    let named = if names.is_empty() { Vec::new() } else { products::find_or_insert(tx, user, &names)? };
    let mut made: Vec<Id<Product>> =
        named.iter().filter(|named| named.is_new).map(|named| named.id).collect();
    made.sort_unstable();
    made.dedup();
    let mut named = named.into_iter().map(|named| (named.id, named.shelf_life));
    let products = goods.iter().filter_map(|line| line.product.or_else(|| named.next())).collect();
    Ok(Known { products, products_created: made.len() })
}

fn purchase((line, (product_id, shelf_life)): (&Line, &KnownProduct)) -> Purchase {
    Purchase {
        product_id: *product_id,
        quantity: line.quantity,
        unit: line.unit.clone(),
        shelf_life: *shelf_life,
    }
}

fn new_items(user: Id<User>, lots: &[Lot]) -> Vec<NewPantryItem> {
    let item = |lot: &Lot| NewPantryItem {
        user_id: user,
        product_id: lot.product_id,
        quantity: Some(lot.quantity),
        unit: lot.unit.clone(),
        expiry_date: lot.expiry_date,
        notes: None,
    };
    lots.iter().map(item).collect()
}

fn unusable(products: &[KnownProduct]) -> Vec<Id<Product>> {
    let is_unusable = |(_, keeps): &&KnownProduct| *keeps == ShelfLife::Unusable;
    let mut found: Vec<Id<Product>> = products.iter().filter(is_unusable).map(|(id, _)| *id).collect();
    found.sort_unstable();
    found.dedup();
    found
}

fn sum_too_large() -> Invalid {
    let detail = format!("the lines of one product together must be at most {}", Quantity::MAX);
    Invalid::one("", "too_large", detail)
}
