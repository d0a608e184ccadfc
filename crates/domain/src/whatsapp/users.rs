//! Users: the people who write to the bot.

use chrono::{DateTime, Utc};

use crate::identity::PasswordRules;
use crate::{Email, Id, PersonName, PhoneNumber, PiiError, WhatsAppId};

/// What a new password must be like.
pub const PASSWORD_RULES: PasswordRules = PasswordRules { shortest: 8, mixed: true };

/// Reads the number of a WhatsApp account, `+…` or `whatsapp:+…`, by its shape: WhatsApp has checked that it exists.
///
/// # Errors
/// When it is neither.
pub fn phone_number(input: &str) -> Result<PhoneNumber, PiiError> {
    PhoneNumber::parse_delivered(input)
}

/// Whom WhatsApp names as the sender or the receiver of a message: a number, an id, or both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sender {
    phone_number: Option<PhoneNumber>,
    whatsapp_id: Option<WhatsAppId>,
}

impl Sender {
    /// Reads an address, `whatsapp:+…` or `whatsapp:US.…`, and the id that may come beside it. An id that is none is
    /// passed over: a refused sender is a lost message.
    ///
    /// # Errors
    /// When the address is of neither form.
    ///
    /// ```
    /// use strongroom_domain::whatsapp::Sender;
    ///
    /// let hidden = Sender::parse("whatsapp:US.1234567890", None)?;
    /// assert!(hidden.phone_number().is_none() && hidden.whatsapp_id().is_some());
    /// let both = Sender::parse("whatsapp:+12025550101", Some("US.1234567890"))?;
    /// assert!(both.phone_number().is_some() && both.whatsapp_id().is_some());
    /// # Ok::<(), strongroom_domain::PiiError>(())
    /// ```
    pub fn parse(address: &str, id: Option<&str>) -> Result<Self, PiiError> {
        let beside = id.and_then(|id| WhatsAppId::parse(id).ok());
        if address.starts_with("whatsapp:")
            && let Ok(id) = WhatsAppId::parse(address)
        {
            return Ok(Self { phone_number: None, whatsapp_id: Some(id) });
        }
        Ok(Self { phone_number: Some(phone_number(address)?), whatsapp_id: beside })
    }

    /// Somebody with a number.
    pub fn of_phone(phone_number: PhoneNumber) -> Self {
        Self { phone_number: Some(phone_number), whatsapp_id: None }
    }

    /// The number, where WhatsApp shows it.
    pub fn phone_number(&self) -> Option<&PhoneNumber> {
        self.phone_number.as_ref()
    }

    /// The id, where WhatsApp names one.
    pub fn whatsapp_id(&self) -> Option<&WhatsAppId> {
        self.whatsapp_id.as_ref()
    }
}

/// A person who writes to the bot. At least one of number and id is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Its id.
    pub user_id: Id<User>,
    /// Unique among users that are not deleted.
    pub email: Option<Email>,
    /// As WhatsApp last delivered it. Unique among users that are not deleted.
    pub phone_number: Option<PhoneNumber>,
    /// Unique among users that are not deleted.
    pub whatsapp_id: Option<WhatsAppId>,
    /// Name of the WhatsApp profile, or one that was set here.
    pub full_name: Option<PersonName>,
    /// Whether the name was set here, so that the profile's does not replace it.
    pub full_name_is_set: bool,
    /// Whether messages are kept, and the person may log in.
    pub is_active: bool,
    /// Raised by every change; the ETag.
    pub row_version: i64,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

/// A user to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewUser {
    /// By what WhatsApp knows the person.
    pub sender: Sender,
    /// An address, where that is known.
    pub email: Option<Email>,
    /// A name, where that is known.
    pub full_name: Option<PersonName>,
    /// Whether that name stays, whatever the profile says.
    pub full_name_is_set: bool,
}

/// What to change of a user: `None` keeps, `Some(None)` clears.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UserChanges {
    /// A new address, or none.
    pub email: Option<Option<Email>>,
    /// Another number.
    pub phone_number: Option<PhoneNumber>,
    /// A name that stays, or none until the profile brings one.
    pub full_name: Option<Option<PersonName>>,
    /// Whether messages are kept.
    pub is_active: Option<bool>,
}

impl UserChanges {
    /// Whether nothing is to change.
    pub fn is_empty(&self) -> bool {
        self == &Self::default()
    }
}

/// How much a user has written and read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct UserTotals {
    /// Chats, closed ones too.
    pub total_chats: i64,
    /// Messages in all of them.
    pub total_messages: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(address: &str, id: Option<&str>) -> Option<(Option<String>, Option<String>)> {
        let sender = Sender::parse(address, id).ok()?;
        let phone = sender.phone_number().map(|phone| phone.expose().to_owned());
        Some((phone, sender.whatsapp_id().map(|id| id.expose().to_owned())))
    }

    #[test]
    fn a_sender_is_a_number_an_id_or_both() {
        let some = |text: &str| Some(text.to_owned());
        for (address, id, expected) in [
            ("whatsapp:+5215512345678", None, (some("+5215512345678"), None)),
            ("+551191234567", None, (some("+551191234567"), None)),
            ("whatsapp:US.1234567890", Some("US.1234567890"), (None, some("US.1234567890"))),
            ("whatsapp:+12025550123", Some("US.1234567890"), (some("+12025550123"), some("US.1234567890"))),
            ("whatsapp:+12025550123", Some("nonsense"), (some("+12025550123"), None)),
        ] {
            assert_eq!(read(address, id), Some(expected), "{address}");
        }
        for address in
            ["", "whatsapp:", "12025550123", "US.1234567890", "whatsapp:+0123456", "sms:+12025550123"]
        {
            assert_eq!(read(address, Some("US.1234567890")), None, "{address}");
        }
    }
}
