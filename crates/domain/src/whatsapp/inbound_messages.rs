//! Messages as Twilio delivers them.

use std::fmt;

use super::{Form, Location, NewMessage, Role, Sender};
use crate::invalid::{FieldError, Violation, here};
use crate::text::turns_text;
use crate::{Invalid, MessageText, PersonName, PhoneNumber};

/// What somebody hears whose conversation was cleared.
pub const CLEARED: &str = "Your conversation was cleared. What would you like to talk about?";

/// The words, alone in a message, that clear the conversation.
const CLEAR_COMMANDS: [&str; 3] = ["clear", "reset", "start over"];

/// Types of media that a message tells of at most.
const MOST_MEDIA: usize = 10;

closed_set! {
    /// What became of a message that was delivered; it decides how a repeated delivery is answered.
    InboundOutcome, "outcome" {
        /// It stands in a chat.
        Kept = "kept",
        /// It cleared the conversation.
        Command = "command",
        /// Its sender is not active.
        Ignored = "ignored",
    }
}

/// What Twilio calls a message: 1 to 64 letters and digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageSid(String);

/// A text that is no message sid. It does not repeat the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the message sid must be 1 to 64 letters and digits")]
pub struct MessageSidError;

impl MessageSid {
    /// Checks the form.
    ///
    /// # Errors
    /// When it has another.
    pub fn parse(text: &str) -> Result<Self, MessageSidError> {
        let valid = (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric());
        if valid { Ok(Self(text.to_owned())) } else { Err(MessageSidError) }
    }

    /// That of a webhook: `MessageSid`, else `SmsSid`.
    pub(super) fn of(form: &Form) -> Result<Self, MessageSidError> {
        Self::parse(form.get("MessageSid").or_else(|| form.get("SmsSid")).unwrap_or_default())
    }

    /// Takes what came out of the store as it is.
    pub fn from_trusted(text: String) -> Self {
        Self(text)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for MessageSid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl FieldError for MessageSidError {
    fn violations(&self) -> Vec<Violation> {
        here("invalid_message_sid", self)
    }
}

/// A message that was delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InboundMessage {
    /// What Twilio calls it.
    pub message_sid: MessageSid,
    /// Who wrote it.
    pub sender: Sender,
    /// The name of the sender's profile, where there is one.
    pub profile_name: Option<PersonName>,
    /// What it says.
    pub content: InboundContent,
    /// `I-Twilio-Idempotency-Token`, for tracing: at most 64 characters.
    pub idempotency_token: Option<String>,
}

/// What a message says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InboundContent {
    /// To be kept.
    Message(NewMessage),
    /// Clear the conversation.
    Clear,
    /// Nothing: a reaction, for example.
    Nothing,
}

impl InboundMessage {
    /// Reads the form of a webhook. Parameters that are not known pass.
    ///
    /// # Errors
    /// [`Invalid`] at `/MessageSid`, `/From` or `/Body`.
    pub fn read(form: &Form, idempotency_token: Option<&str>) -> Result<Self, Invalid> {
        let mut fields = Invalid::collect();
        let message_sid = fields.take("/MessageSid", MessageSid::of(form));
        let from = form.get("From").unwrap_or_default();
        let sender = fields.take("/From", Sender::parse(from, form.get("ExternalUserId")));
        let body = form.get("Body").filter(|body| !body.is_empty());
        let text = fields.take_optional("/Body", body.map(MessageText::parse_delivered));
        let (message_sid, sender, text) = fields.build(|| Some((message_sid?, sender?, text?)))?;
        Ok(Self {
            content: content(form, text, &message_sid),
            message_sid,
            sender,
            profile_name: form.get("ProfileName").and_then(profile_name),
            idempotency_token: idempotency_token.filter(|token| is_token(token)).map(str::to_owned),
        })
    }
}

impl InboundMessage {
    /// A message that a program brings in Twilio's place.
    pub fn of_program(
        message_sid: MessageSid,
        phone_number: PhoneNumber,
        full_name: Option<PersonName>,
        content: MessageText,
    ) -> Self {
        let content = if is_clear_command(content.expose()) {
            InboundContent::Clear
        } else {
            InboundContent::Message(NewMessage::text(Role::User, content))
        };
        let sender = Sender::of_phone(phone_number);
        Self { message_sid, sender, profile_name: full_name, content, idempotency_token: None }
    }
}

/// Whether a message is a command to clear the conversation: the whole of it, in any case.
///
/// ```
/// use strongroom_domain::whatsapp::is_clear_command;
///
/// assert!(is_clear_command(" Start OVER "));
/// assert!(!is_clear_command("please reset"));
/// ```
pub fn is_clear_command(text: &str) -> bool {
    CLEAR_COMMANDS.iter().any(|command| text.trim().eq_ignore_ascii_case(command))
}

fn content(form: &Form, text: Option<MessageText>, sid: &MessageSid) -> InboundContent {
    let media = media_types(form);
    let place = |name| form.get(name).filter(|degrees| !degrees.is_empty());
    let place = place("Latitude").zip(place("Longitude"));
    let content = match text {
        Some(text) if is_clear_command(text.expose()) => return InboundContent::Clear,
        Some(text) => text,
        None if !media.is_empty() => MessageText::from_trusted(format!("[{}]", media.join(", "))),
        None if place.is_some() => MessageText::from_trusted("[location]".to_owned()),
        None => return InboundContent::Nothing,
    };
    InboundContent::Message(NewMessage {
        role: Role::User,
        content,
        message_sid: (!media.is_empty()).then(|| sid.clone()),
        media,
        location: place.and_then(|(latitude, longitude)| Location::parse(latitude, longitude)),
    })
}

/// The types of what is attached. The URLs are left alone: they may be open to all.
fn media_types(form: &Form) -> Vec<String> {
    let count: usize = form.get("NumMedia").and_then(|number| number.parse().ok()).unwrap_or(0);
    let type_of = |n: usize| {
        let is_type = |text: &&str| {
            let is_part = |b: u8| b.is_ascii_alphanumeric() || b"/.+-;=_ ".contains(&b);
            (1..=127).contains(&text.len()) && text.bytes().all(is_part)
        };
        let given = form.get(&format!("MediaContentType{n}")).filter(is_type);
        given.unwrap_or("application/octet-stream").to_owned()
    };
    (0..count.min(MOST_MEDIA)).map(type_of).collect()
}

/// A name as a profile shows it; `None` where nothing of it is one.
fn profile_name(given: &str) -> Option<PersonName> {
    let readable: String = given.chars().filter(|&c| !c.is_control() && !turns_text(c)).collect();
    PersonName::parse(&readable).ok()
}

fn is_token(token: &str) -> bool {
    (1..=64).contains(&token.len()) && token.bytes().all(|b| b.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(form: &str) -> Result<InboundMessage, Invalid> {
        InboundMessage::read(&Form::parse(form.as_bytes()).unwrap(), None)
    }

    fn content(rest: &str) -> InboundContent {
        read(&format!("MessageSid=SM1&From=whatsapp:%2B12025550101&{rest}")).unwrap().content
    }

    fn message(rest: &str) -> NewMessage {
        match content(rest) {
            InboundContent::Message(message) => message,
            other => panic!("a message, not {other:?}"),
        }
    }

    #[test]
    fn a_message_says_who_wrote_what() {
        let read = read("MessageSid=SM1&From=whatsapp:%2B12025550101&Body=What+is+Apache+Spark%3F&ProfileName=Asha&WaId=1&New=x").unwrap();
        assert_eq!(read.sender.phone_number().unwrap().expose(), "+12025550101");
        assert_eq!(read.profile_name.unwrap().expose(), "Asha");
        let InboundContent::Message(message) = read.content else { panic!("a message") };
        assert_eq!((message.role, message.content.expose()), (Role::User, "What is Apache Spark?"));
        assert_eq!((message.message_sid, message.media.len(), message.location), (None, 0, None));
    }

    #[test]
    fn every_wrong_parameter_is_named() {
        let pointers = |form: &str| {
            let invalid = read(form).unwrap_err();
            invalid.violations().iter().map(|v| v.pointer.clone()).collect::<Vec<_>>()
        };
        assert_eq!(pointers(""), ["/MessageSid", "/From"]);
        assert_eq!(pointers("MessageSid=a-b&From=12025550101"), ["/MessageSid", "/From"]);
        let long = format!("SmsSid=SM1&From=%2B12025550101&Body={}", "x".repeat(20_001));
        assert_eq!(pointers(&long), ["/Body"]);
        assert!(read(&long[..long.len() - 1]).is_ok());
    }

    #[test]
    fn the_body_is_kept_as_it_came() {
        for (body, kept) in [
            ("hi%00there%0B%21", "hi\u{fffd}there\u{fffd}!"),
            ("+a%0D%0Ab%09+", " a\nb\t "),
            ("+", " "),
            ("first&Body=second", "first"),
        ] {
            assert_eq!(message(&format!("Body={body}")).content.expose(), kept);
        }
    }

    #[test]
    fn media_places_and_reactions_have_no_text() {
        let picture =
            message("Body=&NumMedia=1&MediaUrl0=https://api.twilio.com/m/ME1&MediaContentType0=image/jpeg");
        assert_eq!(
            (picture.content.expose(), picture.media.as_slice()),
            ("[image/jpeg]", &["image/jpeg".to_owned()][..])
        );
        assert_eq!(picture.message_sid.unwrap().as_str(), "SM1");
        let two = message("NumMedia=2&MediaContentType0=image/jpeg&MediaContentType1=image/png");
        assert_eq!(two.content.expose(), "[image/jpeg, image/png]");
        assert_eq!(message("NumMedia=4000000000").media.len(), 10);
        assert_eq!(
            message("NumMedia=1&MediaContentType0=%22%5D%00").content.expose(),
            "[application/octet-stream]"
        );
        let place = message("Body=&NumMedia=0&Latitude=19.07&Longitude=72.87");
        assert_eq!(place.content.expose(), "[location]");
        assert_eq!(place.location.unwrap().longitude, "72.87");
        assert_eq!(message("Latitude=north&Longitude=72.87").location, None);
        for nothing in ["", "Body=", "Body=&NumMedia=0", "NumMedia=x", "Latitude=19.07&Longitude="] {
            assert_eq!(content(nothing), InboundContent::Nothing, "{nothing}");
        }
        let caption = message("Body=look&NumMedia=1&MediaContentType0=image/jpeg");
        assert_eq!((caption.content.expose(), caption.media.len()), ("look", 1));
    }

    #[test]
    fn three_commands_clear_and_nothing_else() {
        for body in ["clear", "RESET", "+Start+OVER+", "%09clear%0A"] {
            assert_eq!(content(&format!("Body={body}")), InboundContent::Clear, "{body}");
        }
        for body in ["clear+it", "start++over", "restart", "clear."] {
            assert_eq!(message(&format!("Body={body}")).role, Role::User, "{body}");
        }
    }

    #[test]
    fn only_a_name_that_shows_is_one() {
        let name = |given: &str| {
            let read = read(&format!("MessageSid=SM1&From=%2B12025550101&ProfileName={given}")).unwrap();
            read.profile_name.map(|name| name.expose().to_owned())
        };
        assert_eq!(name("+Asha%E2%80%AE%00+Rao").as_deref(), Some("Asha Rao"));
        for nothing in ["", "++", "%E2%80%8B", "%00", &"x".repeat(201)] {
            assert_eq!(name(nothing), None, "{nothing}");
        }
    }

    #[test]
    fn a_token_that_is_none_is_passed_over() {
        let form = Form::parse(b"MessageSid=SM1&From=%2B12025550101").unwrap();
        let token = |given| InboundMessage::read(&form, Some(given)).unwrap().idempotency_token;
        assert_eq!(token("4f6c0b").as_deref(), Some("4f6c0b"));
        assert_eq!((token(""), token("a b"), token(&"x".repeat(65))), (None, None, None));
    }
}
