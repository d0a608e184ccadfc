//! Chats: conversations between a person and the bot.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize, Serializer};

use super::{MessageSid, User};
use crate::invalid::{FieldError, Violation, here};
use crate::{Id, MessageText};

/// The id of a chat: 64 bits, written as 16 hexadecimal digits in lower case.
///
/// ```
/// use strongroom_domain::whatsapp::ChatId;
///
/// let id: ChatId = "3e1f3ecf80a140f6".parse()?;
/// assert_eq!(id.to_string(), "3e1f3ecf80a140f6");
/// # Ok::<(), strongroom_domain::whatsapp::InvalidChatId>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChatId(u64);

/// A text that is not 16 hexadecimal digits. It does not repeat the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the id of a chat is 16 hexadecimal digits")]
pub struct InvalidChatId;

impl ChatId {
    /// A new id, out of the random half of a UUID.
    pub fn generate() -> Self {
        Self(Id::<Chat>::generate().uuid().as_u64_pair().1)
    }
}

impl fmt::Display for ChatId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl FromStr for ChatId {
    type Err = InvalidChatId;

    fn from_str(text: &str) -> Result<Self, InvalidChatId> {
        let is_digit = |b: u8| matches!(b, b'0'..=b'9' | b'a'..=b'f');
        if text.len() != 16 || !text.bytes().all(is_digit) {
            return Err(InvalidChatId);
        }
        u64::from_str_radix(text, 16).map(Self).map_err(|_| InvalidChatId)
    }
}

impl Serialize for ChatId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl FieldError for InvalidChatId {
    fn violations(&self) -> Vec<Violation> {
        here("invalid_chat_id", self)
    }
}

closed_set! {
    /// Who wrote a message.
    Role, "role" {
        /// The person.
        User = "user",
        /// The bot.
        Assistant = "assistant",
    }
}

/// Where somebody says to be, as WhatsApp writes it, in degrees.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Location {
    /// From -90 to 90.
    pub latitude: String,
    /// From -180 to 180.
    pub longitude: String,
}

impl Location {
    /// Two numbers of degrees; `None` where one is none.
    ///
    /// ```
    /// use strongroom_domain::whatsapp::Location;
    ///
    /// assert!(Location::parse("19.07", "72.87").is_some());
    /// assert!(Location::parse("91", "0").is_none());
    /// ```
    pub fn parse(latitude: &str, longitude: &str) -> Option<Self> {
        let is_degrees = |text: &str, most: f64| {
            let is_written = |b: u8| b.is_ascii_digit() || matches!(b, b'.' | b'-');
            let is_number = text.len() <= 40 && text.bytes().all(is_written);
            is_number && text.parse::<f64>().is_ok_and(|degrees| degrees.abs() <= most)
        };
        let fits = is_degrees(latitude, 90.0) && is_degrees(longitude, 180.0);
        fits.then(|| Self { latitude: latitude.to_owned(), longitude: longitude.to_owned() })
    }
}

impl fmt::Debug for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[location]")
    }
}

/// A message to be kept. Its time is the database's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMessage {
    /// Who wrote it.
    pub role: Role,
    /// The text, or what stands in its place.
    pub content: MessageText,
    /// The types of what was attached, such as `image/jpeg`.
    pub media: Vec<String>,
    /// Where the person is, where the message said so.
    pub location: Option<Location>,
    /// By what Twilio knows the message and its media; of a message with media.
    pub message_sid: Option<MessageSid>,
}

impl NewMessage {
    /// A text and nothing else.
    pub fn text(role: Role, content: MessageText) -> Self {
        Self { role, content, media: Vec::new(), location: None, message_sid: None }
    }
}

/// A message of a chat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Who wrote it.
    pub role: Role,
    /// The text, or what stands in its place.
    pub content: MessageText,
    /// When it was kept, to the microsecond; later than the message before it.
    pub timestamp: DateTime<Utc>,
    /// The types of what was attached.
    pub media: Vec<String>,
    /// Where the person was.
    pub location: Option<Location>,
    /// By what Twilio knows the message; of a message with media.
    pub message_sid: Option<MessageSid>,
}

impl Message {
    /// A message that was kept at `timestamp`.
    pub fn kept(new: NewMessage, timestamp: DateTime<Utc>) -> Self {
        let NewMessage { role, content, media, location, message_sid } = new;
        Self { role, content, timestamp, media, location, message_sid }
    }

    /// The time as it stands in the database: RFC 3339 with six decimals and `+00:00`.
    pub fn timestamp_text(&self) -> String {
        timestamp_text(self.timestamp)
    }
}

/// RFC 3339 with six decimals and `+00:00`.
///
/// ```
/// use strongroom_domain::whatsapp::userchats::timestamp_text;
///
/// assert_eq!(timestamp_text(chrono::DateTime::UNIX_EPOCH), "1970-01-01T00:00:00.000000+00:00");
/// ```
pub fn timestamp_text(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%dT%H:%M:%S%.6f+00:00").to_string()
}

/// A conversation, without its messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chat {
    /// Its id.
    pub chat_id: ChatId,
    /// Whose it is.
    pub customer_id: Id<User>,
    /// Whether messages are still added.
    pub is_active: bool,
    /// How many messages there are.
    pub message_count: i32,
    /// The chat that was full and continues here.
    pub continues_chat_id: Option<ChatId>,
    /// When the first message came that has no answer yet.
    pub waiting_since: Option<DateTime<Utc>>,
    /// When the person last wrote.
    pub last_inbound_at: Option<DateTime<Utc>>,
    /// Until when one agent alone may answer.
    pub claimed_until: Option<DateTime<Utc>>,
    /// When it began.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

/// A chat that waits for an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitingChat {
    /// The chat.
    pub chat: Chat,
    /// What the person wrote since the last answer, oldest first; also what stands in the chat that continues here.
    pub unanswered: Vec<Message>,
}

/// The last messages of a conversation, oldest first, as a language model takes them.
pub type History = Vec<(Role, MessageText)>;

/// For how long an agent keeps chats to itself: 1 to 600 seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lease(u16);

/// A number of seconds outside 1 to 600.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a lease is 1 to {} seconds", Lease::MAX)]
pub struct LeaseError;

impl Lease {
    /// The longest, in seconds.
    pub const MAX: u16 = 600;

    /// Checks the range.
    ///
    /// # Errors
    /// When it is outside.
    pub fn new(seconds: i64) -> Result<Self, LeaseError> {
        let fits = |seconds: &u16| (1..=Self::MAX).contains(seconds);
        u16::try_from(seconds).ok().filter(fits).map(Self).ok_or(LeaseError)
    }

    /// As a span of time.
    pub fn time(self) -> TimeDelta {
        TimeDelta::seconds(self.0.into())
    }
}

impl Default for Lease {
    fn default() -> Self {
        Self(60)
    }
}

impl FieldError for LeaseError {
    fn violations(&self) -> Vec<Violation> {
        here("lease_out_of_range", self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chat_id_is_16_digits_in_lower_case() {
        let id = ChatId::generate();
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_ne!(ChatId::generate(), id);
        assert_eq!("000000000000000f".parse::<ChatId>().unwrap().to_string(), "000000000000000f");
        for wrong in
            ["", "f", "3E1F3ECF80A140F6", "3e1f3ecf80a140f6 ", "+e1f3ecf80a140f6", "3e1f3ecf80a140fg"]
        {
            assert_eq!(wrong.parse::<ChatId>(), Err(InvalidChatId), "{wrong}");
        }
    }

    #[test]
    fn ids_sort_as_their_texts_do() {
        let (low, high): (ChatId, ChatId) =
            ("0fffffffffffffff".parse().unwrap(), "f000000000000000".parse().unwrap());
        assert!(low < high && low.to_string() < high.to_string());
    }

    #[test]
    fn a_location_is_two_numbers_of_degrees() {
        for (latitude, longitude) in [("19.07", "72.87"), ("-90", "180"), ("0", "-180.000000")] {
            assert!(Location::parse(latitude, longitude).is_some());
        }
        for (latitude, longitude) in
            [("", "1"), ("1", ""), ("90.1", "0"), ("0", "181"), ("NaN", "0"), ("1e1", "0"), ("1,5", "0")]
        {
            assert_eq!(Location::parse(latitude, longitude), None, "{latitude} {longitude}");
        }
        assert_eq!(format!("{:?}", Location::parse("19.07", "72.87")), "Some([location])");
    }

    #[test]
    fn a_lease_is_1_to_600_seconds_and_a_minute_by_default() {
        assert_eq!(Lease::default().time(), TimeDelta::minutes(1));
        assert_eq!(Lease::new(600).unwrap().time(), TimeDelta::minutes(10));
        for seconds in [i64::MIN, -1, 0, 601, 65_537] {
            assert_eq!(Lease::new(seconds), Err(LeaseError), "{seconds}");
        }
    }
}
