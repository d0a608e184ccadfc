//! Rows that tests need and do not care about.

use strongroom_repository::domain::split::{
    self, Bill, Contact, Context, NewBill, NewContact, NewParticipant, NewUser, Participant, PaymentRequest,
    Step, User,
};
use strongroom_repository::domain::{Amount, Currency, Id, PersonName, PhoneNumber, Text, UpiLink};
use strongroom_repository::split::conversation_states::{self, Saved};
use strongroom_repository::split::payment_requests::NewPaymentRequest;
use strongroom_repository::split::{bill_participants, bills, contacts, payment_requests, users};
use strongroom_repository::{Error, Tx};

pub(crate) fn phone(text: &str) -> PhoneNumber {
    split::phone_number(text).unwrap()
}

pub(crate) fn name(text: &str) -> PersonName {
    PersonName::parse(text).unwrap()
}

pub(crate) fn amount(text: &str) -> Amount {
    Amount::parse(text).unwrap()
}

pub(crate) fn text<const MAX: usize>(text: &str) -> Text<MAX> {
    Text::parse(text).unwrap()
}

pub(crate) fn user(tx: &mut Tx<'_>, number: &str) -> User {
    users::insert(tx, NewUser { phone_number: phone(number), name: None, upi_id: None }).unwrap()
}

pub(crate) fn contact(tx: &mut Tx<'_>, user: Id<User>, called: &str, number: &str) -> Contact {
    let new = NewContact { user_id: user, name: name(called), phone_number: phone(number) };
    contacts::insert(tx, new).unwrap()
}

pub(crate) fn new_bill(user: Id<User>, total: &str) -> NewBill {
    NewBill {
        user_id: user,
        total_amount: amount(total),
        currency: Currency::INR,
        description: Some(text("Dinner")),
        merchant: None,
        bill_date: None,
        items: Vec::new(),
    }
}

/// A request for a share, by any link.
pub(crate) fn new_request(participant_id: Id<Participant>, link: &str) -> NewPaymentRequest {
    NewPaymentRequest { id: Id::generate(), participant_id, upi_link: UpiLink::from_trusted(link.to_owned()) }
}

/// One row in every table of `split`: an organiser with a contact who owes the whole of a bill, asked for it, and a
/// conversation.
pub(crate) struct Owned {
    pub(crate) user: Id<User>,
    pub(crate) contact: Id<Contact>,
    pub(crate) bill: Bill,
    pub(crate) participant: Id<Participant>,
    pub(crate) request: Id<PaymentRequest>,
    pub(crate) session: Text<100>,
}

/// Makes them for the organiser with this number. The contact has the same one, so that phone look-ups find it too.
pub(crate) fn owned(tx: &mut Tx<'_>, number: &str) -> Result<Owned, Error> {
    let user = user(tx, number).id;
    let contact = contact(tx, user, "Ravi", number).id;
    let bill = bills::insert(tx, new_bill(user, "100.00"))?;
    let share = NewParticipant { contact_id: contact, amount_owed: amount("100.00") };
    let participant = bill_participants::insert_all(tx, &bill, &[share])?.remove(0).id;
    let new = new_request(participant, "upi://pay?pa=asha@okaxis");
    let request = payment_requests::insert_all(tx, vec![new])?.remove(0).id;
    let session = text("session");
    conversation_states::save(tx, user, &session, &saved(tx))?;
    Ok(Owned { user, contact, bill, participant, request, session })
}

pub(crate) fn saved(tx: &Tx<'_>) -> Saved {
    Saved {
        current_step: Step::Initial,
        context: Context::default(),
        retry_count: 0,
        last_error: None,
        expires_at: tx.now + chrono::Duration::hours(1),
    }
}
