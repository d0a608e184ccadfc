//! Following a payment request on its way to the payer.

use domain::split::delivery::{Channel, Delivery, Outcome};
use domain::split::{Bill, PaymentRequest};
use domain::{Id, Note};
use repository::Tx;
use repository::split::{self, bill_participants, bills};

use super::bills::must_be_active;
use super::{conflicts, payment_requests};
use crate::{Error, Result};

/// What a channel said of a request.
#[derive(Clone, Debug)]
pub struct Report {
    /// By which way it went.
    pub channel: Channel,
    /// What became of it.
    pub outcome: Outcome,
    /// What went wrong; stored sealed.
    pub error: Option<Note>,
}

/// Records an attempt to send an open request, or what was reported of it later.
pub fn record(tx: &mut Tx<'_>, id: Id<PaymentRequest>, report: &Report) -> Result<payment_requests::Request> {
    let (request, bill) = lock(tx, id)?;
    payment_requests::must_be_open(&request)?;
    let status = payment_requests::share(tx, bill.id, request.participant_id)?.payment_status;
    let before = request.delivery();
    let (after, participant) = before.record(status, report.channel, report.outcome);
    let error = if report.outcome == Outcome::Failed { report.error.as_ref() } else { None };
    store(tx, &request, after, after.attempts > before.attempts, error)?;
    bill_participants::set_delivery_status(tx, request.participant_id, participant)?;
    payment_requests::get(tx, id)
}

/// Starts the delivery of an open request again, as if no channel had been tried.
pub fn resend(tx: &mut Tx<'_>, id: Id<PaymentRequest>) -> Result<payment_requests::Request> {
    let (request, bill) = lock(tx, id)?;
    must_be_active(&bill)?;
    payment_requests::must_be_open(&request)?;
    let status = payment_requests::share(tx, bill.id, request.participant_id)?.payment_status;
    let resent = request.delivery().resend(status);
    let (after, participant) =
        resent.map_err(|error| Error::conflict(&conflicts::ALREADY_CONFIRMED, error.to_string()))?;
    store(tx, &request, after, false, None)?;
    bill_participants::set_delivery_status(tx, request.participant_id, participant)?;
    payment_requests::get(tx, id)
}

/// The request with its bill, which is locked: a new split or a confirmation comes before or after, never between.
fn lock(tx: &mut Tx<'_>, id: Id<PaymentRequest>) -> Result<(PaymentRequest, Bill)> {
    let (_, bill) = split::payment_requests::get(tx, id)?;
    let bill = bills::lock(tx, bill)?;
    // What was read before the lock may have changed.
    let (request, _) = split::payment_requests::get(tx, id)?;
    Ok((request, bill))
}

fn store(
    tx: &mut Tx<'_>,
    request: &PaymentRequest,
    delivery: Delivery,
    attempted: bool,
    error: Option<&Note>,
) -> Result<()> {
    Ok(split::payment_requests::set_delivery(tx, request.id, delivery, attempted, error)?)
}
