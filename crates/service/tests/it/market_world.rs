//! What tests of the selling bot need and do not care about.

use domain::market::products::price;
use domain::market::{
    BotZone, Buyer, BuyerChanges, Conversation, Message, MessageType, NewConversation, NewMessage,
    NewProduct, Product, WallapopId,
};
use domain::{Email, Id, PersonName, Text, UserName};
use repository::testing::TestDatabase;
use repository::{Actor, Database, Tx};
use strongroom_service::market::{buyers, conversations, messages, products};
use strongroom_service::{Error, Result};

/// Where the bot is.
pub(crate) fn madrid() -> BotZone {
    BotZone::parse("Europe/Madrid").unwrap()
}

pub(crate) const MAX_ATTEMPTS: u32 = 3;

pub(crate) fn wallapop(id: &str) -> WallapopId {
    Text::parse(id).unwrap()
}

pub(crate) fn new_product(id: &str) -> NewProduct {
    NewProduct::new(wallapop(id), Text::parse("iPhone 13 Pro").unwrap(), price("650.0").unwrap())
}

pub(crate) fn product(tx: &mut Tx<'_>, id: &str) -> Product {
    products::create(tx, new_product(id)).unwrap()
}

pub(crate) fn named(username: &str) -> BuyerChanges {
    BuyerChanges { username: Some(UserName::parse(username).unwrap()), ..BuyerChanges::default() }
}

/// Everything that identifies somebody.
pub(crate) fn told() -> BuyerChanges {
    BuyerChanges {
        display_name: Some(Some(PersonName::parse("Juan García").unwrap())),
        phone: Some(Some(domain::market::phone_number("612 34 56 78").unwrap())),
        email: Some(Some(Email::parse("juan@correo.example").unwrap())),
        ..named("juan_comprador")
    }
}

pub(crate) fn buyer(tx: &mut Tx<'_>, id: &str) -> Buyer {
    buyers::create_or_update(tx, &wallapop(id), &named(&format!("user_{id}"))).unwrap().0
}

pub(crate) fn new_conversation(chat: &str, product: &Product, buyer: &Buyer) -> NewConversation {
    NewConversation { wallapop_chat_id: wallapop(chat), product_id: product.id, buyer_id: buyer.id }
}

pub(crate) fn conversation(tx: &mut Tx<'_>, chat: &str, product: &Product, buyer: &Buyer) -> Conversation {
    conversations::create(tx, &new_conversation(chat, product, buyer)).unwrap().0
}

pub(crate) fn new_message(by: Option<Id<Buyer>>, content: &str) -> NewMessage {
    let message_type = if by.is_some() { MessageType::UserMessage } else { MessageType::BotMessage };
    NewMessage {
        wallapop_message_id: None,
        buyer_id: by,
        content: message_type.read(content).unwrap(),
        message_type,
        intent: None,
        entities: None,
        sentiment: None,
    }
}

/// A message of the conversation's buyer.
pub(crate) fn wrote(tx: &mut Tx<'_>, chat: &Conversation, content: &str) -> Message {
    messages::create(tx, chat.id, &new_message(Some(chat.buyer_id), content)).unwrap().0
}

/// A product, a buyer and their conversation.
pub(crate) fn talk(tx: &mut Tx<'_>, name: &str) -> (Product, Buyer, Conversation) {
    let (product, buyer) = (product(tx, &format!("p-{name}")), buyer(tx, &format!("b-{name}")));
    let conversation = conversation(tx, &format!("c-{name}"), &product, &buyer);
    (product, buyer, conversation)
}

/// Runs work in a transaction that is committed.
pub(crate) fn commit<T>(database: &Database, mut work: impl FnMut(&mut Tx<'_>) -> T) -> T {
    database.write::<_, Error>("test", &Actor::system(), |tx| Ok(work(tx))).unwrap()
}

/// Runs a use case in a transaction of its own.
pub(crate) fn attempt<T>(database: &Database, work: impl FnMut(&mut Tx<'_>) -> Result<T>) -> Result<T> {
    database.write("test", &Actor::system(), work)
}

/// A database whose clock stands at this time.
pub(crate) fn database_at(time: &str) -> (TestDatabase, Database) {
    let test = TestDatabase::new();
    test.set_clock(time);
    let database = test.database();
    (test, database)
}
