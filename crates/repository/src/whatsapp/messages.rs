//! The messages of a chat as they stand in its row: an array of JSON, each content sealed for the customer.

use chrono::{DateTime, Utc};
use codec::Column;
use domain::pii::{JsonKind, Pii};
use domain::whatsapp::imports::ImportedMessage;
use domain::whatsapp::userchats::timestamp_text;
use domain::whatsapp::{Location, Message, MessageSid, NewMessage, Role};
use domain::{PrivateJson, json};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::database::sealed::{open_element, seal_element};
use crate::{Conn, Error, Result};

pub(super) const MESSAGES: Column = super::userchats::TABLE.column("messages");

/// One element of the array. The time of a new one is added by the statement that keeps it.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct StoredMessage {
    role: Role,
    content: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    timestamp: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    media: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message_sid: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<String>,
}

impl std::fmt::Debug for StoredMessage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[stored message]")
    }
}

/// Seals a message for its customer.
pub(super) fn seal(conn: &Conn<'_>, customer: Uuid, new: &NewMessage) -> Result<StoredMessage> {
    let NewMessage { role, content, media, location, message_sid } = new;
    let location = location.as_ref().map(|place| seal_location(conn, customer, place)).transpose()?;
    Ok(StoredMessage {
        role: *role,
        content: seal_element(conn, &MESSAGES, customer, content)?,
        timestamp: None,
        media: Some(media.clone()).filter(|media| !media.is_empty()),
        message_sid: message_sid.as_ref().map(|sid| sid.as_str().to_owned()),
        location,
    })
}

/// Seals a message that brings its own time.
pub(super) fn seal_imported(
    conn: &Conn<'_>,
    customer: Uuid,
    message: &ImportedMessage,
) -> Result<StoredMessage> {
    Ok(StoredMessage {
        role: message.role,
        content: seal_element(conn, &MESSAGES, customer, &message.content)?,
        timestamp: Some(timestamp_text(message.timestamp)),
        media: None,
        message_sid: None,
        location: None,
    })
}

impl StoredMessage {
    /// The message, which `customer` wrote or was answered.
    pub(super) fn open(self, conn: &Conn<'_>, customer: Uuid) -> Result<Message> {
        let Self { role, content, timestamp, media, message_sid, location } = self;
        Ok(Message {
            role,
            content: open_element(conn, &MESSAGES, customer, &content)?,
            timestamp: time(timestamp.as_deref().unwrap_or_default())?,
            media: media.unwrap_or_default(),
            location: location.map(|place| open_location(conn, customer, &place)).transpose()?,
            message_sid: message_sid.map(MessageSid::from_trusted),
        })
    }

    /// The same, sealed for another customer.
    pub(super) fn seal_anew(self, conn: &Conn<'_>, from: Uuid, to: Uuid) -> Result<Self> {
        let anew = |text: String| -> Result<String> {
            let plain: Pii<JsonKind> = open_element(conn, &MESSAGES, from, &text)?;
            seal_element(conn, &MESSAGES, to, &plain)
        };
        Ok(Self { content: anew(self.content)?, location: self.location.map(anew).transpose()?, ..self })
    }
}

/// Opens messages of one customer.
pub(super) fn open_all(conn: &Conn<'_>, customer: Uuid, stored: Vec<StoredMessage>) -> Result<Vec<Message>> {
    stored.into_iter().map(|message| message.open(conn, customer)).collect()
}

/// Reads a time as it stands in a message.
pub(super) fn time(text: &str) -> Result<DateTime<Utc>> {
    let time = DateTime::parse_from_rfc3339(text);
    time.map(|time| time.to_utc()).map_err(|_| Error::Invalid("the time of a message is none".to_owned()))
}

fn seal_location(conn: &Conn<'_>, customer: Uuid, place: &Location) -> Result<String> {
    let text = serde_json::to_string(place).map_err(|error| Error::Invalid(error.to_string()))?;
    seal_element(conn, &MESSAGES, customer, &PrivateJson::from_trusted(text))
}

fn open_location(conn: &Conn<'_>, customer: Uuid, sealed: &str) -> Result<Location> {
    let text: PrivateJson = open_element(conn, &MESSAGES, customer, sealed)?;
    json::from_trusted(text.expose()).map_err(|_| Error::Invalid("the place of a message is none".to_owned()))
}
