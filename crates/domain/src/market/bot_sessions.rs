//! Sessions of the bot.

use std::fmt;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::Count;
use crate::{Day, Id, Text};

/// The bot's name of a session.
pub type SessionId = Text<100>;

/// The time zone of the bot, which says when its day begins: a name of the IANA's.
///
/// ```
/// use strongroom_domain::market::BotZone;
///
/// assert_eq!(BotZone::parse("Europe/Madrid").map(BotZone::name), Some("Europe/Madrid"));
/// assert_eq!(BotZone::default().name(), "Europe/Madrid");
/// assert_eq!(BotZone::parse("FOO+3"), None);
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct BotZone(Tz);

impl BotZone {
    /// The zone of this name; none where there is none.
    pub fn parse(name: &str) -> Option<Self> {
        name.parse().ok().map(Self)
    }

    /// Its name, as PostgreSQL takes it.
    pub fn name(self) -> &'static str {
        self.0.name()
    }
}

impl Default for BotZone {
    fn default() -> Self {
        Self(Tz::Europe__Madrid)
    }
}

impl fmt::Debug for BotZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A session as it stands now: a limit that is over is none, and on a new day nothing was sent yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BotSession {
    /// Its id.
    pub id: Id<BotSession>,
    /// The bot's name of it; unique.
    pub session_id: SessionId,
    /// Conversations that the bot has open.
    pub active_conversations_count: Count,
    /// Messages sent on this day, in the bot's time zone.
    pub messages_sent_today: Count,
    /// The day of the last activity, in the bot's time zone.
    pub counted_on: Option<Day>,
    /// When the bot last told of something.
    pub last_activity_at: Option<DateTime<Utc>>,
    /// From then on a session of this name starts again.
    pub expires_at: Option<DateTime<Utc>>,
    /// Whether the marketplace limits the bot now.
    pub is_rate_limited: bool,
    /// When the limit ends, or ended.
    pub rate_limit_expires_at: Option<DateTime<Utc>>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

/// What the bot has done in a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Activity {
    /// Messages sent since it last told.
    pub messages_sent: Count,
    /// Conversations that it has open now; where absent, as many as before.
    pub active_conversations: Option<Count>,
}
