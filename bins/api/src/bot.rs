//! What the WhatsApp bot works with beside the database: its rules, Twilio's account, and the memory of the process where
//! conversations are kept there.

use std::sync::Arc;
use std::time::{Instant, SystemTime};

use chrono::{DateTime, TimeDelta, Utc};
use repository::Database;
use repository::codec::TwilioToken;
use repository::domain::whatsapp::OutboundSettings;
use runtime::settings::WhatsAppSettings;
use service::whatsapp::webhook::Webhook;
use service::whatsapp::{Memory, MemoryLimits, Rules};

use crate::http::error::ApiError;
use crate::queue::Queue;

/// The path under which Twilio reports what becomes of a message.
pub(crate) const STATUS_PATH: &str = "/v1/whatsapp/webhook/twilio/status";

/// The bot, as it was set up.
pub(crate) struct Bot {
    pub(crate) rules: Rules,
    /// Tells Twilio's requests from others.
    pub(crate) webhook: Webhook,
    /// By which account answers are sent; none where it is not known.
    pub(crate) outbound: Option<OutboundSettings>,
    /// Where conversations are kept, if that is not the database.
    pub(crate) memory: Option<BotMemory>,
    /// After how many minutes of silence the memory forgets a person.
    pub(crate) session_timeout_minutes: u32,
}

/// Conversations in memory, and the line before it: calls take turns.
pub(crate) struct BotMemory {
    memory: Arc<Memory>,
    queue: Queue,
}

impl Bot {
    /// The bot by these settings. The database lends its keys to what is kept in memory.
    pub(crate) fn new(settings: &WhatsAppSettings, database: &Database) -> Self {
        let WhatsAppSettings {
            twilio_auth_tokens,
            twilio_account_sid,
            twilio_number,
            public_base_url,
            in_memory,
            max_chat_messages,
            max_history,
            session_timeout_minutes,
        } = settings.clone();
        let status_callback = public_base_url.as_ref().map(|base| format!("{base}{STATUS_PATH}"));
        let outbound = twilio_account_sid.clone().zip(twilio_number);
        Self {
            rules: Rules { max_chat_messages, max_history },
            webhook: Webhook {
                tokens: twilio_auth_tokens.iter().map(|token| TwilioToken::new(token.expose())).collect(),
                public_base_url,
                account_sid: twilio_account_sid,
            },
            outbound: outbound.map(|(account_sid, from)| OutboundSettings {
                account_sid,
                from,
                status_callback,
            }),
            memory: in_memory.then(|| BotMemory::new(database, session_timeout_minutes)),
            session_timeout_minutes,
        }
    }

    /// `STORAGE_BACKEND`.
    pub(crate) fn storage(&self) -> &'static str {
        if self.memory.is_some() { "memory" } else { "database" }
    }
}

impl BotMemory {
    fn new(database: &Database, timeout_minutes: u32) -> Self {
        let limits =
            MemoryLimits { timeout: TimeDelta::minutes(timeout_minutes.into()), ..MemoryLimits::default() };
        Self { memory: Arc::new(Memory::new(database.clone(), limits, now)), queue: Queue::new(1) }
    }

    /// Runs a job on a thread that may block, as soon as its turn comes.
    ///
    /// # Errors
    /// What `job` returns, and those of [`Queue::run`].
    pub(crate) async fn run<T, E>(
        &self,
        deadline: Instant,
        job: impl FnOnce(&Memory) -> Result<T, E> + Send + 'static,
    ) -> Result<T, ApiError>
    where
        T: Send + 'static,
        E: Into<ApiError> + Send + 'static,
    {
        let memory = Arc::clone(&self.memory);
        self.queue.run(deadline, move || job(&memory)).await
    }
}

/// The time of this process: what is in its memory concerns no other.
fn now() -> DateTime<Utc> {
    SystemTime::now().into()
}
