//! `split`: the Bill Splitting Agent. Types of its six tables and the rules that need no database.

pub mod balances;
pub mod bill_participants;
pub mod bills;
pub mod contacts;
pub mod conversation_states;
pub mod delivery;
pub mod division;
pub mod payment_requests;
pub mod reminders;
pub mod statistics;
pub mod upi;
pub mod users;

pub use balances::Balance;
pub use bill_participants::{ConfirmationError, NewParticipant, Participant, PaymentStatus};
pub use bills::{Bill, BillChanges, BillFilter, BillStatus, BillSummary, Item, NewBill, Warning};
pub use contacts::{Contact, ContactChanges, NewContact};
pub use conversation_states::{Context, ConversationState, Step};
pub use delivery::{Channel, Delivery, Outcome};
pub use division::{Division, DivisionError, Split, divide};
pub use payment_requests::{CloseReason, Closed, PaymentRequest, RequestStatus};
pub use users::{NewUser, User, UserChanges, phone_number};
