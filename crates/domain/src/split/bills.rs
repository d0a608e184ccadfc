//! Bills: what was paid together, and how far it has been paid back.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Participant, User};
use crate::money::AmountError;
use crate::{Amount, Currency, Day, DayLimit, Id, Invalid, SignedAmount, Text};

closed_set! {
    /// Where a bill stands.
    BillStatus, "bill status" {
        /// Shares are open.
        Active = "active",
        /// Every share is confirmed.
        Completed = "completed",
        /// Called off.
        Cancelled = "cancelled",
    }
}

/// A bill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bill {
    /// Its id.
    pub id: Id<Bill>,
    /// Who paid it and is owed the shares.
    pub user_id: Id<User>,
    /// What it came to, above zero.
    pub total_amount: Amount,
    /// The currency of every amount in it.
    pub currency: Currency,
    /// What it was for.
    pub description: Option<Text<2000>>,
    /// Who was paid.
    pub merchant: Option<Text<200>>,
    /// The day on which it was paid.
    pub bill_date: Option<Day>,
    /// Where it stands.
    pub status: BillStatus,
    /// The lines of the bill, where they were read.
    pub items: Vec<Item>,
    /// Raised by every change; the ETag.
    pub row_version: i64,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

impl Bill {
    /// What people call it: its description, else its merchant.
    pub fn title(&self) -> Option<&str> {
        let merchant = || self.merchant.as_ref().map(Text::as_str);
        self.description.as_ref().map(Text::as_str).or_else(merchant)
    }

    /// The bill with the given fields changed.
    #[must_use]
    pub fn with(self, changes: BillChanges) -> Self {
        let BillChanges { total_amount, currency, description, merchant, bill_date, items } = changes;
        Self {
            total_amount: total_amount.unwrap_or(self.total_amount),
            currency: currency.unwrap_or(self.currency),
            description: description.unwrap_or(self.description),
            merchant: merchant.unwrap_or(self.merchant),
            bill_date: bill_date.unwrap_or(self.bill_date),
            items: items.unwrap_or(self.items),
            ..self
        }
    }
}

/// A bill to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewBill {
    /// Who paid it.
    pub user_id: Id<User>,
    /// What it came to, above zero and with no more decimals than the currency has.
    pub total_amount: Amount,
    /// The currency of every amount in it.
    pub currency: Currency,
    /// What it was for.
    pub description: Option<Text<2000>>,
    /// Who was paid.
    pub merchant: Option<Text<200>>,
    /// The day on which it was paid.
    pub bill_date: Option<Day>,
    /// The lines of the bill.
    pub items: Vec<Item>,
}

/// What to change of a bill: `None` keeps, `Some(None)` clears. The status changes by
/// [`BillStatus::complete`], [`BillStatus::cancel`] and [`BillStatus::reopen`] only.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BillChanges {
    /// A new total.
    pub total_amount: Option<Amount>,
    /// A new currency.
    pub currency: Option<Currency>,
    /// A new description, or none.
    pub description: Option<Option<Text<2000>>>,
    /// A new merchant, or none.
    pub merchant: Option<Option<Text<200>>>,
    /// A new date, or none.
    pub bill_date: Option<Option<Day>>,
    /// New lines; an empty list clears them.
    pub items: Option<Vec<Item>>,
}

impl BillChanges {
    /// Whether nothing is to change.
    pub fn is_empty(&self) -> bool {
        self == &Self::default()
    }
}

/// One line of a bill. This is also how a line is stored in `items_data`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// What it was.
    pub name: Text<200>,
    /// The line's total, above zero.
    pub amount: Amount,
    /// How many; 1 or more.
    pub quantity: u32,
}

impl Item {
    /// Reads a line, naming everything that is wrong with it. Without a quantity it is one.
    pub fn parse(
        name: &str,
        amount: &str,
        quantity: Option<i64>,
        currency: Currency,
    ) -> Result<Self, Invalid> {
        let mut fields = Invalid::collect();
        let name = fields.take("/name", Text::parse(name));
        let amount = fields.take("/amount", Amount::parse_positive(amount, currency));
        let quantity = u32::try_from(quantity.unwrap_or(1)).ok().filter(|&quantity| quantity > 0);
        if quantity.is_none() {
            fields.add("/quantity", "out_of_range", format!("the quantity must be from 1 to {}", u32::MAX));
        }
        fields.build(|| Some(Self { name: name?, amount: amount?, quantity: quantity? }))
    }
}

/// A bill with the figures that lists show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BillSummary {
    /// The bill.
    pub bill: Bill,
    /// How many people owe a share.
    pub participant_count: i64,
    /// How many of them have paid.
    pub paid_count: i64,
    /// What they have paid.
    pub total_paid: Amount,
    /// What the others still owe. The organiser's own share is in neither.
    pub remaining: Amount,
}

impl BillSummary {
    /// Works the figures out of the shares.
    ///
    /// # Errors
    ///
    /// When the shares are more than an amount may be, which those of a bill never are.
    pub fn of<'a>(
        bill: Bill,
        shares: impl IntoIterator<Item = &'a Participant>,
    ) -> Result<Self, AmountError> {
        let none = Self {
            bill,
            participant_count: 0,
            paid_count: 0,
            total_paid: Amount::ZERO,
            remaining: Amount::ZERO,
        };
        shares.into_iter().try_fold(none, |mut summary, share| {
            summary.participant_count += 1;
            if share.payment_status.is_unpaid() {
                summary.remaining = summary.remaining.checked_add(share.amount_owed)?;
            } else {
                summary.paid_count += 1;
                summary.total_paid = summary.total_paid.checked_add(share.amount_owed)?;
            }
            Ok(summary)
        })
    }
}

/// Which bills a list shows; what is absent does not restrict it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BillFilter {
    /// In this status.
    pub status: Option<BillStatus>,
    /// Of this day or after. A bill without a date counts by the time it was made.
    pub from: Option<DayLimit>,
    /// Of a day before this one.
    pub to: Option<DayLimit>,
    /// Of at least this total.
    pub min_amount: Option<Amount>,
    /// Of at most this total.
    pub max_amount: Option<Amount>,
    /// Whose merchant holds this text, in any case.
    pub merchant: Option<Text<200>>,
}

/// A change of status that a bill does not allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a bill that is {from} cannot become {to}")]
pub struct IllegalTransition {
    /// Where the bill stands.
    pub from: BillStatus,
    /// Where it was to go.
    pub to: BillStatus,
}

impl IllegalTransition {
    /// Stable, machine readable.
    pub const CODE: &'static str = "illegal_transition";
}

impl BillStatus {
    /// After every share was confirmed.
    pub fn complete(self) -> Result<Self, IllegalTransition> {
        self.leave(Self::Active, Self::Completed)
    }

    /// After the owner called it off.
    pub fn cancel(self) -> Result<Self, IllegalTransition> {
        self.leave(Self::Active, Self::Cancelled)
    }

    /// After a confirmation was undone: a completed bill is active again, an active one stays so.
    pub fn reopen(self) -> Result<Self, IllegalTransition> {
        if self == Self::Active { Ok(self) } else { self.leave(Self::Completed, Self::Active) }
    }

    fn leave(self, from: Self, to: Self) -> Result<Self, IllegalTransition> {
        if self == from { Ok(to) } else { Err(IllegalTransition { from: self, to }) }
    }
}

/// Something about a bill that is allowed and yet looks wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Warning {
    /// Stable, machine readable.
    pub code: &'static str,
    /// For people.
    pub detail: String,
}

/// What looks wrong about a bill: items that do not add up to its total, a date in the future.
pub fn warnings(total: Amount, items: &[Item], bill_date: Option<Day>, now: DateTime<Utc>) -> Vec<Warning> {
    let sum: SignedAmount = items.iter().map(|item| item.amount).sum();
    let mut warnings = Vec::new();
    if !items.is_empty() && sum != total.into() {
        let off = sum.compared_to(total);
        // A discount is no item, because items are above zero.
        let why = if sum > total.into() { ": a discount, or an item that was read wrongly" } else { "" };
        let detail = format!("the items add up to {sum}, {off} than the total of {total}{why}");
        warnings.push(Warning { code: "items_do_not_add_up", detail });
    }
    if bill_date.is_some_and(|day| day.is_future(now)) {
        let detail = "the date of the bill is in the future".to_owned();
        warnings.push(Warning { code: "date_in_future", detail });
    }
    warnings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PersonName;
    use crate::split::PaymentStatus;
    use BillStatus::{Active, Cancelled, Completed};

    fn item(amount: &str) -> Item {
        Item { name: Text::parse("Pizza").unwrap(), amount: Amount::parse(amount).unwrap(), quantity: 1 }
    }

    #[test]
    fn a_bill_ends_completed_or_cancelled_and_only_an_undo_reopens_it() {
        for (from, complete, cancel, reopen) in [
            (Active, Some(Completed), Some(Cancelled), Some(Active)),
            (Completed, None, None, Some(Active)),
            (Cancelled, None, None, None),
        ] {
            assert_eq!(from.complete().ok(), complete);
            assert_eq!(from.cancel().ok(), cancel);
            assert_eq!(from.reopen().ok(), reopen);
        }
        assert_eq!(
            Completed.cancel().unwrap_err().to_string(),
            "a bill that is completed cannot become cancelled"
        );
    }

    #[test]
    fn warnings_say_what_looks_wrong() {
        let now = DateTime::UNIX_EPOCH;
        let total = Amount::parse("100.00").unwrap();
        assert_eq!(warnings(total, &[], None, now), []);
        let day = |text| Some(Day::parse(text).unwrap());
        assert_eq!(warnings(total, &[item("60"), item("40")], day("1970-01-01"), now), []);
        let found = warnings(total, &[item("60"), item("35")], day("1970-01-02"), now);
        assert_eq!(found[0].code, "items_do_not_add_up");
        assert_eq!(found[0].detail, "the items add up to 95.00, 5.00 less than the total of 100.00");
        assert_eq!(found[1].code, "date_in_future");
        assert_eq!(
            warnings(total, &[item("101")], None, now)[0].detail,
            "the items add up to 101.00, 1.00 more than the total of 100.00: a discount, or an item that was read wrongly"
        );
    }

    #[test]
    fn a_summary_counts_what_was_paid_and_what_is_left() {
        let now = DateTime::UNIX_EPOCH;
        let bill = Bill {
            id: Id::generate(),
            user_id: Id::generate(),
            total_amount: Amount::parse("100").unwrap(),
            currency: Currency::INR,
            description: None,
            merchant: Some(Text::parse("Toit").unwrap()),
            bill_date: None,
            status: Active,
            items: Vec::new(),
            row_version: 1,
            created_at: now,
            updated_at: now,
        };
        let share = |amount: &str, payment_status| Participant {
            id: Id::generate(),
            bill_id: bill.id,
            contact_id: Id::generate(),
            contact_name: PersonName::parse("Ravi").unwrap(),
            contact_is_erased: false,
            amount_owed: Amount::parse(amount).unwrap(),
            payment_status,
            paid_at: None,
            reminder_count: 0,
            last_reminder_sent: None,
            created_at: now,
            updated_at: now,
        };
        let shares = [
            share("30", PaymentStatus::Confirmed),
            share("20.50", PaymentStatus::Failed),
            share("1", PaymentStatus::Sent),
        ];
        let summary = BillSummary::of(bill.clone(), &shares).unwrap();
        assert_eq!((summary.participant_count, summary.paid_count), (3, 1));
        assert_eq!(
            (summary.total_paid.to_string(), summary.remaining.to_string()),
            ("30.00".into(), "21.50".into())
        );
        assert_eq!(summary.bill.title(), Some("Toit"));
        let described = Bill { description: Some(Text::parse("Dinner").unwrap()), ..bill.clone() };
        assert_eq!(described.title(), Some("Dinner"));
        let renamed = BillChanges {
            merchant: Some(None),
            description: Some(described.description),
            ..BillChanges::default()
        };
        let renamed = bill.with(renamed);
        assert_eq!(
            (renamed.title(), renamed.merchant.as_ref(), renamed.currency),
            (Some("Dinner"), None, Currency::INR)
        );
    }

    #[test]
    fn an_item_is_stored_as_its_specification_says() {
        let json = serde_json::to_string(&item("12.5")).unwrap();
        assert_eq!(json, r#"{"name":"Pizza","amount":"12.50","quantity":1}"#);
        assert_eq!(crate::json::from_trusted::<Item>(&json).unwrap(), item("12.5"));
    }

    #[test]
    fn a_line_names_everything_that_is_wrong_with_it() {
        assert_eq!(Item::parse("Pizza", "12.50", None, Currency::INR), Ok(item("12.50")));
        let invalid = Item::parse("", "0", Some(0), Currency::INR).unwrap_err();
        let found: Vec<_> = invalid.violations().iter().map(|v| (v.pointer.as_str(), v.code)).collect();
        assert_eq!(found, [("/name", "empty"), ("/amount", "not_positive"), ("/quantity", "out_of_range")]);
        assert!(Item::parse("Pizza", "1", Some(i64::MAX), Currency::INR).is_err());
    }

    #[test]
    fn no_change_is_empty() {
        assert!(BillChanges::default().is_empty());
        assert!(!BillChanges { merchant: Some(None), ..BillChanges::default() }.is_empty());
    }
}
