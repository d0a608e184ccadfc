//! The WhatsApp bot: one file per table, and one for each subject that goes over several of them. Twilio calls the webhooks,
//! agents everything else.

mod answers;
mod identity;
mod imports;
mod inbound_messages;
mod message_deliveries;
mod own_data;
mod schema;
mod statistics;
mod store;
mod twilio;
mod userchats;
mod users;
mod waiting;
mod webhook;

use crate::http::{Admin, Read, Section, System, Write};

/// This system, for its scopes and its log-in.
#[derive(Debug)]
pub(crate) struct WhatsApp;

impl System for WhatsApp {
    const NAME: &'static str = repository::whatsapp::SYSTEM.name;
}

/// `whatsapp:read`
pub(crate) type WhatsAppRead = Read<WhatsApp>;
/// `whatsapp:write`
pub(crate) type WhatsAppWrite = Write<WhatsApp>;
/// `whatsapp:admin`
pub(crate) type WhatsAppAdmin = Admin<WhatsApp>;

/// This system in the API.
pub(crate) const SECTION: Section = Section {
    system: WhatsApp::NAME,
    tags: &[
        ("whatsapp webhooks", "What Twilio calls"),
        ("whatsapp users", "People who write to the bot"),
        ("whatsapp chats", "Conversations and their messages"),
        ("whatsapp answers", "Messages that wait, the agents that claim them, and what the bot answers"),
        ("whatsapp deliveries", "What came from Twilio, and what became of messages that were sent"),
        ("whatsapp statistics", "How much is said"),
        ("whatsapp sessions", "Log-in, passwords and tokens of people who write to the bot"),
    ],
    routes: |routes| {
        webhook::routes(routes);
        users::routes(routes);
        own_data::routes(routes);
        userchats::routes(routes);
        imports::routes(routes);
        inbound_messages::routes(routes);
        answers::routes(routes);
        waiting::routes(routes);
        message_deliveries::routes(routes);
        statistics::routes(routes);
        identity::routes(routes);
    },
};
