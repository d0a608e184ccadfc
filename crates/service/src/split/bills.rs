//! Bills, from the first total to the last share.

use domain::split::bills::{self as rules, Warning};
use domain::split::division::SplitInput;
use domain::split::{
    Bill, BillChanges, BillFilter, BillStatus, BillSummary, CloseReason, NewBill, Participant, Split, User,
};
use domain::{Amount, Id, Invalid, Page, PageRequest};
use repository::split::bills::WholeBill;
use repository::split::{bill_participants, bills, payment_requests};
use repository::{Conn, Tx};

use super::{conflicts, sharing, users};
use crate::{Error, Result};

pub use repository::split::bills::soft_delete as delete;

/// A bill as its organiser sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BillDetails {
    /// The bill.
    pub bill: Bill,
    /// Who owes what, in the order given.
    pub participants: Vec<Participant>,
    /// What the organiser bears; none while the bill is not split, or when the others bear all of it.
    pub organiser_share: Option<Amount>,
    /// What is odd, but not wrong.
    pub warnings: Vec<Warning>,
}

/// Makes a bill and, where a split is given, its shares.
pub fn create(tx: &mut Tx<'_>, new: NewBill, split: Option<&Split>) -> Result<BillDetails> {
    let Some(split) = split else {
        let bill = bills::insert(tx, new).map_err(|error| users::unknown(error.into()))?;
        return Ok(details(WholeBill { bill, participants: Vec::new(), now: tx.now }));
    };
    let user = new.user_id;
    let shares = sharing::shares_of(new.total_amount, new.currency, split, sharing::FIELD)?;
    match bills::insert_with_shares(tx, new, &shares) {
        Ok((bill, participants)) => Ok(details(WholeBill { bill, participants, now: tx.now })),
        Err(error) => Err(sharing::why_not_stored(tx, error, user, (split, &shares), sharing::FIELD)),
    }
}

/// The bill with its shares.
pub fn get(conn: &mut Conn<'_>, id: Id<Bill>) -> Result<BillDetails> {
    Ok(details(bills::get_whole(conn, id)?))
}

/// A user's bills that pass the filter, newest first.
pub fn list(
    conn: &mut Conn<'_>,
    user: Id<User>,
    filter: &BillFilter,
    page: PageRequest,
) -> Result<Page<BillSummary>> {
    let found = bills::list_for_user(conn, user, filter, page)?;
    if found.items.is_empty() {
        users::must_exist(conn, user)?;
    }
    Ok(found)
}

/// Changes the given fields and, where a split is given, divides the bill anew.
///
/// A new total or currency of a bill that is split needs a new split with it: the old shares would no longer add up.
pub fn update(
    tx: &mut Tx<'_>,
    id: Id<Bill>,
    version: Option<i64>,
    changes: BillChanges,
    split: Option<&SplitInput>,
) -> Result<BillDetails> {
    let bill = lock(tx, id, version)?;
    let keeps_shares =
        split.is_none() && revalues(&bill, &changes) && !bills::get_whole(tx, id)?.participants.is_empty();
    must_allow(&bill, &changes, keeps_shares)?;
    match split {
        Some(split) => divide_anew(tx, bill, changes, split, sharing::FIELD)?,
        None => {
            bills::update(tx, bill, None, changes)?;
        }
    }
    get(tx, id)
}

/// Divides an active bill, anew where it was divided before.
pub fn set_split(
    tx: &mut Tx<'_>,
    id: Id<Bill>,
    version: Option<i64>,
    split: &SplitInput,
) -> Result<BillDetails> {
    let bill = lock(tx, id, version)?;
    divide_anew(tx, bill, BillChanges::default(), split, "")?;
    get(tx, id)
}

/// Cancels an active bill, and closes its payment requests.
pub fn cancel(tx: &mut Tx<'_>, id: Id<Bill>) -> Result<BillDetails> {
    let bill = bills::lock(tx, id)?;
    let status = bill
        .status
        .cancel()
        .map_err(|error| Error::conflict(&conflicts::ILLEGAL_TRANSITION, error.to_string()))?;
    bills::set_status(tx, id, status)?;
    payment_requests::close_all(tx, id, CloseReason::Cancelled)?;
    get(tx, id)
}

/// Brings back a deleted bill.
pub fn restore(tx: &mut Tx<'_>, id: Id<Bill>) -> Result<BillDetails> {
    Ok(details(bills::restore(tx, id)?))
}

/// The bill, locked, if it still has the given version. Whether it has is said before anything else is.
fn lock(tx: &mut Tx<'_>, id: Id<Bill>, version: Option<i64>) -> Result<Bill> {
    let bill = bills::lock(tx, id)?;
    Ok(bills::update(tx, bill, version, BillChanges::default())?)
}

/// Changes a locked bill and replaces its shares, unless a request was sent or somebody has paid. `place` is where the split
/// stands in the request.
fn divide_anew(
    tx: &mut Tx<'_>,
    bill: Bill,
    mut changes: BillChanges,
    split: &SplitInput,
    place: &str,
) -> Result<()> {
    must_be_active(&bill)?;
    let old = bills::get_whole(tx, bill.id)?.participants;
    if old.iter().any(|share| share.payment_status.fixes_split()) {
        let detail =
            "a payment request was sent or a share confirmed: the split of this bill cannot change any more";
        return Err(Error::conflict(&conflicts::SPLIT_LOCKED, detail));
    }
    let currency = changes.currency.unwrap_or(bill.currency);
    let read = sharing::read(split, currency, place)?;
    if changes.items.as_ref().unwrap_or(&bill.items).is_empty() && !split.items.is_empty() {
        changes.items = Some(sharing::items_of(split, currency)?);
    }
    let bill = bills::update(tx, bill, None, changes)?;
    let shares = sharing::shares_of(bill.total_amount, bill.currency, &read, place)?;
    if !old.is_empty() {
        payment_requests::close_all(tx, bill.id, CloseReason::Superseded)?;
        bill_participants::replace_all(tx, bill.id)?;
    }
    match bill_participants::insert_all(tx, &bill, &shares) {
        Ok(_) => Ok(()),
        Err(error) => Err(sharing::why_not_stored(tx, error, bill.user_id, (&read, &shares), place)),
    }
}

/// Whether changes give a bill another total or currency.
fn revalues(bill: &Bill, changes: &BillChanges) -> bool {
    let total = changes.total_amount.unwrap_or(bill.total_amount);
    let currency = changes.currency.unwrap_or(bill.currency);
    (total, currency) != (bill.total_amount, bill.currency)
}

/// Refuses changes that a bill does not allow. `keeps_shares` says whether it has shares that would stay as they are.
pub(super) fn must_allow(bill: &Bill, changes: &BillChanges, keeps_shares: bool) -> Result<()> {
    if revalues(bill, changes) {
        must_be_active(bill)?;
        if keeps_shares {
            let detail = "the bill is split: send a new split together with the new total or currency";
            return Err(Error::conflict(&conflicts::SPLIT_REQUIRED, detail));
        }
    }
    must_fit(bill, changes)
}

/// Refuses amounts with more decimals than the currency that the bill will have. A new currency is wrong where the
/// amounts that stay do not fit it.
fn must_fit(bill: &Bill, changes: &BillChanges) -> Result<()> {
    let currency = changes.currency.unwrap_or(bill.currency);
    let mut fields = Invalid::collect();
    let total =
        changes.total_amount.map_or(("/currency", bill.total_amount), |total| ("/total_amount", total));
    fields.take(total.0, total.1.fits(currency));
    for (n, item) in changes.items.iter().flatten().enumerate() {
        fields.take(&format!("/items/{n}/amount"), item.amount.fits(currency));
    }
    if changes.items.is_none() {
        fields.take("/currency", bill.items.iter().try_for_each(|item| item.amount.fits(currency).map(drop)));
    }
    Ok(fields.finish()?)
}

pub(super) fn must_be_active(bill: &Bill) -> Result<()> {
    if bill.status == BillStatus::Active {
        return Ok(());
    }
    let detail = format!("the bill is {}: only an active bill can do this", bill.status);
    Err(Error::conflict(&conflicts::BILL_NOT_ACTIVE, detail))
}

fn details(whole: WholeBill) -> BillDetails {
    let WholeBill { bill, participants, now } = whole;
    let organiser_share = if participants.is_empty() {
        None
    } else {
        sharing::organiser_share(bill.total_amount, participants.iter().map(|share| share.amount_owed))
    };
    let warnings = rules::warnings(bill.total_amount, &bill.items, bill.bill_date, now);
    BillDetails { bill, participants, organiser_share, warnings }
}
