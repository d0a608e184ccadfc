//! What a household spent within some days.

use bigdecimal::{BigDecimal, RoundingMode};
use serde::Serialize;

use super::Category;
use crate::{Id, SignedAmount};

closed_set! {
    /// What spending is broken down by.
    SpendingBy, "breakdown" {
        /// By shop.
        Store = "store",
        /// By month.
        Month = "month",
        /// By category of what was bought.
        Category = "category",
    }
}

/// What was spent.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Spending {
    /// The totals of all receipts together; returns count below zero.
    pub total_spent: SignedAmount,
    /// Receipts, those without a total too.
    pub receipt_count: i64,
    /// What a receipt comes to that has a total; nothing where none has.
    pub avg_receipt: SignedAmount,
}

impl Spending {
    /// Works out the average. `with_total` counts the receipts that have a total.
    pub fn of(total_spent: SignedAmount, receipt_count: i64, with_total: i64) -> Self {
        let average = total_spent.to_bigdecimal() / BigDecimal::from(with_total.max(1));
        let rounded = average.with_scale_round(2, RoundingMode::HalfUp);
        // It has two decimals, and is no larger than the sum.
        let avg_receipt = SignedAmount::from_bigdecimal(&rounded).unwrap_or(total_spent);
        Self { total_spent, receipt_count, avg_receipt }
    }
}

/// What was spent, broken down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SpendingGroups {
    /// By shop: the most spent first, then by name.
    Stores(Vec<StoreSpending>),
    /// By month in which there are receipts, the earliest first.
    Months(Vec<MonthSpending>),
    /// By category, the most spent first, then by name. The prices of items need not add up to the totals of receipts.
    Categories(Vec<CategorySpending>),
}

/// What was spent in one shop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StoreSpending {
    /// The shop, as its newest receipt writes it; none for receipts without one.
    pub store_name: Option<String>,
    /// The totals of its receipts.
    pub total_spent: SignedAmount,
    /// How many receipts there are.
    pub receipt_count: i64,
}

/// What was spent in one month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MonthSpending {
    /// The month: `2026-11`.
    pub month: String,
    /// The totals of its receipts.
    pub total_spent: SignedAmount,
    /// How many receipts there are.
    pub receipt_count: i64,
}

/// What was spent on one category.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CategorySpending {
    /// The category; none for items that have none.
    pub category_id: Option<Id<Category>>,
    /// Its name.
    pub name: Option<String>,
    /// The prices of its items.
    pub total_spent: SignedAmount,
    /// How many items there are.
    pub item_count: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_average_is_of_receipts_that_have_a_total() {
        let of = |sum: &str, receipts, with_total| {
            let spending = Spending::of(SignedAmount::parse(sum).unwrap(), receipts, with_total);
            (spending.receipt_count, spending.avg_receipt.to_string())
        };
        assert_eq!(of("175.31", 4, 3), (4, "58.44".to_owned()));
        assert_eq!(of("0.01", 2, 2), (2, "0.01".to_owned()), "half up");
        assert_eq!(of("-2.00", 2, 2), (2, "-1.00".to_owned()));
        assert_eq!(of("0", 1, 0), (1, "0.00".to_owned()));
        assert_eq!(Spending::of(SignedAmount::ZERO, 0, 0), Spending::default());
    }
}
