//! A catalogue with recipes, and two households: one in Warsaw and one in Tokyo.

mod catalogue;
mod households;
mod recipes;
mod shopping;

use repository::Tx;

use crate::Result;

/// Loads the sample data, unless it is there; returns whether it did.
pub(super) fn load(tx: &mut Tx<'_>) -> Result<bool> {
    if households::are_there(tx)? {
        return Ok(false);
    }
    catalogue::load(tx)?;
    let recipes = recipes::load(tx)?;
    households::load(tx, &recipes)?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use domain::day::DayRange;
    use domain::pantry::{
        DaysAhead, ProductFilter, ReceiptFilter, RecipeFilter, Shelf, ShelfLife, SuggestionRequest,
    };
    use domain::{Limit, PageRequest};
    use repository::testing;

    use super::*;
    use crate::pantry::users::Lookup;
    use crate::pantry::{
        categories, meal_plans, pantry_items, products, receipts, recipes, shopping_lists, suggestions, users,
    };

    #[test]
    fn it_loads_once_with_something_in_every_part_of_a_pantry() {
        testing::check(|tx| {
            assert!(load(tx).unwrap());
            assert!(!load(tx).unwrap());
            let list = PageRequest { limit: Limit::new(100).unwrap(), after: None };
            assert_eq!(categories::list(tx, &list).unwrap().items.len(), 19);
            let catalogue = products::list(tx, &ProductFilter::default(), &list).unwrap().items;
            assert_eq!(catalogue.len(), 60);
            assert!(catalogue.iter().all(|product| product.shelf_life() != ShelfLife::Unusable));
            let all = RecipeFilter::default();
            assert_eq!(recipes::list(tx, &all, PageRequest::default()).unwrap().items.len(), 20);
            for name in ["kowalscy", "tanaka"] {
                let lookup = Lookup::Username(domain::pantry::user_name(name).unwrap());
                let user = users::lookup(tx, &lookup).unwrap().id;
                let soon = Shelf::Expiring(DaysAhead::new(7).unwrap());
                for shelf in [Shelf::Available, soon, Shelf::Expired] {
                    let page = PageRequest { limit: Limit::default(), after: None };
                    assert!(!pantry_items::list(tx, user, shelf, None, page).unwrap().items.is_empty());
                }
                let bought = receipts::list(tx, user, &ReceiptFilter::default(), PageRequest::default())
                    .unwrap()
                    .items;
                assert_eq!(bought.len(), 13);
                assert_eq!(bought.iter().filter(|bought| bought.receipt.stocked_at.is_some()).count(), 1);
                let today = bought[0].receipt.purchase_date.unwrap();
                let week = DayRange::new(today, today.after(6).unwrap()).unwrap();
                let plans = meal_plans::list(tx, user, week, PageRequest::default()).unwrap();
                assert_eq!(plans.items.len(), 7);
                assert!(!shopping_lists::for_user(tx, user, week, None).unwrap().is_empty());
                assert!(!suggestions::for_user(tx, user, &SuggestionRequest::default()).unwrap().is_empty());
            }
        });
    }
}
