//! Answers that were given for idempotency keys, kept in memory with the changes that they tell of. They are sealed, because
//! they repeat names and numbers.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use domain::json;
use repository::platform::idempotency_keys::{Answer, Claim, Request};
use repository::{CachedValue, Error as RepositoryError};
use uuid::Uuid;

use super::session::Session;

/// Answers that are kept at most: the oldest go.
const MOST: usize = 100_000;

#[derive(Default)]
pub(super) struct Answers {
    by_key: HashMap<Uuid, KeptAnswer>,
    by_time: BTreeSet<(DateTime<Utc>, Uuid)>,
}

struct KeptAnswer {
    request: Uuid,
    status: u16,
    sealed: Vec<u8>,
    at: DateTime<Utc>,
}

/// The place of an answer that is not there yet.
pub struct MemorySlot {
    key: CachedValue,
    request: Uuid,
}

impl Answers {
    fn keep(&mut self, key: Uuid, answer: KeptAnswer) {
        self.remove(key);
        self.by_time.insert((answer.at, key));
        self.by_key.insert(key, answer);
    }

    fn remove(&mut self, key: Uuid) {
        if let Some(answer) = self.by_key.remove(&key) {
            self.by_time.remove(&(answer.at, key));
        }
    }

    /// Forgets the answers from before `since`, and the oldest where there are too many.
    pub(super) fn forget(&mut self, since: DateTime<Utc>) {
        while let Some((at, key)) = self.by_time.first().copied()
            && (at < since || self.by_key.len() > MOST)
        {
            self.remove(key);
        }
    }
}

impl Session<'_> {
    /// Asks for a caller's key. Calls take turns, so nobody else is doing the request meanwhile.
    ///
    /// # Errors
    /// [`RepositoryError::NotReady`], where there are no keys or no random bytes.
    pub fn claim_key(
        &mut self,
        caller: &str,
        request: &Request<'_>,
    ) -> repository::Result<Claim<MemorySlot>> {
        let Request { key, method, path, query, body } = request;
        let place = |kind, parts: &[&[u8]]| CachedValue::of(self.cipher, kind, &parts.join(&0));
        let slot = MemorySlot {
            key: place("whatsapp.key", &[caller.as_bytes(), key.as_bytes()])?,
            request: place(
                "whatsapp.request",
                &[method.as_bytes(), path.as_bytes(), query.as_bytes(), body],
            )?
            .name(),
        };
        let Some(kept) = self.state.answers.by_key.get(&slot.key.name()) else {
            return Ok(Claim::Free(slot));
        };
        if kept.request != slot.request {
            return Ok(Claim::OtherRequest);
        }
        let opened = slot.key.open(kept.sealed.clone()).and_then(|text| String::from_utf8(text).ok());
        let answer = opened.and_then(|text| json::from_trusted::<Answer>(&text).ok());
        let answer = answer.ok_or_else(|| RepositoryError::Invalid("an answer in memory".to_owned()))?;
        Ok(Claim::Answered(Answer { status: kept.status, ..answer }))
    }

    /// Keeps the answer in its slot.
    ///
    /// # Errors
    /// As [`claim_key`](Self::claim_key).
    pub fn keep_answer(&mut self, slot: &MemorySlot, answer: &Answer) -> repository::Result<()> {
        let content =
            serde_json::to_vec(answer).map_err(|error| RepositoryError::Invalid(error.to_string()))?;
        let (request, status, at) = (slot.request, answer.status, self.now);
        let sealed = slot.key.seal(&content)?;
        self.state.answers.keep(slot.key.name(), KeptAnswer { request, status, sealed, at });
        Ok(())
    }
}
