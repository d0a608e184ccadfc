//! All that is kept of a person, for the person. No hash is among it.

use domain::whatsapp::{Chat, ChatId, Delivery, Message, MessageSid, User};
use domain::{Id, Limit, Page, PageRequest, Position};
use repository::Conn;
use repository::whatsapp::inbound_messages::{self, Delivered};
use repository::whatsapp::message_deliveries::{self, DeliveryFilter};
use repository::whatsapp::{userchats, users};

use crate::Result;

/// A row of one of the tables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DataRow {
    /// Of `users`.
    User(Box<User>),
    /// Of `userchats`.
    Chat(Chat, Vec<Message>),
    /// Of `inbound_messages`.
    Inbound(Delivered),
    /// Of `message_deliveries`.
    Delivery(Delivery),
}

/// Where the next page begins: in a table, after a row of it or at its beginning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DataPosition {
    /// Chats.
    Chats(Option<Position<ChatId>>),
    /// Notes of messages that came.
    Inbound(Option<Position<MessageSid>>),
    /// Notes of messages that were sent.
    Deliveries(Option<Position<MessageSid>>),
}

/// Chats of a page at most: they come with all of their messages.
fn whole_chats() -> Limit {
    Limit::new(10).unwrap_or_default()
}

/// A page of rows of one table: first the user, then the chats, and so on. A page may be empty and not be the last.
///
/// Programs alone reach the notes of messages that came: for an end user, act on that user's behalf.
///
/// # Errors
/// Not found, when there is no such user.
pub fn page(
    conn: &mut Conn<'_>,
    user: Id<User>,
    request: PageRequest<DataPosition>,
) -> Result<Page<DataRow, DataPosition>> {
    use DataPosition::{Chats, Deliveries, Inbound};
    let limit = request.limit;
    Ok(match request.after {
        None => {
            let items = vec![DataRow::User(Box::new(users::get(conn, user)?))];
            Page { items, next: Some(Chats(None)) }
        }
        Some(Chats(after)) => {
            let limit = request.limit.min(whole_chats());
            let page = userchats::list_whole(conn, user, PageRequest { limit, after })?;
            let next = page.next.map_or(Inbound(None), |last| Chats(Some(last)));
            let row = |(chat, messages)| DataRow::Chat(chat, messages);
            Page { items: page.items.into_iter().map(row).collect(), next: Some(next) }
        }
        Some(Inbound(after)) => {
            let page = inbound_messages::list_for_user(conn, user, PageRequest { limit, after })?;
            let next = page.next.map_or(Deliveries(None), |last| Inbound(Some(last)));
            Page { items: page.items.into_iter().map(DataRow::Inbound).collect(), next: Some(next) }
        }
        Some(Deliveries(after)) => {
            let of_user = DeliveryFilter { user: Some(user), ..DeliveryFilter::default() };
            let page = message_deliveries::list(conn, of_user, PageRequest { limit, after })?;
            let items = page.items.into_iter().map(DataRow::Delivery).collect();
            Page { items, next: page.next.map(|last| Deliveries(Some(last))) }
        }
    })
}
