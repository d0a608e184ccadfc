//! On whose behalf the database is asked.

use std::fmt;
use std::time::{Duration, Instant};

use uuid::Uuid;

/// Who acts, for the audit log and the limits of one call.
///
/// ```
/// use strongroom_repository::Actor;
///
/// let actor = Actor::operator("asha").with_request_id("req-1");
/// assert_eq!(actor.to_string(), "operator:asha");
/// ```
#[derive(Clone, Debug)]
pub struct Actor {
    who: Who,
    request_id: Option<String>,
    deadline: Option<Instant>,
}

/// The kinds of actors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Who {
    /// A program that holds an API key, by the key's id.
    ApiKey(Uuid),
    /// Somebody who logged in to a system, or for whom a program was given a token: sees that user's rows only.
    EndUser {
        /// The system, which is the schema of its tables: `split`.
        system: &'static str,
        /// The row of its `users`.
        id: Uuid,
    },
    /// The service, which does for an end user what the user has no right to in the database: log-in, a password. It
    /// keeps the service's role, and the audit log names the user.
    OnBehalfOf {
        /// The system, which is the schema of its tables: `split`.
        system: &'static str,
        /// The row of its `users`.
        id: Uuid,
    },
    /// A person at the command line, by login name.
    Operator(String),
    /// The service itself: housekeeping, sample data.
    System,
}

impl Actor {
    /// A program with an API key.
    pub fn api_key(id: Uuid) -> Self {
        Self::new(Who::ApiKey(id))
    }

    /// A user of `system`, by the id of the row in that system's `users`.
    ///
    /// ```
    /// use strongroom_repository::Actor;
    ///
    /// let asha = uuid::Uuid::from_u128(7);
    /// assert_eq!(Actor::end_user("split", asha).to_string(), format!("user:split:{asha}"));
    /// ```
    pub fn end_user(system: &'static str, id: Uuid) -> Self {
        Self::new(Who::EndUser { system, id })
    }

    /// The service on behalf of a user: for the tables of the platform, which no end user reaches. Who the user is must be
    /// proved, because nothing keeps the service to that user's rows.
    ///
    /// ```
    /// use strongroom_repository::Actor;
    ///
    /// let asha = uuid::Uuid::from_u128(7);
    /// let (user, service) = (Actor::end_user("export", asha), Actor::on_behalf_of("export", asha));
    /// assert_eq!(service.to_string(), user.to_string(), "the audit log names the same person");
    /// ```
    pub fn on_behalf_of(system: &'static str, id: Uuid) -> Self {
        Self::new(Who::OnBehalfOf { system, id })
    }

    /// A person at the command line.
    pub fn operator(name: impl Into<String>) -> Self {
        Self::new(Who::Operator(name.into()))
    }

    /// The service itself.
    pub fn system() -> Self {
        Self::new(Who::System)
    }

    fn new(who: Who) -> Self {
        Self { who, request_id: None, deadline: None }
    }

    /// Names the request in the audit log.
    #[must_use]
    pub fn with_request_id(mut self, id: impl Into<String>) -> Self {
        self.request_id = Some(id.into());
        self
    }

    /// No wait and no retry of this actor's calls begins after `deadline`, and a call that still runs soon after it loses
    /// its connection. Without one, the pool's time-out counts.
    #[must_use]
    pub fn with_deadline(mut self, deadline: Instant) -> Self {
        self.deadline = Some(deadline);
        self
    }

    /// Who it is.
    pub fn who(&self) -> &Who {
        &self.who
    }

    /// The request's id, where there is a request.
    pub fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }

    /// Whether the database keeps this actor to its own rows.
    pub fn is_end_user(&self) -> bool {
        matches!(self.who, Who::EndUser { .. })
    }

    /// When its calls must be over.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    /// How much of `most` is left before the deadline; zero when it has passed.
    pub(crate) fn time_left(&self, most: Duration) -> Duration {
        match self.deadline {
            Some(deadline) => most.min(deadline.saturating_duration_since(Instant::now())),
            None => most,
        }
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.who {
            Who::ApiKey(id) => write!(f, "api_key:{id}"),
            Who::EndUser { system, id } | Who::OnBehalfOf { system, id } => write!(f, "user:{system}:{id}"),
            Who::Operator(name) => write!(f, "operator:{name}"),
            Who::System => f.write_str("system"),
        }
    }
}
