//! Rate limits: who may send how many requests.
//!
//! Every process keeps a window for each caller that has a limit. Where there is a Redis, it keeps one for all processes
//! together, and a request needs the consent of both. So a Redis that is down, hung, slow or flushed costs nobody a
//! request: what a process admitted by itself, or with Redis, counts in its own window either way, and until Redis is
//! back a caller gets at most its quota from each process.

mod address;
mod headers;
mod local;
mod shared;

use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::HttpRequest;
use repository::codec::Signer;
use repository::domain::rate_limit::{Decision, Quota};
use runtime::settings::LimitSettings;
use uuid::Uuid;

use self::address::Proxies;
pub(crate) use self::headers::{Limited, RATE_LIMIT, RATE_LIMIT_POLICY, describe, refuse};
use self::local::Local;
use self::shared::Shared;
use crate::redis::Redis;

/// Whom a limit holds for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Subject {
    /// The program that holds this API key.
    ApiKey(Uuid),
    /// This user of a system, by whichever of its tokens.
    EndUser(&'static str, Uuid),
    /// Whoever sends wrong keys or passwords from this address.
    Address(IpAddr),
    /// What a program counts for itself within so many seconds, by a digest of what it calls it.
    Named(Uuid, u32),
}

impl Subject {
    /// Its kind, as metrics name it.
    fn kind(self) -> &'static str {
        match self {
            Self::ApiKey(_) => "api_key",
            Self::EndUser(..) => "end_user",
            Self::Address(_) => "address",
            Self::Named(..) => "named",
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ApiKey(id) => write!(f, "api_key:{id}"),
            Self::EndUser(system, id) => write!(f, "end_user:{system}:{id}"),
            Self::Address(address) => write!(f, "address:{address}"),
            Self::Named(name, seconds) => write!(f, "named:{name}:{seconds}"),
        }
    }
}

/// The limits of this process.
pub(crate) struct Limits {
    local: Local,
    shared: Option<Shared>,
    /// Makes the names that Redis knows callers by.
    names: Signer,
    proxies: Proxies,
    end_users: Quota,
    of_systems: BTreeMap<&'static str, Quota>,
    failures: Quota,
}

impl Limits {
    /// The limits that the settings name.
    pub(crate) fn new(settings: &LimitSettings, redis: Option<Arc<Redis>>, names: Signer) -> Self {
        Self {
            local: Local::default(),
            shared: redis.map(Shared::new),
            names,
            proxies: Proxies::new(settings.trusted_proxies.clone()),
            end_users: settings.end_users,
            of_systems: settings.of_systems.clone(),
            failures: settings.failures,
        }
    }

    /// The limit of an end user of this system.
    pub(crate) fn end_users_of(&self, system: &str) -> Quota {
        self.of_systems.get(system).copied().unwrap_or(self.end_users)
    }

    /// Counts a request, and tells whether it may pass.
    pub(crate) async fn take(&self, subject: Subject, quota: Quota) -> Decision {
        let now = Instant::now();
        let own = self.local.take(subject, quota, now);
        // What this process admitted within the window is reason enough; Redis need not be asked.
        let standing = match &self.shared {
            Some(shared) if own.admitted => match shared.take(&self.name(subject), quota).await {
                Some(all) if !all.admitted => {
                    self.local.give_back(subject, now);
                    all
                }
                Some(all) if all.remaining <= own.remaining => all,
                Some(_) | None => own,
            },
            Some(_) | None => own,
        };
        let outcome = if standing.admitted { "admitted" } else { "refused" };
        metrics::counter!("rate_limit_decisions_total", "kind" => subject.kind(), "outcome" => outcome)
            .increment(1);
        standing
    }

    /// The subject that a program calls by this identifier, within this window.
    pub(crate) fn named(&self, system: &str, identifier: &str, quota: Quota) -> Subject {
        let digest = self.names.sign(&[system.as_bytes(), identifier.as_bytes()].join(&0));
        let name = digest.first_chunk().copied().map_or_else(Uuid::nil, Uuid::from_bytes);
        Subject::Named(name, quota.seconds())
    }

    /// How a subject stands, without counting anything.
    pub(crate) async fn look(&self, subject: Subject, quota: Quota) -> Decision {
        let own = self.local.look(subject, quota, Instant::now());
        match &self.shared {
            Some(shared) if own.admitted => match shared.look(&self.name(subject), quota).await {
                Some(all) if !all.admitted || all.remaining <= own.remaining => all,
                Some(_) | None => own,
            },
            Some(_) | None => own,
        }
    }

    /// For how long nobody at the address of this request may make another guess, if too many were wrong.
    pub(crate) fn auth_blocked_for(&self, request: &HttpRequest) -> Option<Duration> {
        let subject = Subject::Address(self.proxies.client(request));
        self.local.refuses(subject, self.failures, Instant::now())
    }

    /// Counts a wrong guess, and answers for how long there may be no other, if that was one too many.
    pub(crate) async fn count_guess(&self, request: &HttpRequest) -> Option<Duration> {
        let subject = Subject::Address(self.proxies.client(request));
        let standing = self.take(subject, self.failures).await;
        (!standing.admitted).then_some(standing.more_in)
    }

    /// Redis hears of a caller by this alone: neither an id nor an address can be read from it.
    fn name(&self, subject: Subject) -> [u8; Signer::TAG] {
        self.names.sign(subject.to_string().as_bytes())
    }
}
