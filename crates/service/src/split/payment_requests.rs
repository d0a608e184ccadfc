//! Asking for shares, and their confirmation.

use domain::pii::MessageText;
use domain::split::bill_participants::ConfirmationError;
use domain::split::payment_requests::PaymentRequest;
use domain::split::upi::Payment;
use domain::split::{Bill, BillStatus, CloseReason, Participant, PaymentStatus, RequestStatus, User};
use domain::{Currency, Id, Invalid, Note, UpiId, UpiLink};
use repository::split::payment_requests::NewPaymentRequest;
use repository::split::{bill_participants, bills, payment_requests, users};
use repository::{Conn, Tx};

use super::bills::must_be_active;
use super::conflicts;
use crate::{Error, Result};

/// A payment request with the message that asks for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The request.
    pub request: PaymentRequest,
    /// A ready text for the payer, with the link. None for a closed request, which is not sent any more.
    pub message: Option<MessageText>,
}

/// Somebody for whom no link could be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// Whose share.
    pub participant_id: Id<Participant>,
    /// Why: `amount_over_upi_limit`, `already_confirmed`, or `payer_erased`.
    pub code: &'static str,
}

/// Who is asked for a bill, and by which address.
#[derive(Clone, Debug, Default)]
pub struct Ask {
    /// Where to pay; else the user's own address, else `fallback`.
    pub upi_id: Option<UpiId>,
    /// Only these shares; else every unpaid one.
    pub only: Option<Vec<Id<Participant>>>,
    /// The service's address for users who have none (`DEFAULT_UPI_ID`).
    pub fallback: Option<UpiId>,
}

/// What became of asking for a bill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The open requests of those who were to be asked, in the order of the shares.
    pub requests: Vec<Request>,
    /// Those who were to be asked and cannot be.
    pub skipped: Vec<Skipped>,
    /// How many of the requests are new.
    pub made: usize,
}

/// A confirmed share, and what has become of its bill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confirmed {
    /// The share.
    pub participant: Participant,
    /// The bill's status: `completed` once this was the last share.
    pub bill_status: BillStatus,
}

/// Makes a payment request for each unpaid share of an active bill, or for those that are named.
///
/// A share that has an open request with the same link keeps it, so that asking twice sends nobody two links. Another
/// link closes the request that was there before, and so does one whose delivery has failed: its place takes a request with
/// a new reference.
pub fn request(tx: &mut Tx<'_>, bill: Id<Bill>, ask: &Ask) -> Result<Asked> {
    let bill = bills::lock(tx, bill)?;
    must_be_active(&bill)?;
    if bill.currency != Currency::INR {
        return Err(Error::invalid(
            "",
            "currency_not_inr",
            format!("UPI pays in INR, this bill is in {}", bill.currency),
        ));
    }
    let shares = bills::get_whole(tx, bill.id)?.participants;
    let (wanted, mut skipped) = chosen(&shares, ask.only.as_deref())?;
    let user = users::get(tx, bill.user_id)?;
    let payee = payee(&user, ask)?;

    let mut open = payment_requests::list_for_bill(tx, bill.id)?;
    open.retain(|request| request.closed.is_none());
    let (mut asked, mut new, mut superseded) = (Vec::new(), Vec::new(), Vec::new());
    for share in wanted {
        let at = open.iter().position(|request| request.participant_id == share.id);
        match next(&payment(&bill, &user, share), share, &payee, at.map(|at| open.swap_remove(at))) {
            Next::Keep(request) => asked.push(*request),
            Next::Make(request, before) => {
                new.push(request);
                superseded.extend(before);
            }
            Next::Skip(code) => skipped.push(Skipped { participant_id: share.id, code }),
        }
    }
    let made = new.len();
    if made > 0 {
        payment_requests::close(tx, &superseded, CloseReason::Superseded)?;
        asked.extend(payment_requests::insert_all(tx, new)?);
    }
    let order = |id: Id<Participant>| shares.iter().position(|share| share.id == id);
    asked.sort_by_key(|request| order(request.participant_id));
    Ok(Asked { requests: with_messages(&bill, &user, &shares, asked), skipped, made })
}

/// The requests of a bill.
pub fn list(conn: &mut Conn<'_>, bill: Id<Bill>) -> Result<Vec<Request>> {
    let whole = bills::get_whole(conn, bill)?;
    let user = users::get(conn, whole.bill.user_id)?;
    let requests = payment_requests::list_for_bill(conn, bill)?;
    Ok(with_messages(&whole.bill, &user, &whole.participants, requests))
}

/// The request with this id.
pub fn get(conn: &mut Conn<'_>, id: Id<PaymentRequest>) -> Result<Request> {
    let (request, bill) = payment_requests::get(conn, id)?;
    let whole = bills::get_whole(conn, bill)?;
    let user = users::get(conn, whole.bill.user_id)?;
    let found = with_messages(&whole.bill, &user, &whole.participants, vec![request]).pop();
    Ok(found.ok_or(repository::Error::NotFound("payment request"))?)
}

/// The link of an open request.
pub fn link(conn: &mut Conn<'_>, id: Id<PaymentRequest>) -> Result<UpiLink> {
    let (request, _) = payment_requests::get(conn, id)?;
    must_be_open(&request)?;
    Ok(request.upi_link.ok_or(repository::Error::NotFound("payment link"))?)
}

/// Confirms that a share was paid, which closes its request. A share that is confirmed already stays as it is.
///
/// The last share completes its bill. Two confirmations at once confirm once: the bill is locked by the first.
pub fn confirm(tx: &mut Tx<'_>, id: Id<Participant>) -> Result<Confirmed> {
    let bill = bills::lock_of_participant(tx, id)?;
    let participant = share(tx, bill.id, id)?;
    if participant.payment_status == PaymentStatus::Confirmed {
        return Ok(Confirmed { participant, bill_status: bill.status });
    }
    must_be_active(&bill)?;
    bill_participants::confirm(tx, id)?;
    payment_requests::confirm(tx, id)?;
    let completed = bills::complete_if_paid(tx, bill.id)?;
    let bill_status = if completed { BillStatus::Completed } else { bill.status };
    Ok(Confirmed { participant: share(tx, bill.id, id)?, bill_status })
}

/// Takes back a confirmation: the share is pending again, and a completed bill active. The reason is kept, sealed. The
/// request stays closed, because its reference was used.
pub fn unconfirm(tx: &mut Tx<'_>, id: Id<Participant>, reason: &Note) -> Result<Confirmed> {
    let bill = bills::lock_of_participant(tx, id)?;
    let status = share(tx, bill.id, id)?.payment_status;
    status.undo_confirmation(bill.status).map_err(|error| {
        let kind = match error {
            ConfirmationError::NotConfirmed => &conflicts::NOT_CONFIRMED,
            ConfirmationError::BillNotActive { .. } => &conflicts::BILL_NOT_ACTIVE,
        };
        Error::conflict(kind, error.to_string())
    })?;
    bill_participants::unconfirm(tx, id, reason)?;
    payment_requests::unconfirm(tx, id)?;
    let reopened = bill.status.reopen();
    let bill_status =
        reopened.map_err(|error| Error::conflict(&conflicts::ILLEGAL_TRANSITION, error.to_string()))?;
    if bill_status != bill.status {
        bills::set_status(tx, bill.id, bill_status)?;
    }
    Ok(Confirmed { participant: share(tx, bill.id, id)?, bill_status })
}

/// One share of a locked bill, which is known to be one: where it counts no more, a new split has taken its place.
pub(super) fn share(conn: &mut Conn<'_>, bill: Id<Bill>, id: Id<Participant>) -> Result<Participant> {
    let shares = bills::get_whole(conn, bill)?.participants;
    shares.into_iter().find(|share| share.id == id).ok_or_else(|| {
        let detail = "the bill was split again: use its present participants";
        Error::conflict(&conflicts::SHARE_REPLACED, detail)
    })
}

/// Refuses what is to be done with the link of a closed request.
pub(super) fn must_be_open(request: &PaymentRequest) -> Result<()> {
    let Some(closed) = request.closed else { return Ok(()) };
    let (kind, detail) = match closed.reason {
        CloseReason::Paid => (&conflicts::ALREADY_CONFIRMED, "the payment is confirmed"),
        CloseReason::Superseded => (
            &conflicts::REQUEST_CLOSED,
            "another request or a new split took its place: use the open request of the bill",
        ),
        CloseReason::Cancelled => (&conflicts::REQUEST_CLOSED, "the bill was cancelled"),
        CloseReason::Undone => (
            &conflicts::REQUEST_CLOSED,
            "its payment was confirmed and that was undone: ask for the share again",
        ),
        CloseReason::Erased => (&conflicts::REQUEST_CLOSED, "the payer was erased"),
    };
    Err(Error::conflict(kind, detail))
}

/// The unpaid shares that are to be asked for, each once, and the paid ones that were named all the same.
fn chosen<'a>(
    shares: &'a [Participant],
    only: Option<&[Id<Participant>]>,
) -> Result<(Vec<&'a Participant>, Vec<Skipped>)> {
    let Some(only) = only else {
        return Ok((shares.iter().filter(|share| share.payment_status.is_unpaid()).collect(), Vec::new()));
    };
    let mut fields = Invalid::collect();
    for (n, id) in only.iter().enumerate() {
        if !shares.iter().any(|share| share.id == *id) {
            fields.add(format!("/only/{n}"), "unknown_participant", "is not a participant of this bill");
        }
    }
    fields.finish()?;
    let named = shares.iter().filter(|share| only.contains(&share.id));
    let (unpaid, paid): (Vec<_>, Vec<_>) = named.partition(|share| share.payment_status.is_unpaid());
    let skipped =
        paid.into_iter().map(|share| Skipped { participant_id: share.id, code: "already_confirmed" });
    Ok((unpaid, skipped.collect()))
}

fn payee(user: &User, ask: &Ask) -> Result<UpiId> {
    let payee = ask.upi_id.as_ref().or(user.upi_id.as_ref()).or(ask.fallback.as_ref());
    payee.cloned().ok_or_else(|| {
        let detail = "nobody to pay: send upi_id, or store one with PATCH /v1/split/users/{id}";
        Error::invalid("/upi_id", "no_payee", detail)
    })
}

fn payment<'a>(bill: &'a Bill, user: &'a User, share: &'a Participant) -> Payment<'a> {
    Payment {
        payee_name: user.name.as_ref(),
        amount: share.amount_owed,
        currency: bill.currency,
        description: bill.title(),
        payer_name: &share.contact_name,
    }
}

/// What is done about a share that is asked for.
enum Next {
    /// It has an open request that says the same.
    Keep(Box<PaymentRequest>),
    /// It gets a new request, in place of the one that it had.
    Make(NewPaymentRequest, Option<Id<PaymentRequest>>),
    /// It cannot be asked for.
    Skip(&'static str),
}

fn next(payment: &Payment<'_>, share: &Participant, payee: &UpiId, open: Option<PaymentRequest>) -> Next {
    if share.contact_is_erased {
        return Next::Skip("payer_erased");
    }
    let before = open.as_ref().map(|request| request.id);
    let says_the_same = |request: &PaymentRequest| {
        request.status != RequestStatus::Failed
            && payment.to_upi(request.id, payee).ok().as_ref() == request.upi_link.as_ref()
    };
    if let Some(request) = open.filter(says_the_same) {
        return Next::Keep(Box::new(request));
    }
    let id = Id::generate();
    match payment.to_upi(id, payee) {
        Ok(upi_link) => Next::Make(NewPaymentRequest { id, participant_id: share.id, upi_link }, before),
        Err(error) => Next::Skip(error.code()),
    }
}

/// Requests with their messages. Closed ones have none.
fn with_messages(
    bill: &Bill,
    user: &User,
    shares: &[Participant],
    requests: Vec<PaymentRequest>,
) -> Vec<Request> {
    let with_message = |request: PaymentRequest| {
        let share = shares.iter().find(|share| share.id == request.participant_id);
        let link = request.upi_link.as_ref().filter(|_| request.closed.is_none());
        let message = share.zip(link).map(|(share, link)| payment(bill, user, share).message(link));
        Request { request, message }
    };
    requests.into_iter().map(with_message).collect()
}
