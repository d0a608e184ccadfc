//! Receipts: what was bought where, as it was printed.

use bigdecimal::BigDecimal;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::receipt_items::{NewReceiptItem, ReceiptItem};
use super::{Conversation, Details, User};
use crate::{Confidence, Day, Decimal, Folded, Id, JsonObject, SignedAmount, Text};

/// An amount of a receipt: at most 99,999,999.99 and two decimals; below zero it is a return or a discount. Its currency is
/// not kept.
pub type ReceiptAmount = Decimal<10, 2>;

/// A receipt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// Its id.
    pub id: Id<Receipt>,
    /// Whose receipt this is.
    pub user_id: Id<User>,
    /// The conversation in which it was sent, one of the same user's.
    pub conversation_id: Option<Id<Conversation>>,
    /// The shop, as the receipt writes it.
    pub store_name: Option<Text<255>>,
    /// What was paid; below zero where something was returned.
    pub total_amount: Option<ReceiptAmount>,
    /// The day on which it was bought.
    pub purchase_date: Option<Day>,
    /// When the receipt came in.
    pub receipt_date: DateTime<Utc>,
    /// Where its picture is; never opened here.
    pub image_path: Option<Text<500>>,
    /// How sure the reading of the picture is.
    pub ocr_confidence: Option<Confidence>,
    /// What the agent keeps with it. The key [`WARNINGS`] is kept by [`with_warnings`].
    pub metadata: Details,
    /// When its items were put into the pantry.
    pub stocked_at: Option<DateTime<Utc>>,
    /// Raised by every change of it or its items; the ETag.
    pub row_version: i64,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

/// A receipt with its items, in the order given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WholeReceipt {
    /// The receipt.
    pub receipt: Receipt,
    /// Its lines.
    pub items: Vec<ReceiptItem>,
}

/// A receipt as lists show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceiptSummary {
    /// The receipt.
    pub receipt: Receipt,
    /// How many items it has.
    pub item_count: i64,
}

/// A receipt to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewReceipt {
    /// Whose receipt this will be.
    pub user_id: Id<User>,
    /// The conversation in which it was sent.
    pub conversation_id: Option<Id<Conversation>>,
    /// The shop.
    pub store_name: Option<Text<255>>,
    /// What was paid.
    pub total_amount: Option<ReceiptAmount>,
    /// The day on which it was bought.
    pub purchase_date: Option<Day>,
    /// When the receipt came in; now, where it is not said.
    pub receipt_date: Option<DateTime<Utc>>,
    /// Where its picture is.
    pub image_path: Option<Text<500>>,
    /// How sure the reading of the picture is.
    pub ocr_confidence: Option<Confidence>,
    /// What the agent keeps with it.
    pub metadata: Details,
    /// Its lines, at most [`MOST_ITEMS`].
    pub items: Vec<NewReceiptItem>,
}

/// What to change of a receipt: `None` keeps, `Some(None)` clears.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReceiptChanges {
    /// Another conversation, or none.
    pub conversation_id: Option<Option<Id<Conversation>>>,
    /// Another shop, or none.
    pub store_name: Option<Option<Text<255>>>,
    /// Another total, or none.
    pub total_amount: Option<Option<ReceiptAmount>>,
    /// Another day, or none.
    pub purchase_date: Option<Option<Day>>,
    /// Another time.
    pub receipt_date: Option<DateTime<Utc>>,
    /// Another picture, or none.
    pub image_path: Option<Option<Text<500>>>,
    /// Another reading, or none.
    pub ocr_confidence: Option<Option<Confidence>>,
    /// What the agent keeps with it instead.
    pub metadata: Option<Details>,
    /// Lines in place of all there are.
    pub items: Option<Vec<NewReceiptItem>>,
}

impl ReceiptChanges {
    /// Whether nothing is to change.
    pub fn is_empty(&self) -> bool {
        self == &Self::default()
    }
}

/// Which receipts a list shows; what is absent does not restrict it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReceiptFilter {
    /// Bought on this day or after. With this or `end`, receipts without a day are left out.
    pub start: Option<Day>,
    /// Bought on this day or before.
    pub end: Option<Day>,
    /// From this shop, in any case.
    pub store: Option<Folded>,
}

/// How many items a receipt may have.
pub const MOST_ITEMS: usize = 500;

/// The key of `metadata` that says what looks wrong about a receipt.
pub const WARNINGS: &str = "warnings";

/// The metadata of a receipt with its warnings: none but where the total and the prices of all items are known, and do not
/// add up. What stood under [`WARNINGS`] goes.
#[must_use]
pub fn with_warnings(
    metadata: Details,
    total: Option<ReceiptAmount>,
    prices: &[Option<ReceiptAmount>],
) -> Details {
    let mut fields = metadata.into_object().into_fields();
    fields.remove(WARNINGS);
    if let Some(difference) = difference(total, prices).filter(|difference| !difference.is_zero()) {
        let warning = json!({"code": "items_do_not_add_up", "difference": difference.to_string()});
        fields.insert(WARNINGS.to_owned(), Value::Array(vec![warning]));
    }
    Details::from_trusted(JsonObject::from(fields))
}

/// By how much the items exceed the total; none where one of these is unknown, or there are no items.
fn difference(total: Option<ReceiptAmount>, prices: &[Option<ReceiptAmount>]) -> Option<SignedAmount> {
    let known: Vec<BigDecimal> =
        prices.iter().map(|price| price.map(Decimal::to_bigdecimal)).collect::<Option<_>>()?;
    let total = total.filter(|_| !known.is_empty())?.to_bigdecimal();
    SignedAmount::from_bigdecimal(&(known.iter().sum::<BigDecimal>() - total)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn amount(text: &str) -> ReceiptAmount {
        Decimal::parse(text).unwrap()
    }

    fn warned(metadata: &str, total: Option<&str>, prices: &[Option<&str>]) -> String {
        let prices: Vec<_> = prices.iter().map(|price| price.map(amount)).collect();
        let metadata = Details::from_trusted(crate::json::from_trusted(metadata).unwrap());
        serde_json::to_string(&with_warnings(metadata, total.map(amount), &prices)).unwrap()
    }

    #[test]
    fn items_that_do_not_add_up_are_told_with_the_difference() {
        let warning = |difference: &str| {
            format!(r#"{{"warnings":[{{"code":"items_do_not_add_up","difference":"{difference}"}}]}}"#)
        };
        assert_eq!(warned("{}", Some("18.00"), &[Some("13.56"), Some("4.50")]), warning("0.06"));
        assert_eq!(warned("{}", Some("18.10"), &[Some("13.56"), Some("4.50")]), warning("-0.04"));
        assert_eq!(warned("{}", Some("18.06"), &[Some("13.56"), Some("4.50")]), "{}");
        assert_eq!(warned("{}", Some("8.99"), &[Some("10.99"), Some("-2.00")]), "{}", "a coupon counts");
        assert_eq!(warned("{}", Some("-10.99"), &[Some("-10.99")]), "{}", "a return adds up");
    }

    #[test]
    fn what_is_not_known_does_not_warn() {
        assert_eq!(warned("{}", None, &[Some("1.00")]), "{}");
        assert_eq!(warned("{}", Some("9.00"), &[Some("1.00"), None]), "{}");
        assert_eq!(warned("{}", Some("9.00"), &[]), "{}", "its items were not read");
    }

    #[test]
    fn the_key_of_the_warnings_is_ours_and_the_others_stay() {
        let sent = r#"{"a":0.10,"warnings":"none"}"#;
        assert_eq!(warned(sent, None, &[]), r#"{"a":0.10}"#);
        assert!(warned(sent, Some("1"), &[Some("2")]).contains(r#""difference":"1.00""#));
    }

    proptest! {
        #[test]
        fn five_hundred_of_the_largest_prices_are_summed_exactly(count in 1..=MOST_ITEMS, negative in any::<bool>()) {
            let most = ReceiptAmount::MAX;
            let price = if negative { ReceiptAmount::ZERO.checked_sub(most).unwrap() } else { most };
            let found = difference(Some(ReceiptAmount::ZERO), &vec![Some(price); count]).unwrap();
            let expected = 9_999_999_999_i64 * i64::try_from(count).unwrap();
            prop_assert_eq!(found.to_bigdecimal(), BigDecimal::new((if negative { -expected } else { expected }).into(), 2));
        }
    }
}
