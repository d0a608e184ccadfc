//! Where conversations are kept: one interface for the database and for the memory of the process.

use domain::whatsapp::{
    Chat, ChatId, History, InboundMessage, Lease, Message, OutboundSettings, User, UserTotals, WaitingChat,
};
use domain::{Email, Id, Limit, Page, PageRequest, PersonName, PhoneNumber, Position};
use repository::whatsapp::statistics::{Activity, OfUser};
use repository::{Conn, Tx};
use uuid::Uuid;

use super::answers::{self, Answered, NewAnswer};
use super::inbound_messages::{self, Received};
use super::users::{self, Lookup};
use super::waiting::{self, Claimed};
use super::{Rules, userchats};
use crate::Result;

/// A page of chats.
pub type Chats = Page<Chat, Position<ChatId>>;

/// What can be asked of either store.
pub trait Reading {
    /// The user with this id.
    fn user(&mut self, id: Id<User>) -> Result<User>;
    /// The user with this number or address.
    fn lookup(&mut self, lookup: &Lookup) -> Result<User>;
    /// All users, newest first.
    fn users(&mut self, is_active: Option<bool>, page: PageRequest) -> Result<Page<User>>;
    /// A user's chats, newest first.
    fn chats(
        &mut self,
        user: Id<User>,
        is_active: Option<bool>,
        page: PageRequest<Position<ChatId>>,
    ) -> Result<Chats>;
    /// The chats of the person with this number, newest first.
    fn chats_of_phone(&mut self, phone: &PhoneNumber, page: PageRequest<Position<ChatId>>) -> Result<Chats>;
    /// The chat with this id.
    fn chat(&mut self, id: ChatId) -> Result<Chat>;
    /// The messages of a chat, oldest first.
    fn messages(&mut self, id: ChatId, page: PageRequest<u32>) -> Result<Page<Message, u32>>;
    /// The last messages of a user's conversation, oldest first.
    fn history(&mut self, rules: &Rules, user: Id<User>, most: Option<u32>) -> Result<History>;
    /// How many chats and messages a user has.
    fn totals(&mut self, user: Id<User>) -> Result<UserTotals>;
    /// How many chats and messages every user has, newest users first.
    fn list_totals(&mut self, page: PageRequest) -> Result<Page<OfUser>>;
    /// The chats that wait, those that have waited longest first.
    fn waiting(&mut self, page: PageRequest<Position<ChatId>>)
    -> Result<Page<WaitingChat, Position<ChatId>>>;
    /// How many chats are active and wait.
    fn activity(&mut self) -> Result<Activity>;
}

/// What can be done in either store. Each call succeeds or changes nothing.
pub trait Store {
    /// The same store for reading.
    fn reading(&mut self) -> &mut (dyn Reading + '_);
    /// Takes a message.
    fn receive(&mut self, rules: &Rules, message: &InboundMessage) -> Result<Received>;
    /// The user with this number as it is, or a new one; answers whether it was made.
    fn find_or_create(
        &mut self,
        phone: PhoneNumber,
        full_name: Option<PersonName>,
        email: Option<Email>,
    ) -> Result<(User, bool)>;
    /// Keeps an answer.
    fn answer(
        &mut self,
        rules: &Rules,
        settings: Option<&OutboundSettings>,
        chat: ChatId,
        new: &NewAnswer,
    ) -> Result<Answered>;
    /// Gives an agent chats that wait.
    fn claim(&mut self, limit: Limit, lease: Lease) -> Result<Claimed>;
    /// Gives a chat back.
    fn release(&mut self, chat: ChatId, claim: Uuid) -> Result<()>;
    /// Closes a chat.
    fn close(&mut self, id: ChatId) -> Result<Chat>;
    /// Closes the active chat of a user; answers whether there was one.
    fn clear(&mut self, user: Id<User>) -> Result<bool>;
    /// Closes the active chats that began more than so many days ago; answers how many.
    fn deactivate(&mut self, days: u32) -> Result<usize>;
}

impl Reading for Conn<'_> {
    fn user(&mut self, id: Id<User>) -> Result<User> {
        Ok(users::get(self, id)?)
    }

    fn lookup(&mut self, lookup: &Lookup) -> Result<User> {
        users::lookup(self, lookup)
    }

    fn users(&mut self, is_active: Option<bool>, page: PageRequest) -> Result<Page<User>> {
        Ok(users::list(self, is_active, page)?)
    }

    fn chats(
        &mut self,
        user: Id<User>,
        is_active: Option<bool>,
        page: PageRequest<Position<ChatId>>,
    ) -> Result<Chats> {
        userchats::list(self, user, is_active, page)
    }

    fn chats_of_phone(&mut self, phone: &PhoneNumber, page: PageRequest<Position<ChatId>>) -> Result<Chats> {
        Ok(userchats::list_for_phone(self, phone, page)?)
    }

    fn chat(&mut self, id: ChatId) -> Result<Chat> {
        Ok(userchats::get(self, id)?)
    }

    fn messages(&mut self, id: ChatId, page: PageRequest<u32>) -> Result<Page<Message, u32>> {
        Ok(userchats::messages(self, id, page)?)
    }

    fn history(&mut self, rules: &Rules, user: Id<User>, most: Option<u32>) -> Result<History> {
        userchats::history(self, rules, user, most)
    }

    fn totals(&mut self, user: Id<User>) -> Result<UserTotals> {
        Ok(users::totals(self, user)?)
    }

    fn list_totals(&mut self, page: PageRequest) -> Result<Page<OfUser>> {
        Ok(users::list_totals(self, page)?)
    }

    fn waiting(
        &mut self,
        page: PageRequest<Position<ChatId>>,
    ) -> Result<Page<WaitingChat, Position<ChatId>>> {
        Ok(waiting::list(self, page)?)
    }

    fn activity(&mut self) -> Result<Activity> {
        Ok(userchats::activity(self)?)
    }
}

impl Store for Tx<'_> {
    fn reading(&mut self) -> &mut (dyn Reading + '_) {
        &mut **self
    }

    fn receive(&mut self, rules: &Rules, message: &InboundMessage) -> Result<Received> {
        inbound_messages::receive(self, rules, message)
    }

    fn find_or_create(
        &mut self,
        phone: PhoneNumber,
        full_name: Option<PersonName>,
        email: Option<Email>,
    ) -> Result<(User, bool)> {
        users::find_or_create(self, phone, full_name, email)
    }

    fn answer(
        &mut self,
        rules: &Rules,
        settings: Option<&OutboundSettings>,
        chat: ChatId,
        new: &NewAnswer,
    ) -> Result<Answered> {
        answers::answer(self, rules, settings, chat, new)
    }

    fn claim(&mut self, limit: Limit, lease: Lease) -> Result<Claimed> {
        waiting::claim(self, limit, lease)
    }

    fn release(&mut self, chat: ChatId, claim: Uuid) -> Result<()> {
        waiting::release(self, chat, claim)
    }

    fn close(&mut self, id: ChatId) -> Result<Chat> {
        Ok(userchats::close(self, id)?)
    }

    fn clear(&mut self, user: Id<User>) -> Result<bool> {
        userchats::clear(self, user)
    }

    fn deactivate(&mut self, days: u32) -> Result<usize> {
        Ok(userchats::deactivate(self, days)?)
    }
}
