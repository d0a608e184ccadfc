//! Everybody in memory, and by what they are found.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use domain::Id;
use domain::whatsapp::{ChatId, InboundOutcome, MessageSid, User};

use super::answers::Answers;
use super::people::{Key, Person};

/// A message that was delivered.
#[derive(Clone, Copy)]
pub(super) struct Delivered {
    pub(super) customer_id: Id<User>,
    pub(super) chat_id: Option<ChatId>,
    pub(super) outcome: InboundOutcome,
    pub(super) at: DateTime<Utc>,
}

/// Persons, with indexes that [`State::put`] alone keeps.
#[derive(Default)]
pub(super) struct State {
    people: HashMap<Id<User>, Person>,
    by_key: HashMap<Key, Id<User>>,
    by_chat: HashMap<ChatId, Id<User>>,
    by_silence: BTreeSet<(DateTime<Utc>, Id<User>)>,
    sids: HashMap<MessageSid, Delivered>,
    sids_by_time: BTreeSet<(DateTime<Utc>, MessageSid)>,
    pub(super) answers: Answers,
}

impl State {
    pub(super) fn person(&self, id: Id<User>) -> Option<&Person> {
        self.people.get(&id)
    }

    pub(super) fn people(&self) -> impl Iterator<Item = &Person> {
        self.people.values()
    }

    pub(super) fn by_key(&self, key: Key) -> Option<&Person> {
        self.person(*self.by_key.get(&key)?)
    }

    pub(super) fn by_chat(&self, chat: ChatId) -> Option<&Person> {
        self.person(*self.by_chat.get(&chat)?)
    }

    /// Puts a person in the place of the one who is there, or takes it away; answers who was there.
    pub(super) fn put(&mut self, id: Id<User>, person: Option<Person>) -> Option<Person> {
        let before = self.people.remove(&id);
        if let Some(before) = &before {
            for key in &before.keys {
                self.by_key.remove(key);
            }
            for talk in &before.chats {
                self.by_chat.remove(&talk.chat.chat_id);
            }
            self.by_silence.remove(&(before.last_at, id));
        }
        if let Some(person) = person {
            self.by_key.extend(person.keys.iter().map(|key| (*key, id)));
            self.by_chat.extend(person.chats.iter().map(|talk| (talk.chat.chat_id, id)));
            self.by_silence.insert((person.last_at, id));
            self.people.insert(id, person);
        }
        before
    }

    pub(super) fn delivered(&self, sid: &MessageSid) -> Option<Delivered> {
        self.sids.get(sid).copied()
    }

    pub(super) fn note(&mut self, sid: MessageSid, delivered: Delivered) {
        self.sids_by_time.insert((delivered.at, sid.clone()));
        self.sids.insert(sid, delivered);
    }

    pub(super) fn forget_sid(&mut self, sid: &MessageSid) {
        if let Some(delivered) = self.sids.remove(sid) {
            self.sids_by_time.remove(&(delivered.at, sid.clone()));
        }
    }

    /// Forgets who has been silent since before `since`, the sids of that time, and who has been silent longest where there
    /// are more than `most`.
    pub(super) fn forget(&mut self, since: DateTime<Utc>, most: usize) {
        while let Some((at, id)) = self.by_silence.first().copied()
            && (at < since || self.people.len() > most)
        {
            self.put(id, None);
        }
        while let Some((at, sid)) = self.sids_by_time.first().cloned()
            && at < since
        {
            self.forget_sid(&sid);
        }
    }
}
