//! Bills in bulk.

use repository::Tx;
use repository::domain::split::{Bill, BillChanges, NewBill};
use repository::domain::{Id, Invalid};
use serde::Deserialize;
use serde::de::IgnoredAny;
use service::split::batch;
use utoipa::ToSchema;

use super::requests::{CreateBill, ItemInput, UpdateBill};
use crate::http::batch::{Asked, BatchBody, Sorted, sort};
use crate::http::input::fields::required;
use crate::http::input::{DecimalText, Patch, present, present_objects};
use crate::http::{ApiResult, Change, Routes, Rows, Shown, add_routes};
use crate::split::SplitWrite;

pub(super) fn routes(routes: &mut Routes) {
    add_routes!(routes, "split bills": store_bills);
}

/// A bill to be made or, with an `id`, to be changed: then what is absent stays, and null clears.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "user_id": "00000000-0000-7000-8000-000000000000", "total_amount": "100.00", "merchant": "Karim's"
}))]
struct BillRow {
    /// The bill to change; none for a new one.
    #[schema(value_type = Option<Uuid>)]
    id: Option<String>,
    /// Who paid it. Required for a new one; cannot be changed.
    #[schema(value_type = Option<Uuid>)]
    user_id: Option<String>,
    /// Required for a new one. That of a bill that is split cannot be changed here.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<DecimalText>)]
    total_amount: Patch<DecimalText>,
    /// ISO 4217; INR when absent from a new one.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, example = "INR")]
    currency: Patch<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 2000)]
    description: Patch<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 200)]
    merchant: Patch<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<NaiveDate>)]
    bill_date: Patch<String>,
    #[serde(default, deserialize_with = "present_objects")]
    #[schema(value_type = Option<Vec<ItemInput>>)]
    items: Patch<Vec<ItemInput>>,
    /// Known, so that it can be told where it belongs.
    #[schema(ignore)]
    split: Option<IgnoredAny>,
}

type AskedBill = Asked<NewBill, (Id<Bill>, BillChanges)>;

impl BillRow {
    fn read(self) -> Result<AskedBill, Invalid> {
        let mut fields = Invalid::collect();
        if self.split.is_some() {
            let detail =
                "bills of a batch are not split: store this one, then PUT /v1/split/bills/{id}/split";
            fields.add("/split", "not_in_a_batch", detail);
        }
        match self.id {
            None => self.read_new(fields).map(Asked::New),
            Some(_) => self.read_change(fields).map(Asked::Change),
        }
    }

    fn read_new(self, mut fields: Invalid) -> Result<NewBill, Invalid> {
        let user_id = required(&mut fields, "/user_id", Some(self.user_id));
        let total_amount = required(&mut fields, "/total_amount", self.total_amount);
        let create = fields.build(|| {
            Some(CreateBill {
                user_id: user_id?,
                total_amount: total_amount?,
                currency: self.currency.flatten(),
                description: self.description.flatten(),
                merchant: self.merchant.flatten(),
                bill_date: self.bill_date.flatten(),
                items: self.items.flatten(),
                split: None,
            })
        });
        create?.read().map(|(new, _)| new)
    }

    fn read_change(self, mut fields: Invalid) -> Result<(Id<Bill>, BillChanges), Invalid> {
        let id = fields.take("/id", self.id.unwrap_or_default().parse());
        if self.user_id.is_some() {
            fields.add("/user_id", "cannot_change", "a bill stays its user's: leave this field out");
        }
        let update = UpdateBill {
            total_amount: self.total_amount,
            currency: self.currency,
            description: self.description,
            merchant: self.merchant,
            bill_date: self.bill_date,
            items: self.items,
            split: None,
        };
        let changes = fields.take("", update.read());
        fields.build(|| Some((id?, changes?.0)))
    }
}

/// Makes and changes many bills: a JSON array, or NDJSON, of at most 10,000 rows and 16 MiB.
///
/// Valid rows are stored, all of them or none; the result says what became of each. Bills are made without shares, and
/// those that are split keep theirs. One row of a batch may change a bill.
#[utoipa::path(post, path = "/v1/split/bills/batch")]
async fn store_bills(change: Change<SplitWrite>, rows: Rows<BillRow>) -> ApiResult<Shown<BatchBody>> {
    let Sorted { new, changes, places } = sort(rows, BillRow::read).await?;
    let store = move |tx: &mut Tx<'_>| -> service::Result<_> {
        let created = batch::create_bills(tx, &new)?;
        Ok((created, batch::update_bills(tx, &changes)?))
    };
    let answer = move |(created, updated)| Shown(BatchBody::of(&places, created, updated));
    change.write_as("split.store_bills", store, answer).await
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::http::input::decode;

    const ID: &str = "00000000-0000-7000-8000-000000000001";

    fn read(row: Value) -> Result<AskedBill, Vec<(String, &'static str)>> {
        let read = decode::json::<BillRow>(row.to_string().as_bytes()).unwrap().read();
        read.map_err(|invalid| invalid.violations().iter().map(|v| (v.pointer.clone(), v.code)).collect())
    }

    #[test]
    fn a_row_with_an_id_is_a_change_and_one_without_is_new() {
        let Ok(Asked::New(new)) = read(json!({"user_id": ID, "total_amount": 10.50, "merchant": null}))
        else {
            panic!()
        };
        assert_eq!((new.total_amount.to_string().as_str(), new.merchant), ("10.50", None));
        let Ok(Asked::Change((_, changes))) = read(json!({"id": ID, "merchant": null})) else { panic!() };
        assert_eq!((changes.merchant, changes.total_amount), (Some(None), None));
    }

    #[test]
    fn what_does_not_belong_in_a_batch_is_named() {
        let wrong = |row: Value| read(row).err().unwrap();
        let split = json!({"user_id": ID, "total_amount": "1", "split": {"mode": "equal"}});
        assert_eq!(wrong(split), [("/split".to_owned(), "not_in_a_batch")]);
        assert_eq!(wrong(json!({"id": ID, "user_id": ID})), [("/user_id".to_owned(), "cannot_change")]);
        let missing = ["/user_id", "/total_amount"].map(|pointer| (pointer.to_owned(), "missing"));
        assert_eq!(wrong(json!({})), missing);
        assert_eq!(wrong(json!({"id": "x"})), [("/id".to_owned(), "invalid_id")]);
    }
}
