//! What bills are made and changed by, and listed for.

use repository::domain::split::division::SplitInput;
use repository::domain::split::{BillChanges, BillFilter, Item, NewBill, Split};
use repository::domain::{Amount, Currency, Day, DayLimit, Invalid, Text};
use serde::Deserialize;
use service::split::sharing;
use utoipa::{IntoParams, ToSchema};

use crate::http::input::fields::{changed, replaced};
use crate::http::input::{DecimalText, Patch, optional_object, optional_objects, present, present_objects};
use crate::split::schema;
use crate::split::sharing::Division;

/// A bill to be made, with a split where it is known already.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "user_id": "00000000-0000-7000-8000-000000000000", "total_amount": "100.00", "currency": "INR",
    "description": "Dinner", "merchant": "Karim's", "bill_date": "2026-11-20",
    "items": [{"name": "Mutton burra", "amount": "60.00", "quantity": 1}, {"name": "Roti", "amount": "40.00", "quantity": 4}],
    "split": {"mode": "equal", "participants": [
        {"contact_id": "00000000-0000-7000-8000-000000000001"}, {"contact_id": "00000000-0000-7000-8000-000000000002"}
    ]}
}))]
pub(super) struct CreateBill {
    /// Who paid it and is owed the shares.
    #[schema(value_type = Uuid)]
    pub(super) user_id: String,
    /// Above zero, with no more decimals than the currency has.
    pub(super) total_amount: DecimalText,
    /// ISO 4217, in any case; INR when absent.
    #[schema(example = "INR")]
    pub(super) currency: Option<String>,
    /// At most 2,000 characters.
    #[schema(max_length = 2000)]
    pub(super) description: Option<String>,
    /// At most 200 characters.
    #[schema(max_length = 200)]
    pub(super) merchant: Option<String>,
    /// The day on which it was paid. Of a time with an offset, its day there.
    #[schema(value_type = Option<NaiveDate>)]
    pub(super) bill_date: Option<String>,
    /// Its lines. Where there are none, an item-wise split brings them.
    #[serde(default, deserialize_with = "optional_objects")]
    pub(super) items: Option<Vec<ItemInput>>,
    #[serde(default, deserialize_with = "optional_object")]
    pub(super) split: Option<Division>,
}

impl CreateBill {
    pub(super) fn read(self) -> Result<(NewBill, Option<Split>), Invalid> {
        let mut fields = Invalid::collect();
        let user_id = fields.take("/user_id", self.user_id.parse());
        let currency = fields.take_optional("/currency", self.currency.as_deref().map(Currency::parse));
        // A wrong currency is reported, and the amounts are judged by the default one, which has most decimals.
        let currency = currency.flatten().unwrap_or_default();
        let total_amount =
            fields.take("/total_amount", Amount::parse_positive(self.total_amount.as_str(), currency));
        let description = fields.take_optional("/description", self.description.as_deref().map(Text::parse));
        let merchant = fields.take_optional("/merchant", self.merchant.as_deref().map(Text::parse));
        let bill_date = fields.take_optional("/bill_date", self.bill_date.as_deref().map(Day::parse));
        let mut items = fields.take("/items", read_items(self.items.unwrap_or_default(), currency));
        let split = self.split.map(SplitInput::from);
        let parts = fields.take_optional("/split", split.as_ref().map(|split| split.check(currency)));
        if let (Some([]), Some(split), Some(_)) = (items.as_deref(), &split, &parts) {
            items = fields.take("/split", sharing::items_of(split, currency));
        }
        fields.build(|| {
            let new = NewBill {
                user_id: user_id?,
                total_amount: total_amount?,
                currency,
                description: description?,
                merchant: merchant?,
                bill_date: bill_date?,
                items: items?,
            };
            Some((new, parts?))
        })
    }
}

/// A line of a bill.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ItemInput {
    #[schema(max_length = 200, example = "Masala dosa")]
    name: String,
    /// The line's total, above zero.
    amount: DecimalText,
    /// 1 when absent.
    #[schema(minimum = 1)]
    quantity: Option<i64>,
}

fn read_items(items: Vec<ItemInput>, currency: Currency) -> Result<Vec<Item>, Invalid> {
    let mut fields = Invalid::collect();
    let read = items.into_iter().enumerate().filter_map(|(n, item)| {
        let ItemInput { name, amount, quantity } = item;
        fields.take(&format!("/{n}"), Item::parse(&name, amount.as_str(), quantity, currency))
    });
    let read = read.collect();
    fields.finish()?;
    Ok(read)
}

/// What to change of a bill. What is absent stays; null clears.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"description": "Dinner at Karim's", "merchant": null}))]
pub(super) struct UpdateBill {
    /// A bill that is split needs a new `split` with it. Cannot be cleared.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<DecimalText>)]
    pub(super) total_amount: Patch<DecimalText>,
    /// A bill that is split needs a new `split` with it. Cannot be cleared.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, example = "INR")]
    pub(super) currency: Patch<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 2000)]
    pub(super) description: Patch<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 200)]
    pub(super) merchant: Patch<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<NaiveDate>)]
    pub(super) bill_date: Patch<String>,
    /// All lines anew.
    #[serde(default, deserialize_with = "present_objects")]
    #[schema(value_type = Option<Vec<ItemInput>>)]
    pub(super) items: Patch<Vec<ItemInput>>,
    /// All shares anew.
    #[serde(default, deserialize_with = "optional_object")]
    pub(super) split: Option<Division>,
}

impl UpdateBill {
    /// Amounts are read in the currency that is given; whether they fit the one the bill will have is seen with the bill.
    pub(super) fn read(self) -> Result<(BillChanges, Option<SplitInput>), Invalid> {
        let mut fields = Invalid::collect();
        let currency = replaced(&mut fields, "/currency", self.currency, |text| Currency::parse(&text));
        let assumed = currency.unwrap_or_default();
        let total = |text: DecimalText| Amount::parse_positive(text.as_str(), assumed);
        let changes = BillChanges {
            total_amount: replaced(&mut fields, "/total_amount", self.total_amount, total),
            currency,
            description: changed(&mut fields, "/description", self.description, |text| Text::parse(&text)),
            merchant: changed(&mut fields, "/merchant", self.merchant, |text| Text::parse(&text)),
            bill_date: changed(&mut fields, "/bill_date", self.bill_date, |text| Day::parse(&text)),
            items: changed(&mut fields, "/items", self.items, |items| read_items(items, assumed))
                .map(Option::unwrap_or_default),
        };
        fields.finish()?;
        Ok((changes, self.split.map(SplitInput::from)))
    }
}

/// Which bills.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct ListBills {
    /// Of this status.
    #[param(value_type = Option<schema::BillStatus>)]
    status: Option<String>,
    /// Of this day or after. A bill without a date counts by the time it was made, in days of UTC; for the days of another
    /// place give its midnight: `2026-11-20T00:00:00+05:30`.
    #[param(value_type = Option<String>, example = "2026-11-20")]
    from: Option<String>,
    /// Of a day before this one.
    #[param(value_type = Option<String>, example = "2026-11-21")]
    to: Option<String>,
    /// Of at least this total.
    #[param(value_type = Option<DecimalText>)]
    min_amount: Option<String>,
    /// Of at most this total.
    #[param(value_type = Option<DecimalText>)]
    max_amount: Option<String>,
    /// Paid to this merchant, in any case.
    merchant: Option<String>,
}

impl ListBills {
    pub(super) fn filter(&self) -> Result<BillFilter, Invalid> {
        let mut fields = Invalid::collect();
        let status = fields.take_optional("/status", self.status.as_deref().map(str::parse));
        let from = fields.take_optional("/from", self.from.as_deref().map(DayLimit::from));
        let to = fields.take_optional("/to", self.to.as_deref().map(DayLimit::until));
        let min_amount = fields.take_optional("/min_amount", self.min_amount.as_deref().map(Amount::parse));
        let max_amount = fields.take_optional("/max_amount", self.max_amount.as_deref().map(Amount::parse));
        let merchant = fields.take_optional("/merchant", self.merchant.as_deref().map(Text::parse));
        fields.build(|| {
            Some(BillFilter {
                status: status?,
                from: from?,
                to: to?,
                min_amount: min_amount?,
                max_amount: max_amount?,
                merchant: merchant?,
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::http::input::decode;

    type Violations = Vec<(String, &'static str)>;

    fn create(body: serde_json::Value) -> Result<(NewBill, Option<Split>), Violations> {
        let read = decode::json::<CreateBill>(body.to_string().as_bytes()).unwrap().read();
        read.map_err(|invalid| invalid.violations().iter().map(|v| (v.pointer.clone(), v.code)).collect())
    }

    const ID: &str = "00000000-0000-7000-8000-000000000001";

    #[test]
    fn every_wrong_field_is_named_in_one_answer() {
        let wrong = create(json!({
            "user_id": "x", "total_amount": 10.123, "currency": "ZZZ", "merchant": " ", "bill_date": "yesterday",
            "items": [{"name": "Tea", "amount": "10"}, {"name": "", "amount": "-1", "quantity": 0}],
            "split": {"mode": "exact", "participants": [{"contact_id": ID}], "tip": "1"},
        }));
        let expected = [
            ("/user_id", "invalid_id"),
            ("/currency", "unknown_currency"),
            ("/total_amount", "too_many_decimals"),
            ("/merchant", "empty"),
            ("/bill_date", "invalid_date"),
            ("/items/1/name", "empty"),
            ("/items/1/amount", "not_positive"),
            ("/items/1/quantity", "out_of_range"),
            ("/split/tip", "not_in_this_mode"),
            ("/split/participants/0/amount", "required"),
        ];
        assert_eq!(wrong.unwrap_err(), expected.map(|(pointer, code)| (pointer.to_owned(), code)));
    }

    #[test]
    fn amounts_are_judged_by_the_currency() {
        let bill = |total: &str| create(json!({"user_id": ID, "total_amount": total, "currency": "jpy"}));
        assert_eq!(bill("10.50").unwrap_err(), [("/total_amount".to_owned(), "too_many_decimals")]);
        let (new, split) = bill("10.00").unwrap();
        assert_eq!(
            (new.currency.code(), new.total_amount.to_string(), split),
            ("JPY", "10.00".to_owned(), None)
        );
    }

    #[test]
    fn the_items_of_a_split_are_those_of_a_bill_that_names_none() {
        let bill = |items: serde_json::Value| {
            let dosa =
                json!([{"name": "Dosa", "amount": 100, "quantity": 2, "contact_ids": [ID, "organiser"]}]);
            let split = json!({"mode": "items", "items": dosa});
            let read = create(json!({"user_id": ID, "total_amount": 100, "items": items, "split": split}));
            read.unwrap().0.items.iter().map(|item| item.name.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(bill(json!(null)), ["Dosa"]);
        assert_eq!(bill(json!([])), ["Dosa"]);
        assert_eq!(bill(json!([{"name": "Lunch", "amount": 100}])), ["Lunch"]);
    }

    #[test]
    fn a_patch_tells_what_it_keeps_from_what_it_clears() {
        let read =
            |body: serde_json::Value| decode::json::<UpdateBill>(body.to_string().as_bytes()).unwrap().read();
        assert!(read(json!({})).unwrap().0.is_empty());
        let (changes, _) = read(json!({"merchant": null, "items": null, "description": "Lunch"})).unwrap();
        assert_eq!((changes.merchant, changes.items), (Some(None), Some(Vec::new())));
        assert_eq!(changes.description.flatten().unwrap().as_str(), "Lunch");
        let refused = read(json!({"total_amount": null, "currency": null})).unwrap_err();
        let pointers: Vec<_> = refused.violations().iter().map(|v| (v.pointer.as_str(), v.code)).collect();
        assert_eq!(pointers, [("/currency", "not_null"), ("/total_amount", "not_null")]);
    }
}
