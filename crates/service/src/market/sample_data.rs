//! A bot that sells four things to three people.

use domain::market::products::price;
use domain::market::{
    Activity, BotZone, Buyer, BuyerChanges, Condition, Conversation, Count, MessageType, NewConversation,
    NewMessage, NewProduct, Processed, Product, ProductChanges, ProductStatus, SessionId,
};
use domain::{Id, PersonName, Text, UserName};
use repository::Error as RepositoryError;
use repository::Tx;

use super::{bot_sessions, buyers, conversations, messages, products};
use crate::system::parse;
use crate::{Error, Result};

/// Marketplace id, title, category, place, price and condition.
type Listing = (&'static str, &'static str, &'static str, &'static str, &'static str, Condition);

const LISTINGS: [Listing; 4] = [
    ("sample-iphone", "iPhone 13 Pro", "phones", "Barcelona", "650.00", Condition::LikeNew),
    ("sample-bicycle", "Orbea mountain bike", "bicycles", "Barcelona", "420.00", Condition::Good),
    ("sample-desk", "Standing desk, 140 cm", "furniture", "Badalona", "120.00", Condition::Good),
    ("sample-camera", "Fujifilm X-T30", "cameras", "Sabadell", "540.00", Condition::Fair),
];

const BUYERS: [(&str, &str, &str, bool); 3] = [
    ("sample-juan", "juan_comprador", "Juan García", false),
    ("sample-lucia", "lucia.bcn", "Lucía Ferrer", true),
    ("sample-nadie", "gangas24h", "Gangas", false),
];

/// Loads the sample data, unless it is there; returns whether it did.
pub(super) fn load(tx: &mut Tx<'_>) -> Result<bool> {
    let mut listed = Vec::new();
    for listing in &LISTINGS {
        match list(tx, listing) {
            Ok(product) => listed.push(product),
            Err(Error::Repository(RepositoryError::Conflict { .. })) => return Ok(false),
            Err(error) => return Err(error),
        }
    }
    let [iphone, bicycle, desk, camera] = *listed.as_slice() else { return Ok(false) };
    let mut people = Vec::new();
    for person in &BUYERS {
        people.push(meet(tx, person)?);
    }
    let [juan, lucia, scammer] = *people.as_slice() else { return Ok(false) };

    // Juan bargains for the phone and waits for an answer.
    let chat = talk(tx, "sample-chat-1", iphone, juan)?;
    wrote(tx, chat, juan, "¡Hola! Me interesa tu iPhone. ¿Sigue disponible?", true)?;
    answered(tx, chat, "Sí, está disponible y como nuevo.")?;
    wrote(tx, chat, juan, "¿Me lo dejas en 600?", false)?;

    // Lucía has bought the bicycle.
    let chat = talk(tx, "sample-chat-2", bicycle, lucia)?;
    wrote(tx, chat, lucia, "Buenas, ¿la bici es talla M?", true)?;
    answered(tx, chat, "Sí, talla M. La puedes probar en Sants.")?;
    wrote(tx, chat, lucia, "Perfecto, me la quedo por 400.", true)?;
    let agreed = parse(|fields| fields.take("/negotiated_price", price("400.00")))?;
    conversations::complete(tx, chat, Some(agreed))?;

    // The desk is kept for her.
    let chat = talk(tx, "sample-chat-3", desk, lucia)?;
    wrote(tx, chat, lucia, "¿Me reservas el escritorio hasta el sábado?", true)?;
    answered(tx, chat, "Reservado.")?;
    wrote(tx, chat, lucia, "¡Gracias! ¿A qué hora te va bien?", false)?;
    let reserved = ProductChanges { status: Some(ProductStatus::Reserved), ..ProductChanges::default() };
    products::update(tx, desk, None, reserved)?;

    // Somebody who wanted to pay outside the marketplace was blocked.
    let chat = talk(tx, "sample-chat-4", camera, scammer)?;
    wrote(tx, chat, scammer, "Te pago el doble por transferencia, mándamela hoy.", true)?;
    answered(tx, chat, "Solo vendo por Wallapop.")?;
    wrote(tx, chat, scammer, "Entonces dame tu teléfono.", true)?;
    conversations::block(tx, chat)?;

    let session = parse(|fields| fields.take("/session_id", SessionId::parse("sample-bot")))?;
    bot_sessions::get_or_start(tx, &session, BotZone::default())?;
    let sent = parse(|fields| fields.take("/messages_sent", Count::new(4)))?;
    let active = parse(|fields| fields.take("/active_conversations", Count::new(2)))?;
    let activity = Activity { messages_sent: sent, active_conversations: Some(active) };
    bot_sessions::record_activity(tx, &session, activity, BotZone::default())?;
    Ok(true)
}

fn list(tx: &mut Tx<'_>, listing: &Listing) -> Result<Id<Product>> {
    let (wallapop_id, title, category, place, asked, condition) = *listing;
    let new = parse(|fields| {
        let wallapop_id = fields.take("/wallapop_id", Text::parse(wallapop_id));
        let title = fields.take("/title", Text::parse(title));
        let price = fields.take("/price", price(asked));
        let category = fields.take("/category", Text::parse(category));
        let location = fields.take("/location", Text::parse(place));
        let new = NewProduct::new(wallapop_id?, title?, price?);
        Some(NewProduct { category, location, condition: Some(condition), ..new })
    })?;
    Ok(products::create(tx, new)?.id)
}

fn meet(tx: &mut Tx<'_>, person: &(&str, &str, &str, bool)) -> Result<Id<Buyer>> {
    let (wallapop_user_id, username, display_name, is_verified) = *person;
    let wallapop_user_id = parse(|fields| fields.take("/wallapop_user_id", Text::parse(wallapop_user_id)))?;
    let given = parse(|fields| {
        let username = fields.take("/username", UserName::parse(username));
        let display_name = fields.take("/display_name", PersonName::parse(display_name));
        let is_verified = Some(is_verified);
        Some(BuyerChanges {
            username,
            display_name: Some(display_name),
            is_verified,
            ..BuyerChanges::default()
        })
    })?;
    Ok(buyers::create_or_update(tx, &wallapop_user_id, &given)?.0.id)
}

fn talk(tx: &mut Tx<'_>, chat: &str, product: Id<Product>, buyer: Id<Buyer>) -> Result<Id<Conversation>> {
    let wallapop_chat_id = parse(|fields| fields.take("/wallapop_chat_id", Text::parse(chat)))?;
    let new = NewConversation { wallapop_chat_id, product_id: product, buyer_id: buyer };
    Ok(conversations::create(tx, &new)?.0.id)
}

fn wrote(
    tx: &mut Tx<'_>,
    chat: Id<Conversation>,
    buyer: Id<Buyer>,
    content: &str,
    is_processed: bool,
) -> Result<()> {
    let message = store(tx, chat, Some(buyer), MessageType::UserMessage, content)?;
    if is_processed {
        messages::processed(tx, message, None, &Processed::default())?;
    }
    Ok(())
}

fn answered(tx: &mut Tx<'_>, chat: Id<Conversation>, content: &str) -> Result<()> {
    store(tx, chat, None, MessageType::BotMessage, content).map(|_| ())
}

fn store(
    tx: &mut Tx<'_>,
    chat: Id<Conversation>,
    buyer_id: Option<Id<Buyer>>,
    message_type: MessageType,
    content: &str,
) -> Result<Id<domain::market::Message>> {
    let content = parse(|fields| fields.take("/content", message_type.read(content)))?;
    let new = NewMessage {
        wallapop_message_id: None,
        buyer_id,
        content,
        message_type,
        intent: None,
        entities: None,
        sentiment: None,
    };
    Ok(messages::create(tx, chat, &new)?.0.id)
}

#[cfg(test)]
mod tests {
    use domain::PageRequest;
    use domain::market::{ConversationFilter, ProductFilter};
    use repository::testing;

    use super::*;

    #[test]
    fn it_loads_once_and_shows_every_state() {
        testing::check(|tx| {
            assert!(load(tx).unwrap());
            assert!(!load(tx).unwrap());
            let page = PageRequest::default();
            let listed = products::list(tx, &ProductFilter::default(), page).unwrap().items;
            let with = |status| listed.iter().filter(|product| product.status == status).count();
            assert_eq!((listed.len(), with(ProductStatus::Sold), with(ProductStatus::Reserved)), (4, 1, 1));
            let people = buyers::list(tx, None, page).unwrap().items;
            let verified = people.iter().filter(|buyer| buyer.is_verified).count();
            let blocked = people.iter().filter(|buyer| buyer.is_blocked).count();
            assert_eq!((people.len(), verified, blocked), (3, 1, 1));
            let chats = conversations::list(tx, &ConversationFilter::default(), page).unwrap().items;
            let written: i32 = chats.iter().map(|chat| chat.message_count).sum();
            assert_eq!((chats.len(), written), (4, 12));
            assert_eq!(messages::claim(tx, 10, 60, 3).unwrap().messages.len(), 2);
            assert_eq!(bot_sessions::list(tx, BotZone::default(), page).unwrap().items.len(), 1);
        });
    }
}
