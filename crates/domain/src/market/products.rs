//! Products: what is for sale, until it is sold.

use chrono::{DateTime, SubsecRound as _, Utc};

use super::{Count, WallapopId};
use crate::decimal::{Decimal, DecimalError};
use crate::{Currency, Id, Invalid, Text};

closed_set! {
    /// How a product stands.
    ProductStatus, "product status" {
        /// It can be bought.
        Available = "available",
        /// It is kept for somebody.
        Reserved = "reserved",
        /// It is sold, and stays so.
        Sold = "sold",
        /// It is not shown.
        Inactive = "inactive",
    }
}

closed_set! {
    /// In what condition a product is.
    Condition, "condition" {
        /// Never used.
        New = "new",
        /// Used so little that it does not show.
        LikeNew = "like_new",
        /// Used, with slight marks.
        Good = "good",
        /// Used, with marks.
        Fair = "fair",
    }
}

/// A price in some currency: from 0.00 to 99999999.99.
pub type Price = Decimal<10, 2>;

/// Reads a price that is not below zero. Whether it [`fits`] its currency is another question, because a change may name one
/// without the other.
pub fn price(input: &str) -> Result<Price, DecimalError> {
    Price::parse(input)?.not_negative()
}

/// Refuses decimals in a currency that has none.
///
/// # Errors
/// [`DecimalError::TooManyDecimals`].
pub fn fits(price: Price, currency: Currency) -> Result<Price, DecimalError> {
    let digits = currency.minor_digits();
    let exact = price.to_bigdecimal().with_scale(digits.into()) == price.to_bigdecimal();
    if exact { Ok(price) } else { Err(DecimalError::TooManyDecimals { max: digits }) }
}

/// A product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Product {
    /// Its id.
    pub id: Id<Product>,
    /// The marketplace's id; unique among products that are not deleted.
    pub wallapop_id: WallapopId,
    /// What it is.
    pub title: Text<200>,
    /// What is said about it.
    pub description: Option<Text<2000>>,
    /// The asking price.
    pub price: Price,
    /// Its currency.
    pub currency: Currency,
    /// How it stands.
    pub status: ProductStatus,
    /// The marketplace's category.
    pub category: Option<Text<100>>,
    /// Where it can be had.
    pub location: Option<Text<100>>,
    /// In what condition it is.
    pub condition: Option<Condition>,
    /// How often it was looked at.
    pub views_count: Count,
    /// How many keep it as a favourite.
    pub favorites_count: Count,
    /// Since when it is for sale.
    pub listed_at: Option<DateTime<Utc>>,
    /// When it was sold: there exactly while it is.
    pub sold_at: Option<DateTime<Utc>>,
    /// Raised by every change; the ETag.
    pub row_version: i64,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

/// A product to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewProduct {
    /// The marketplace's id; unique among products that are not deleted.
    pub wallapop_id: WallapopId,
    /// What it is.
    pub title: Text<200>,
    /// What is said about it.
    pub description: Option<Text<2000>>,
    /// The asking price.
    pub price: Price,
    /// Its currency.
    pub currency: Currency,
    /// How it stands.
    pub status: ProductStatus,
    /// The marketplace's category.
    pub category: Option<Text<100>>,
    /// Where it can be had.
    pub location: Option<Text<100>>,
    /// In what condition it is.
    pub condition: Option<Condition>,
    /// How often it was looked at so far.
    pub views_count: Count,
    /// How many keep it as a favourite so far.
    pub favorites_count: Count,
    /// Since when it is for sale; where it is available, else from now.
    pub listed_at: Option<DateTime<Utc>>,
}

/// What to change of a product: `None` keeps, `Some(None)` clears.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ProductChanges {
    /// Another id of the marketplace's.
    pub wallapop_id: Option<WallapopId>,
    /// Another title.
    pub title: Option<Text<200>>,
    /// Another description, or none.
    pub description: Option<Option<Text<2000>>>,
    /// Another price.
    pub price: Option<Price>,
    /// Another currency.
    pub currency: Option<Currency>,
    /// Another status.
    pub status: Option<ProductStatus>,
    /// Another category, or none.
    pub category: Option<Option<Text<100>>>,
    /// Another place, or none.
    pub location: Option<Option<Text<100>>>,
    /// Another condition, or none.
    pub condition: Option<Option<Condition>>,
    /// The views as the marketplace counts them.
    pub views_count: Option<Count>,
    /// The favourites as the marketplace counts them.
    pub favorites_count: Option<Count>,
    /// Since when it is for sale.
    pub listed_at: Option<DateTime<Utc>>,
}

/// A listing as the marketplace has it: makes or changes the product of this id. What it does not name stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedRow {
    /// Of which product.
    pub wallapop_id: WallapopId,
    /// What is known of it. Its own `wallapop_id` is left alone.
    pub changes: ProductChanges,
}

/// Which products a list shows; what is absent does not restrict it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ProductFilter {
    /// In this status.
    pub status: Option<ProductStatus>,
    /// Of exactly this category.
    pub category: Option<Text<100>>,
    /// Of at least this price.
    pub min_price: Option<Price>,
    /// Of at most this price.
    pub max_price: Option<Price>,
}

/// Why a product cannot be changed so.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChangeError {
    /// A sold product keeps everything but its counters.
    #[error("the product is sold: only its counters can change")]
    Sold,
    /// What it would be breaks a rule.
    #[error(transparent)]
    Invalid(#[from] Invalid),
}

/// Since when a product is for sale: as given, else since it is first available.
pub fn listed_at(
    given: Option<DateTime<Utc>>,
    status: ProductStatus,
    now: DateTime<Utc>,
) -> Option<DateTime<Utc>> {
    // The database keeps microseconds.
    given.map(|at| at.trunc_subsecs(6)).or_else(|| (status == ProductStatus::Available).then_some(now))
}

impl NewProduct {
    /// A product of which nothing is known but these. It is available, in euros.
    pub fn new(wallapop_id: WallapopId, title: Text<200>, price: Price) -> Self {
        Self {
            wallapop_id,
            title,
            description: None,
            price,
            currency: Currency::EUR,
            status: ProductStatus::Available,
            category: None,
            location: None,
            condition: None,
            views_count: Count::MIN,
            favorites_count: Count::MIN,
            listed_at: None,
        }
    }
}

impl Product {
    /// The product once these changes are made; it equals this one where nothing differs.
    ///
    /// # Errors
    /// [`ChangeError::Sold`] when it is sold, and more than its counters differs; [`ChangeError::Invalid`] when the price
    /// does not fit the currency.
    pub fn with(&self, changes: ProductChanges, now: DateTime<Utc>) -> Result<Self, ChangeError> {
        let ProductChanges {
            wallapop_id,
            title,
            description,
            price,
            currency,
            status,
            category,
            location,
            condition,
            views_count,
            favorites_count,
            listed_at: listed,
        } = changes;
        let status = status.unwrap_or(self.status);
        let next = Self {
            wallapop_id: wallapop_id.unwrap_or_else(|| self.wallapop_id.clone()),
            title: title.unwrap_or_else(|| self.title.clone()),
            description: description.unwrap_or_else(|| self.description.clone()),
            price: price.unwrap_or(self.price),
            currency: currency.unwrap_or(self.currency),
            status,
            category: category.unwrap_or_else(|| self.category.clone()),
            location: location.unwrap_or_else(|| self.location.clone()),
            condition: condition.unwrap_or(self.condition),
            views_count: views_count.unwrap_or(self.views_count),
            favorites_count: favorites_count.unwrap_or(self.favorites_count),
            listed_at: listed_at(listed.or(self.listed_at), status, now),
            sold_at: (status == ProductStatus::Sold).then_some(self.sold_at.unwrap_or(now)),
            ..self.clone()
        };
        if self.status == ProductStatus::Sold && !next.differs_in_counters_alone(self) {
            return Err(ChangeError::Sold);
        }
        let mut fields = Invalid::collect();
        fields.take("/price", fits(next.price, next.currency));
        fields.finish()?;
        Ok(next)
    }

    fn differs_in_counters_alone(&self, other: &Self) -> bool {
        let counted =
            Self { views_count: self.views_count, favorites_count: self.favorites_count, ..other.clone() };
        counted == *self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    fn product(status: ProductStatus) -> Product {
        Product {
            id: Id::generate(),
            wallapop_id: Text::parse("12345").unwrap(),
            title: Text::parse("iPhone 13 Pro").unwrap(),
            description: None,
            price: price("650.0").unwrap(),
            currency: Currency::EUR,
            status,
            category: None,
            location: None,
            condition: Some(Condition::Good),
            views_count: Count::MIN,
            favorites_count: Count::MIN,
            listed_at: None,
            sold_at: (status == ProductStatus::Sold).then_some(at(1)),
            row_version: 1,
            created_at: at(0),
            updated_at: at(0),
        }
    }

    fn to(status: ProductStatus) -> ProductChanges {
        ProductChanges { status: Some(status), ..ProductChanges::default() }
    }

    #[test]
    fn a_price_is_not_below_zero_and_fits_its_currency() {
        let yen = Currency::parse("JPY").unwrap();
        assert_eq!(price("650.0").unwrap().to_string(), "650.00");
        assert_eq!(price("-0.01"), Err(DecimalError::Negative));
        assert!(price("100000000").is_err() && price("0").is_ok());
        assert_eq!(fits(price("10.50").unwrap(), yen), Err(DecimalError::TooManyDecimals { max: 0 }));
        assert!(
            fits(price("10.00").unwrap(), yen).is_ok() && fits(price("9.99").unwrap(), Currency::EUR).is_ok()
        );
    }

    #[test]
    fn a_price_is_checked_with_the_currency_that_it_is_in_then() {
        let yen = Some(Currency::parse("JPY").unwrap());
        let odd =
            ProductChanges { price: Some(price("10.50").unwrap()), currency: yen, ..Default::default() };
        let Err(ChangeError::Invalid(invalid)) = product(ProductStatus::Available).with(odd, at(5)) else {
            panic!("decimals in yen");
        };
        assert_eq!(invalid.violations()[0].pointer, "/price");
    }

    #[test]
    fn a_product_is_listed_when_it_is_first_available() {
        let hidden = product(ProductStatus::Inactive);
        assert_eq!(hidden.with(to(ProductStatus::Reserved), at(5)).unwrap().listed_at, None);
        let shown = hidden.with(to(ProductStatus::Available), at(5)).unwrap();
        assert_eq!(shown.listed_at, Some(at(5)));
        let again = shown.with(to(ProductStatus::Inactive), at(6)).unwrap();
        assert_eq!(again.with(to(ProductStatus::Available), at(7)).unwrap().listed_at, Some(at(5)));
        let given = ProductChanges { listed_at: Some(at(2)), ..ProductChanges::default() };
        assert_eq!(shown.with(given, at(8)).unwrap().listed_at, Some(at(2)));
    }

    #[test]
    fn a_sale_is_final_and_has_its_time() {
        let sold = product(ProductStatus::Reserved).with(to(ProductStatus::Sold), at(9)).unwrap();
        assert_eq!(sold.sold_at, Some(at(9)));
        for &status in ProductStatus::ALL {
            let outcome = sold.with(to(status), at(10));
            if status == ProductStatus::Sold {
                assert_eq!(outcome.unwrap(), sold, "nothing differs");
            } else {
                assert_eq!(outcome, Err(ChangeError::Sold));
            }
        }
        let looked = ProductChanges { views_count: Some(Count::new(7).unwrap()), ..Default::default() };
        assert_eq!(sold.with(looked, at(10)).unwrap().views_count.get(), 7);
        let renamed = ProductChanges { title: Some(Text::parse("iPhone").unwrap()), ..Default::default() };
        assert_eq!(sold.with(renamed, at(10)), Err(ChangeError::Sold));
    }

    proptest! {
        #[test]
        fn a_product_has_a_time_of_sale_exactly_while_it_is_sold(
            steps in prop::collection::vec(0..ProductStatus::ALL.len(), 0..8),
        ) {
            let mut product = product(ProductStatus::Inactive);
            for (n, step) in steps.into_iter().enumerate() {
                let before = product.clone();
                let status = ProductStatus::ALL[step];
                match product.with(to(status), at(n as i64)) {
                    Ok(next) => product = next,
                    Err(error) => {
                        prop_assert_eq!(error, ChangeError::Sold);
                        prop_assert_eq!(before.status, ProductStatus::Sold);
                    }
                }
                prop_assert_eq!(product.sold_at.is_some(), product.status == ProductStatus::Sold);
                prop_assert!(product.status != ProductStatus::Available || product.listed_at.is_some());
            }
        }
    }
}
