//! The lines of a receipt.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Serialize, Serializer};

use super::{Category, Product, ProductName, Quantity, Receipt, ReceiptAmount, Unit};
use crate::{Decimal, DecimalError, Id, Text};

/// What one piece, kilogram or litre costs: at most 99,999,999.9999. Below zero it is a discount. It is written with as many
/// decimals as it needs, at least two: petrol costs 1.659, and a gram 0.0095.
///
/// ```
/// use strongroom_domain::Decimal;
/// use strongroom_domain::pantry::UnitPrice;
///
/// let shown = |text| Decimal::parse(text).map(|price| UnitPrice(price).to_string());
/// assert_eq!(shown("1.6590")?, "1.659");
/// assert_eq!(shown("3.8")?, "3.80");
/// # Ok::<(), strongroom_domain::DecimalError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct UnitPrice(pub Decimal<12, 4>);

impl UnitPrice {
    /// What so much costs: multiplied exactly and rounded once, half away from zero, to two decimals.
    ///
    /// # Errors
    /// When it is more than an amount of a receipt may be.
    pub fn times(self, quantity: Quantity) -> Result<ReceiptAmount, DecimalError> {
        Decimal::round(&(self.0.to_bigdecimal() * quantity.to_bigdecimal()))
    }
}

impl fmt::Display for UnitPrice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.0.to_string();
        let needed = text.trim_end_matches('0').len().max(text.len() - 2);
        f.pad(text.get(..needed).unwrap_or(&text))
    }
}

impl fmt::Debug for UnitPrice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for UnitPrice {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A line of a receipt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceiptItem {
    /// Its id. Ids rise in the order of the lines.
    pub id: Id<ReceiptItem>,
    /// The receipt.
    pub receipt_id: Id<Receipt>,
    /// The product it stands for, where that is known: of the catalogue or of the user.
    pub product_id: Option<Id<Product>>,
    /// Its category, where it has one of its own.
    pub category_id: Option<Id<Category>>,
    /// What it is, as the receipt writes it.
    pub product_name: Text<255>,
    /// How much, above zero.
    pub quantity: Quantity,
    /// What the quantity counts; pieces, where none is given.
    pub unit: Option<Unit>,
    /// What one of them costs.
    pub unit_price: Option<UnitPrice>,
    /// What all of it costs; below zero it is a discount or a return.
    pub total_price: Option<ReceiptAmount>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

/// A line to be added to a receipt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewReceiptItem {
    /// The product it stands for, where that is known.
    pub product_id: Option<Id<Product>>,
    /// Its category, where it has one of its own.
    pub category_id: Option<Id<Category>>,
    /// What it is, as the receipt writes it.
    pub product_name: ProductName,
    /// How much, above zero.
    pub quantity: Quantity,
    /// What the quantity counts.
    pub unit: Option<Unit>,
    /// What one of them costs.
    pub unit_price: Option<UnitPrice>,
    /// What all of it costs; [`priced`](Self::priced) works out what is missing.
    pub total_price: Option<ReceiptAmount>,
}

/// What to change of a line: `None` keeps, `Some(None)` clears.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReceiptItemChanges {
    /// Another product, or none.
    pub product_id: Option<Option<Id<Product>>>,
    /// Another category, or none.
    pub category_id: Option<Option<Id<Category>>>,
    /// Another name.
    pub product_name: Option<ProductName>,
    /// Another quantity.
    pub quantity: Option<Quantity>,
    /// Another unit, or none.
    pub unit: Option<Option<Unit>>,
    /// Another price of one, or none.
    pub unit_price: Option<Option<UnitPrice>>,
    /// Another price of all, or that which follows from the price of one.
    pub total_price: Option<Option<ReceiptAmount>>,
}

impl ReceiptItemChanges {
    /// Whether nothing is to change.
    pub fn is_empty(&self) -> bool {
        self == &Self::default()
    }
}

impl ReceiptItem {
    /// The line as it would be added, with the given fields changed.
    #[must_use]
    pub fn with(self, changes: ReceiptItemChanges) -> NewReceiptItem {
        let ReceiptItemChanges {
            product_id,
            category_id,
            product_name,
            quantity,
            unit,
            unit_price,
            total_price,
        } = changes;
        NewReceiptItem {
            product_id: product_id.unwrap_or(self.product_id),
            category_id: category_id.unwrap_or(self.category_id),
            product_name: product_name
                .unwrap_or_else(|| ProductName::from_trusted(self.product_name.into_string())),
            quantity: quantity.unwrap_or(self.quantity),
            unit: unit.unwrap_or(self.unit),
            unit_price: unit_price.unwrap_or(self.unit_price),
            total_price: total_price.unwrap_or(self.total_price),
        }
    }
}

impl NewReceiptItem {
    /// The same with its price, which follows from the price of one where it is not given.
    ///
    /// # Errors
    /// When it is more than an amount of a receipt may be.
    pub fn priced(self) -> Result<Self, DecimalError> {
        let total_price = match (self.total_price, self.unit_price) {
            (None, Some(price)) => Some(price.times(self.quantity)?),
            (total, _) => total,
        };
        Ok(Self { total_price, ..self })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn line(quantity: &str, unit_price: Option<&str>, total_price: Option<&str>) -> NewReceiptItem {
        NewReceiptItem {
            product_id: None,
            category_id: None,
            product_name: ProductName::parse("Mleko").unwrap(),
            quantity: Decimal::parse(quantity).unwrap(),
            unit: None,
            unit_price: unit_price.map(|price| UnitPrice(Decimal::parse(price).unwrap())),
            total_price: total_price.map(|price| Decimal::parse(price).unwrap()),
        }
    }

    #[test]
    fn a_missing_price_is_multiplied_exactly_and_rounded_once_half_away_from_zero() {
        for (quantity, price, total) in [
            ("0.575", "3.80", "2.19"),
            ("160", "0.0095", "1.52"),
            ("41.23", "1.659", "68.40"),
            ("1.100", "0.05", "0.06"),
            ("0.452", "29.99", "13.56"),
            ("0.575", "-3.80", "-2.19"),
        ] {
            let priced = line(quantity, Some(price), None).priced().unwrap();
            assert_eq!(priced.total_price.unwrap().to_string(), total, "{quantity} × {price}");
        }
        assert_eq!(line("1", None, None).priced().unwrap().total_price, None);
        let printed = line("2", Some("1.00"), Some("1.99")).priced().unwrap();
        assert_eq!(printed.total_price.unwrap().to_string(), "1.99", "the printed price counts");
        let refused = line("9999999.999", Some("99999999.9999"), None).priced();
        assert_eq!(refused.unwrap_err().code(), "too_large");
    }

    #[test]
    fn a_change_keeps_what_it_does_not_name() {
        let stored = ReceiptItem {
            id: Id::generate(),
            receipt_id: Id::generate(),
            product_id: Some(Id::generate()),
            category_id: None,
            product_name: Text::parse("Chleb").unwrap(),
            quantity: Decimal::parse("2").unwrap(),
            unit: Some(Unit::parse("szt").unwrap()),
            unit_price: Some(UnitPrice(Decimal::parse("4.50").unwrap())),
            total_price: Some(Decimal::parse("9.00").unwrap()),
            created_at: DateTime::UNIX_EPOCH,
            updated_at: DateTime::UNIX_EPOCH,
        };
        assert!(ReceiptItemChanges::default().is_empty());
        let same = stored.clone().with(ReceiptItemChanges::default());
        assert_eq!((same.unit, same.total_price), (stored.unit.clone(), stored.total_price));
        let changes = ReceiptItemChanges {
            quantity: Some(Decimal::parse("3").unwrap()),
            unit: Some(None),
            total_price: Some(None),
            ..ReceiptItemChanges::default()
        };
        let changed = stored.with(changes).priced().unwrap();
        assert_eq!((changed.unit, changed.total_price.unwrap().to_string()), (None, "13.50".to_owned()));
    }

    proptest! {
        #[test]
        fn a_price_of_one_is_written_with_the_decimals_it_needs(text in "-?[1-9][0-9]{0,7}\\.[0-9]{2}([0-9][1-9]|[1-9]|)") {
            let price = UnitPrice(Decimal::parse(&text).unwrap());
            prop_assert_eq!(price.to_string(), text);
        }
    }
}
