//! A person in memory, with the conversations.

use std::collections::VecDeque;

use chrono::{DateTime, Utc};
use domain::pii::{Pii, PiiKind};
use domain::whatsapp::{Chat, ChatId, Message, NewMessage, Role, Sender, User};
use domain::{Email, Id, PersonName, PhoneNumber, WhatsAppId};
use repository::Error as RepositoryError;
use repository::codec::{BlindIndex, Cipher, Column};
use uuid::Uuid;

use crate::Result;

/// Closed chats of a person that are kept beside the active one.
const CLOSED_CHATS: usize = 9;

const PHONE_NUMBER: Column = Column::new("whatsapp", "users", "phone_number");
const WHATSAPP_ID: Column = Column::new("whatsapp", "users", "whatsapp_id");
const EMAIL: Column = Column::new("whatsapp", "users", "email");
const FULL_NAME: Column = Column::new("whatsapp", "users", "full_name");

/// A value that is sealed as in the database.
#[derive(Clone)]
struct SealedValue(Vec<u8>);

/// What a person is found by.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Key {
    Phone(BlindIndex),
    WhatsAppId(BlindIndex),
    Email(BlindIndex),
}

/// A person.
#[derive(Clone)]
pub(super) struct Person {
    pub(super) id: Id<User>,
    phone_number: Option<SealedValue>,
    whatsapp_id: Option<SealedValue>,
    email: Option<SealedValue>,
    full_name: Option<SealedValue>,
    full_name_is_set: bool,
    pub(super) keys: Vec<Key>,
    row_version: i64,
    pub(super) created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    /// The last message of either side.
    pub(super) last_at: DateTime<Utc>,
    /// The oldest first; the active one, if there is one, is the last.
    pub(super) chats: Vec<Talk>,
}

/// A chat.
#[derive(Clone)]
pub(super) struct Talk {
    pub(super) chat: Chat,
    pub(super) claim_id: Option<Uuid>,
    pub(super) messages: VecDeque<Message>,
}

/// By what WhatsApp knows a person, and what else is known.
#[derive(Default)]
pub(super) struct Facts<'a> {
    pub(super) phone_number: Option<&'a PhoneNumber>,
    pub(super) whatsapp_id: Option<&'a WhatsAppId>,
    pub(super) email: Option<&'a Email>,
    pub(super) full_name: Option<&'a PersonName>,
    pub(super) full_name_is_set: bool,
}

impl<'a> Facts<'a> {
    pub(super) fn of(sender: &'a Sender, profile_name: Option<&'a PersonName>) -> Self {
        let (phone_number, whatsapp_id) = (sender.phone_number(), sender.whatsapp_id());
        Self { phone_number, whatsapp_id, full_name: profile_name, ..Self::default() }
    }
}

impl Person {
    pub(super) fn new(cipher: &Cipher, now: DateTime<Utc>, facts: &Facts<'_>) -> Result<Self> {
        let mut person = Self {
            id: Id::generate(),
            phone_number: None,
            whatsapp_id: None,
            email: None,
            full_name: None,
            full_name_is_set: facts.full_name_is_set && facts.full_name.is_some(),
            keys: Vec::new(),
            row_version: 0,
            created_at: now,
            updated_at: now,
            last_at: now,
            chats: Vec::new(),
        };
        person.set(cipher, now, facts)?;
        Ok(person)
    }

    /// Takes over what is given; a name only at the beginning, or where none was set here.
    pub(super) fn set(&mut self, cipher: &Cipher, now: DateTime<Utc>, facts: &Facts<'_>) -> Result<()> {
        let id = self.id.uuid();
        let is_new = self.row_version == 0;
        let mut changed = is_new;
        if let Some(phone) = facts.phone_number {
            let key = phone_key(cipher, phone)?;
            if self.replace(key, |key| matches!(key, Key::Phone(_))) {
                self.phone_number = Some(seal(cipher, &PHONE_NUMBER, id, phone)?);
                changed = true;
            }
        }
        if let Some(whatsapp_id) = facts.whatsapp_id {
            let key = whatsapp_key(cipher, whatsapp_id)?;
            if self.replace(key, |key| matches!(key, Key::WhatsAppId(_))) {
                self.whatsapp_id = Some(seal(cipher, &WHATSAPP_ID, id, whatsapp_id)?);
                changed = true;
            }
        }
        if let Some(email) = facts.email {
            let key = email_key(cipher, email)?;
            if self.replace(key, |key| matches!(key, Key::Email(_))) {
                self.email = Some(seal(cipher, &EMAIL, id, email)?);
                changed = true;
            }
        }
        if let Some(name) = facts.full_name.filter(|_| is_new || !self.full_name_is_set)
            && open(cipher, &FULL_NAME, id, self.full_name.as_ref())?.as_ref() != Some(name)
        {
            self.full_name = Some(seal(cipher, &FULL_NAME, id, name)?);
            changed = true;
        }
        if changed {
            self.row_version += 1;
            self.updated_at = now;
        }
        Ok(())
    }

    /// Puts a key in the place of the one of its kind; answers whether it is another.
    fn replace(&mut self, key: Key, is_of_kind: impl Fn(&Key) -> bool) -> bool {
        if self.keys.contains(&key) {
            return false;
        }
        self.keys.retain(|key| !is_of_kind(key));
        self.keys.push(key);
        true
    }

    /// The person as a user.
    pub(super) fn open(&self, cipher: &Cipher) -> Result<User> {
        let id = self.id.uuid();
        Ok(User {
            user_id: self.id,
            email: open(cipher, &EMAIL, id, self.email.as_ref())?,
            phone_number: open(cipher, &PHONE_NUMBER, id, self.phone_number.as_ref())?,
            whatsapp_id: open(cipher, &WHATSAPP_ID, id, self.whatsapp_id.as_ref())?,
            full_name: open(cipher, &FULL_NAME, id, self.full_name.as_ref())?,
            full_name_is_set: self.full_name_is_set,
            is_active: true,
            row_version: self.row_version,
            created_at: self.created_at,
            updated_at: self.updated_at,
        })
    }

    pub(super) fn active(&self) -> Option<&Talk> {
        self.chats.last().filter(|talk| talk.chat.is_active)
    }

    pub(super) fn active_mut(&mut self) -> Option<&mut Talk> {
        self.chats.last_mut().filter(|talk| talk.chat.is_active)
    }

    /// Keeps a message in the active chat, or in a new one.
    pub(super) fn keep(&mut self, now: DateTime<Utc>, most: usize, new: &NewMessage) -> (Chat, Message) {
        self.last_at = now;
        if self.active().is_none() {
            self.begin_chat(now);
        }
        let message = match self.active_mut() {
            Some(talk) => talk.keep(now, most, new),
            None => Message::kept(new.clone(), now),
        };
        (self.active().map_or_else(|| empty_chat(self.id, now), |talk| talk.chat), message)
    }

    fn begin_chat(&mut self, now: DateTime<Utc>) {
        if self.chats.len() > CLOSED_CHATS {
            self.chats.remove(0);
        }
        self.chats.push(Talk { chat: empty_chat(self.id, now), claim_id: None, messages: VecDeque::new() });
    }

    /// Takes over the chats of another person; of two active ones the other's is closed.
    pub(super) fn adopt(&mut self, other: Self) {
        let has_active = self.active().is_some();
        for mut talk in other.chats {
            talk.chat.customer_id = self.id;
            talk.chat.is_active &= !has_active;
            self.chats.push(talk);
        }
        self.chats.sort_by_key(|talk| (talk.chat.is_active, talk.chat.created_at, talk.chat.chat_id));
        let beyond = self.chats.len().saturating_sub(CLOSED_CHATS + 1);
        self.chats.drain(..beyond);
        self.full_name = self.full_name.take().or(other.full_name);
    }
}

impl Talk {
    fn keep(&mut self, now: DateTime<Utc>, most: usize, new: &NewMessage) -> Message {
        let after = self.messages.back().map(|last| last.timestamp + chrono::TimeDelta::microseconds(1));
        let message = Message::kept(new.clone(), after.map_or(now, |after| after.max(now)));
        self.messages.push_back(message.clone());
        while self.messages.len() > most.max(1) {
            self.messages.pop_front();
        }
        let chat = &mut self.chat;
        chat.message_count += 1;
        chat.updated_at = now;
        match new.role {
            Role::User => {
                chat.waiting_since = chat.waiting_since.or(Some(message.timestamp));
                chat.last_inbound_at = Some(message.timestamp);
            }
            Role::Assistant => {
                chat.waiting_since = None;
                self.release();
            }
        }
        message
    }

    pub(super) fn release(&mut self) {
        self.claim_id = None;
        self.chat.claimed_until = None;
    }

    /// The agent that holds the chat.
    pub(super) fn live_claim(&self, now: DateTime<Utc>) -> Option<Uuid> {
        self.claim_id.filter(|_| self.chat.claimed_until.is_some_and(|until| until > now))
    }
}

fn empty_chat(customer_id: Id<User>, now: DateTime<Utc>) -> Chat {
    Chat {
        chat_id: ChatId::generate(),
        customer_id,
        is_active: true,
        message_count: 0,
        continues_chat_id: None,
        waiting_since: None,
        last_inbound_at: None,
        claimed_until: None,
        created_at: now,
        updated_at: now,
    }
}

pub(super) fn phone_key(cipher: &Cipher, phone: &PhoneNumber) -> Result<Key> {
    index(cipher, &PHONE_NUMBER, phone).map(Key::Phone)
}

pub(super) fn whatsapp_key(cipher: &Cipher, id: &WhatsAppId) -> Result<Key> {
    index(cipher, &WHATSAPP_ID, id).map(Key::WhatsAppId)
}

pub(super) fn email_key(cipher: &Cipher, email: &Email) -> Result<Key> {
    index(cipher, &EMAIL, email).map(Key::Email)
}

fn index<K: PiiKind>(cipher: &Cipher, column: &Column, value: &Pii<K>) -> Result<BlindIndex> {
    Ok(cipher.column(column).map_err(not_ready)?.blind_index(&value.index_form()))
}

fn seal<K: PiiKind>(cipher: &Cipher, column: &Column, row: Uuid, value: &Pii<K>) -> Result<SealedValue> {
    let envelope = cipher.column(column).map_err(not_ready)?.seal(row, value.expose().as_bytes());
    Ok(SealedValue(envelope.map_err(not_ready)?))
}

fn open<K: PiiKind>(
    cipher: &Cipher,
    column: &Column,
    row: Uuid,
    value: Option<&SealedValue>,
) -> Result<Option<Pii<K>>> {
    let Some(SealedValue(envelope)) = value else { return Ok(None) };
    let plain = cipher.column(column).map_err(not_ready)?.open(row, envelope.clone()).map_err(not_ready)?;
    Ok(Some(Pii::from_trusted(String::from_utf8(plain).map_err(not_ready)?)))
}

fn not_ready(error: impl std::fmt::Display) -> RepositoryError {
    RepositoryError::NotReady(format!("a value in memory: {error}"))
}
