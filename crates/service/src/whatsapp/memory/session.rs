//! One call of the store in memory: it remembers what it changes, so that it can take it back.

use chrono::{DateTime, TimeDelta, Utc};
use domain::whatsapp::{
    Chat, ChatId, History, InboundContent, InboundMessage, InboundOutcome, Lease, Message, MessageSid,
    NewMessage, OutboundSettings, Role, User, UserTotals, WaitingChat, other_spelling,
};
use domain::{Email, Id, Limit, Page, PageRequest, PersonName, PhoneNumber, Position};
use repository::Error as RepositoryError;
use repository::codec::Cipher;
use repository::whatsapp::answers::Answerable;
use repository::whatsapp::statistics::{Activity, OfUser};
use uuid::Uuid;

use super::people::{Facts, Key, Person, Talk, email_key, phone_key, whatsapp_key};
use super::state::{Delivered, State};
use crate::whatsapp::answers::{self, Answered, NewAnswer};
use crate::whatsapp::inbound_messages::Received;
use crate::whatsapp::store::Chats;
use crate::whatsapp::users::Lookup;
use crate::whatsapp::waiting::{Claimed, claim_lost};
use crate::whatsapp::{Reading, Rules, Store};
use crate::{Error, Result};

/// A call, which takes back what it did where it fails.
pub struct Session<'a> {
    pub(super) state: &'a mut State,
    pub(super) cipher: &'a Cipher,
    pub(super) now: DateTime<Utc>,
    /// Who was there before each change, the last one last.
    before: Vec<(Id<User>, Option<Person>)>,
    noted: Vec<MessageSid>,
}

fn user_not_found() -> Error {
    RepositoryError::NotFound("user").into()
}

fn chat_not_found() -> Error {
    RepositoryError::NotFound("chat").into()
}

impl<'a> Session<'a> {
    pub(super) fn new(state: &'a mut State, cipher: &'a Cipher, now: DateTime<Utc>) -> Self {
        Self { state, cipher, now, before: Vec::new(), noted: Vec::new() }
    }

    /// Takes back what was changed.
    pub(super) fn take_back(self) {
        let Self { state, before, noted, .. } = self;
        noted.iter().for_each(|sid| state.forget_sid(sid));
        for (id, person) in before.into_iter().rev() {
            state.put(id, person);
        }
    }

    fn put(&mut self, id: Id<User>, person: Option<Person>) {
        let before = self.state.put(id, person);
        self.before.push((id, before));
    }

    /// Changes a person.
    fn change<T>(&mut self, id: Id<User>, change: impl FnOnce(&mut Person) -> T) -> Result<T> {
        let mut person = self.state.person(id).cloned().ok_or_else(user_not_found)?;
        let outcome = change(&mut person);
        self.put(id, Some(person));
        Ok(outcome)
    }

    fn person_of(&self, chat: ChatId) -> Result<&Person> {
        self.state.by_chat(chat).ok_or_else(chat_not_found)
    }

    fn talk(&self, chat: ChatId) -> Result<&Talk> {
        let talk = self.person_of(chat)?.chats.iter().find(|talk| talk.chat.chat_id == chat);
        talk.ok_or_else(chat_not_found)
    }

    fn change_talk<T>(&mut self, chat: ChatId, change: impl FnOnce(&mut Talk) -> T) -> Result<T> {
        let id = self.person_of(chat)?.id;
        let outcome = self.change(id, |person| {
            person.chats.iter_mut().find(|talk| talk.chat.chat_id == chat).map(change)
        })?;
        outcome.ok_or_else(chat_not_found)
    }

    /// The keys of a number, in this spelling and in the other one.
    fn phone_keys(&self, phone: &PhoneNumber) -> Result<Vec<Key>> {
        let spellings = [Some(phone.clone()), other_spelling(phone)];
        spellings.into_iter().flatten().map(|phone| phone_key(self.cipher, &phone)).collect()
    }

    fn find_by_phone(&self, phone: &PhoneNumber) -> Result<Option<&Person>> {
        Ok(self.phone_keys(phone)?.into_iter().find_map(|key| self.state.by_key(key)))
    }

    /// The person who wrote a message, made if need be.
    fn identify(&mut self, message: &InboundMessage) -> Result<Id<User>> {
        let sender = &message.sender;
        let by_phone = sender.phone_number().map(|phone| self.find_by_phone(phone)).transpose()?.flatten();
        let id_key = sender.whatsapp_id().map(|id| whatsapp_key(self.cipher, id)).transpose()?;
        let by_id = id_key.and_then(|key| self.state.by_key(key));
        let facts = Facts::of(sender, message.profile_name.as_ref());
        let (mut person, gone) = match (by_phone.cloned(), by_id.cloned()) {
            (None, None) => (Person::new(self.cipher, self.now, &facts)?, None),
            (Some(person), None) | (None, Some(person)) => (person, None),
            (Some(one), Some(other)) if one.id == other.id => (one, None),
            (Some(one), Some(other)) if one.created_at <= other.created_at => (one, Some(other)),
            (Some(one), Some(other)) => (other, Some(one)),
        };
        if let Some(gone) = gone {
            self.put(gone.id, None);
            person.adopt(gone);
        }
        person.set(self.cipher, self.now, &facts)?;
        let id = person.id;
        self.put(id, Some(person));
        Ok(id)
    }

    fn open(&self, person: Option<&Person>) -> Result<User> {
        person.ok_or_else(user_not_found)?.open(self.cipher)
    }
}

/// A page of what comes after a position, in order.
fn page_of<T, P: PartialOrd>(
    sorted: impl Iterator<Item = T>,
    limit: Limit,
    is_after: impl Fn(&T) -> bool,
    position: impl Fn(&T) -> P,
) -> Page<T, P> {
    let most = usize::try_from(limit.rows_and_one()).unwrap_or(usize::MAX);
    Page::of(sorted.filter(is_after).take(most).collect(), limit, position)
}

fn newest_first<K: Ord + Copy>(after: Option<Position<K>>) -> impl Fn(Position<K>) -> bool {
    move |position| after.is_none_or(|after| position < after)
}

fn chat_page(mut chats: Vec<Chat>, page: PageRequest<Position<ChatId>>) -> Chats {
    let position = |chat: &Chat| Position { at: chat.created_at, id: chat.chat_id };
    chats.sort_by_key(|chat| std::cmp::Reverse(position(chat)));
    let is_after = newest_first(page.after);
    page_of(chats.into_iter(), page.limit, |chat| is_after(position(chat)), position)
}

fn waiting(talk: &Talk) -> Option<WaitingChat> {
    let since = talk.chat.waiting_since.filter(|_| talk.chat.is_active)?;
    let is_unanswered = |message: &&Message| message.role == Role::User && message.timestamp >= since;
    Some(WaitingChat {
        chat: talk.chat,
        unanswered: talk.messages.iter().filter(is_unanswered).cloned().collect(),
    })
}

impl Session<'_> {
    /// Everybody, newest first.
    fn newest_people(&self) -> Vec<&Person> {
        let mut people: Vec<&Person> = self.state.people().collect();
        people.sort_by_key(|person| std::cmp::Reverse((person.created_at, person.id)));
        people
    }

    /// The chats that wait, those that have waited longest first.
    fn waiting_talks(&self) -> Vec<&Talk> {
        let mut talks: Vec<&Talk> = self.state.people().filter_map(Person::active).collect();
        talks.retain(|talk| talk.chat.waiting_since.is_some());
        talks.sort_by_key(|talk| (talk.chat.waiting_since, talk.chat.chat_id));
        talks
    }
}

fn totals(person: &Person) -> UserTotals {
    let messages = person.chats.iter().map(|talk| i64::from(talk.chat.message_count)).sum();
    UserTotals {
        total_chats: i64::try_from(person.chats.len()).unwrap_or(i64::MAX),
        total_messages: messages,
    }
}

impl Reading for Session<'_> {
    fn user(&mut self, id: Id<User>) -> Result<User> {
        self.open(self.state.person(id))
    }

    fn lookup(&mut self, lookup: &Lookup) -> Result<User> {
        let person = match lookup {
            Lookup::Phone(phone) => self.find_by_phone(phone)?,
            Lookup::Email(email) => self.state.by_key(email_key(self.cipher, email)?),
        };
        self.open(person)
    }

    fn users(&mut self, is_active: Option<bool>, page: PageRequest) -> Result<Page<User>> {
        let position = |person: &&Person| Position { at: person.created_at, id: person.id.uuid() };
        let is_after = newest_first(page.after);
        // Everybody in memory is active.
        let people = self.newest_people().into_iter().filter(|_| is_active != Some(false));
        page_of(people, page.limit, |person| is_after(position(person)), position)
            .try_map(|person| person.open(self.cipher))
    }

    fn chats(
        &mut self,
        user: Id<User>,
        is_active: Option<bool>,
        page: PageRequest<Position<ChatId>>,
    ) -> Result<Chats> {
        let person = self.state.person(user).ok_or_else(user_not_found)?;
        let chats = person.chats.iter().map(|talk| talk.chat);
        Ok(chat_page(
            chats.filter(|chat| is_active.is_none_or(|wanted| chat.is_active == wanted)).collect(),
            page,
        ))
    }

    fn chats_of_phone(&mut self, phone: &PhoneNumber, page: PageRequest<Position<ChatId>>) -> Result<Chats> {
        let chats =
            self.find_by_phone(phone)?.map(|person| person.chats.iter().map(|talk| talk.chat).collect());
        Ok(chat_page(chats.unwrap_or_default(), page))
    }

    fn chat(&mut self, id: ChatId) -> Result<Chat> {
        Ok(self.talk(id)?.chat)
    }

    fn messages(&mut self, id: ChatId, page: PageRequest<u32>) -> Result<Page<Message, u32>> {
        let before = page.after.unwrap_or(0);
        let messages = (1..).zip(self.talk(id)?.messages.iter().cloned());
        let page: Page<(u32, Message), u32> =
            page_of(messages, page.limit, |(place, _)| *place > before, |(place, _)| *place);
        Ok(page.map(|(_, message)| message))
    }

    fn history(&mut self, rules: &Rules, user: Id<User>, most: Option<u32>) -> Result<History> {
        let person = self.state.person(user).ok_or_else(user_not_found)?;
        let most = usize::try_from(most.unwrap_or(rules.max_history)).unwrap_or(usize::MAX);
        let messages = person.active().map(|talk| &talk.messages).into_iter().flatten();
        let all: Vec<_> = messages.map(|message| (message.role, message.content.clone())).collect();
        Ok(all.get(all.len().saturating_sub(most)..).unwrap_or_default().to_vec())
    }

    fn totals(&mut self, user: Id<User>) -> Result<UserTotals> {
        self.state.person(user).map(totals).ok_or_else(user_not_found)
    }

    fn list_totals(&mut self, page: PageRequest) -> Result<Page<OfUser>> {
        let position = |person: &&Person| Position { at: person.created_at, id: person.id.uuid() };
        let is_after = newest_first(page.after);
        let people = self.newest_people().into_iter();
        let page = page_of(people, page.limit, |person| is_after(position(person)), position);
        Ok(page.map(|person| OfUser { user_id: person.id, totals: totals(person) }))
    }

    fn waiting(
        &mut self,
        page: PageRequest<Position<ChatId>>,
    ) -> Result<Page<WaitingChat, Position<ChatId>>> {
        let position = |waiting: &WaitingChat| Position {
            at: waiting.chat.waiting_since.unwrap_or_default(),
            id: waiting.chat.chat_id,
        };
        let talks = self.waiting_talks().into_iter().filter_map(waiting);
        let is_after = |waiting: &WaitingChat| page.after.is_none_or(|after| position(waiting) > after);
        Ok(page_of(talks, page.limit, is_after, position))
    }

    fn activity(&mut self) -> Result<Activity> {
        let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
        let active = self.state.people().filter(|person| person.active().is_some()).count();
        Ok(Activity { active_sessions: count(active), waiting: count(self.waiting_talks().len()) })
    }
}

impl Store for Session<'_> {
    fn reading(&mut self) -> &mut (dyn Reading + '_) {
        self
    }

    fn receive(&mut self, rules: &Rules, message: &InboundMessage) -> Result<Received> {
        if message.content == InboundContent::Nothing {
            return Ok(Received::NOTHING);
        }
        if let Some(Delivered { customer_id, chat_id, outcome, .. }) =
            self.state.delivered(&message.message_sid)
        {
            let (outcome, customer_id) = (Some(outcome), Some(customer_id));
            return Ok(Received { outcome, is_repeated: true, customer_id, chat_id, message: None });
        }
        let customer_id = self.identify(message)?;
        let (now, most) = (self.now, usize::try_from(rules.max_history).unwrap_or(usize::MAX));
        let (outcome, kept) = match &message.content {
            InboundContent::Message(new) => {
                let kept = self.change(customer_id, |person| person.keep(now, most, new))?;
                (InboundOutcome::Kept, Some(kept))
            }
            InboundContent::Clear | InboundContent::Nothing => {
                self.clear(customer_id)?;
                (InboundOutcome::Command, None)
            }
        };
        let chat_id = kept.as_ref().map(|(chat, _)| chat.chat_id);
        self.state.note(message.message_sid.clone(), Delivered { customer_id, chat_id, outcome, at: now });
        self.noted.push(message.message_sid.clone());
        Ok(Received {
            outcome: Some(outcome),
            is_repeated: false,
            customer_id: Some(customer_id),
            chat_id,
            message: kept.map(|(_, message)| message),
        })
    }

    fn find_or_create(
        &mut self,
        phone: PhoneNumber,
        full_name: Option<PersonName>,
        email: Option<Email>,
    ) -> Result<(User, bool)> {
        if let Some(person) = self.find_by_phone(&phone)? {
            return Ok((person.open(self.cipher)?, false));
        }
        if let Some(email) = &email
            && let Some(holder) = self.state.by_key(email_key(self.cipher, email)?)
        {
            let constraint = "idx_users_email".to_owned();
            return Err(RepositoryError::Conflict { constraint, existing: Some(holder.id.uuid()) }.into());
        }
        let facts = Facts {
            phone_number: Some(&phone),
            email: email.as_ref(),
            full_name: full_name.as_ref(),
            full_name_is_set: true,
            ..Facts::default()
        };
        let person = Person::new(self.cipher, self.now, &facts)?;
        let user = person.open(self.cipher)?;
        self.put(user.user_id, Some(person));
        Ok((user, true))
    }

    fn answer(
        &mut self,
        rules: &Rules,
        settings: Option<&OutboundSettings>,
        chat: ChatId,
        new: &NewAnswer,
    ) -> Result<Answered> {
        let talk = self.talk(chat)?;
        if !talk.chat.is_active {
            return Err(answers::closed());
        }
        let user = self.person_of(chat)?.open(self.cipher)?;
        let target = Answerable {
            chat: talk.chat,
            live_claim: talk.live_claim(self.now),
            user_is_active: user.is_active,
            phone_number: user.phone_number,
            whatsapp_id: user.whatsapp_id,
        };
        answers::check(&target, new)?;
        let message = NewMessage::text(Role::Assistant, new.content.clone());
        let (now, most) = (self.now, usize::try_from(rules.max_history).unwrap_or(usize::MAX));
        let (chat, message) = self.change(user.user_id, |person| person.keep(now, most, &message))?;
        Ok(answers::answered(&target, settings, chat, message, new, now))
    }

    fn claim(&mut self, limit: Limit, lease: Lease) -> Result<Claimed> {
        let claim_id = Id::<Claimed>::generate().uuid();
        let (now, until) = (self.now, self.now + lease.time());
        let free = self.waiting_talks().into_iter().filter(|talk| talk.live_claim(now).is_none());
        let most = usize::try_from(limit.rows()).unwrap_or(usize::MAX);
        let chosen: Vec<ChatId> = free.map(|talk| talk.chat.chat_id).take(most).collect();
        let mut chats = Vec::with_capacity(chosen.len());
        for chat in chosen {
            let claimed = self.change_talk(chat, |talk| {
                talk.claim_id = Some(claim_id);
                talk.chat.claimed_until = Some(until);
                waiting(talk)
            })?;
            chats.extend(claimed);
        }
        Ok(Claimed { claim_id, chats })
    }

    fn release(&mut self, chat: ChatId, claim: Uuid) -> Result<()> {
        if self.talk(chat)?.live_claim(self.now) != Some(claim) {
            return Err(claim_lost());
        }
        self.change_talk(chat, Talk::release)
    }

    fn close(&mut self, id: ChatId) -> Result<Chat> {
        let now = self.now;
        self.change_talk(id, |talk| {
            if std::mem::take(&mut talk.chat.is_active) {
                talk.chat.updated_at = now;
            }
            talk.chat
        })
    }

    fn clear(&mut self, user: Id<User>) -> Result<bool> {
        let active = self.state.person(user).ok_or_else(user_not_found)?.active();
        let Some(active) = active.map(|talk| talk.chat.chat_id) else { return Ok(false) };
        self.close(active)?;
        Ok(true)
    }

    fn deactivate(&mut self, days: u32) -> Result<usize> {
        let before = self.now - TimeDelta::days(days.into());
        let active = self.state.people().filter_map(Person::active);
        let old: Vec<ChatId> =
            active.filter(|talk| talk.chat.created_at < before).map(|talk| talk.chat.chat_id).collect();
        for chat in &old {
            self.close(*chat)?;
        }
        Ok(old.len())
    }
}
