//! Putting what a receipt lists into the pantry.

use std::collections::BTreeMap;

use super::products::ShelfLife;
use super::{Product, Quantity, Unit};
use crate::{Day, DecimalError, Id};

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Stocking {
    /// Whether it was done before, so that nothing changed.
    pub already: bool,
    /// Rows that are new in the pantry.
    pub added: usize,
    /// Rows of the pantry that have more now.
    pub merged: usize,
    /// Products that the user did not have.
    pub products_created: usize,
    /// Lines that are no goods: discounts and returns.
    pub skipped: usize,
    /// Products whose `shelf_life_days` are no number of days, so that nothing is known of when they expire.
    pub unusable_shelf_lives: Vec<Id<Product>>,
}

/// A line whose product is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Purchase {
    /// The product.
    pub product_id: Id<Product>,
    /// How much was bought.
    pub quantity: Quantity,
    /// What the quantity counts.
    pub unit: Option<Unit>,
    /// For how long the product keeps.
    pub shelf_life: ShelfLife,
}

/// What goes into one row of the pantry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lot {
    /// The product.
    pub product_id: Id<Product>,
    /// What the quantity counts.
    pub unit: Option<Unit>,
    /// The last day on which it is good, where that is known.
    pub expiry_date: Option<Day>,
    /// How much there is of it.
    pub quantity: Quantity,
}

/// Sums the lines of a receipt that go into the same row of the pantry. What was bought on an unknown day expires on an
/// unknown day.
///
/// # Errors
/// When a sum is more than a quantity may be.
pub fn lots(purchases: &[Purchase], bought: Option<Day>) -> Result<Vec<Lot>, DecimalError> {
    let mut sums = BTreeMap::<_, Quantity>::new();
    for Purchase { product_id, quantity, unit, shelf_life } in purchases {
        let days = match shelf_life {
            ShelfLife::Days(days) => Some(*days),
            ShelfLife::Unknown | ShelfLife::Unusable => None,
        };
        let expiry = bought.zip(days).and_then(|(bought, days)| bought.after(days));
        let sum = sums.entry((*product_id, unit.as_ref(), expiry)).or_default();
        *sum = sum.checked_add(*quantity)?;
    }
    let lots = sums.into_iter().map(|((product_id, unit, expiry_date), quantity)| Lot {
        product_id,
        unit: unit.cloned(),
        expiry_date,
        quantity,
    });
    Ok(lots.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn day(text: &str) -> Day {
        Day::parse(text).unwrap()
    }

    fn purchase(product: u128, quantity: &str, unit: Option<&str>, shelf_life: Option<u16>) -> Purchase {
        Purchase {
            product_id: Id::from_uuid(uuid::Uuid::from_u128(product)),
            quantity: Quantity::parse(quantity).unwrap(),
            unit: unit.map(|unit| Unit::parse(unit).unwrap()),
            shelf_life: shelf_life.map_or(ShelfLife::Unknown, ShelfLife::Days),
        }
    }

    #[test]
    fn equal_lines_are_one_lot_and_others_stay_apart() {
        let purchases = [
            purchase(1, "1", Some("szt"), Some(7)),
            purchase(1, "1", Some("szt"), Some(7)),
            purchase(1, "0.5", Some("l"), Some(7)),
            purchase(2, "1", None, None),
        ];
        let found: Vec<_> = lots(&purchases, Some(day("2028-02-25")))
            .unwrap()
            .into_iter()
            .map(|lot| (lot.quantity.to_string(), lot.expiry_date.map(|day| day.to_string())))
            .collect();
        let march = Some("2028-03-03".to_owned());
        let expected = [("0.500", march.clone()), ("2.000", march), ("1.000", None)];
        assert_eq!(found, expected.map(|(quantity, day)| (quantity.to_owned(), day)));
    }

    #[test]
    fn nothing_expires_where_a_day_is_unknown_or_beyond_the_calendar() {
        let milk = [purchase(1, "1", None, Some(3_650))];
        assert_eq!(lots(&milk, None).unwrap()[0].expiry_date, None);
        assert_eq!(lots(&milk, Some(day("2200-12-31"))).unwrap()[0].expiry_date, None);
        assert_eq!(lots(&milk, Some(day("2191-01-01"))).unwrap()[0].expiry_date, Some(day("2200-12-30")));
        let unusable = [Purchase { shelf_life: ShelfLife::Unusable, ..milk[0].clone() }];
        assert_eq!(lots(&unusable, Some(day("2026-11-20"))).unwrap()[0].expiry_date, None);
    }

    #[test]
    fn a_sum_that_no_column_holds_is_refused() {
        let much = purchase(1, "9999999.999", None, None);
        assert_eq!(lots(&[much.clone(), much], None).unwrap_err().code(), "too_large");
    }

    proptest! {
        #[test]
        fn nothing_is_lost_or_added(lines in proptest::collection::vec((0..4_u128, 1..5_000_i64, 0..3_usize, proptest::option::of(0..3_u16)), 0..50)) {
            let unit = [None, Some("g"), Some("kg")];
            let purchases: Vec<_> = lines.iter().map(|(product, thousandths, n, shelf_life)| {
                let quantity = format!("{}.{:03}", thousandths / 1000, thousandths % 1000);
                purchase(*product, &quantity, unit[*n], *shelf_life)
            }).collect();
            let sum = |quantities: &mut dyn Iterator<Item = Quantity>| {
                quantities.fold(Quantity::ZERO, |sum, quantity| sum.checked_add(quantity).unwrap())
            };
            let lots = lots(&purchases, Some(day("2026-11-20"))).unwrap();
            prop_assert_eq!(sum(&mut lots.iter().map(|lot| lot.quantity)), sum(&mut purchases.iter().map(|line| line.quantity)));
            let keys: std::collections::BTreeSet<_> = lots.iter().map(|lot| (lot.product_id, &lot.unit, lot.expiry_date)).collect();
            prop_assert_eq!(keys.len(), lots.len());
        }
    }
}
