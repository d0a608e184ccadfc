//! Buyers: people who write to the bot.

use chrono::{DateTime, Utc};

use super::{Count, WallapopId};
use crate::pii::Region;
use crate::{Confidence, Email, Id, PersonName, PhoneNumber, PiiError, PrivateJson, UserName};

/// Reads a phone number. Buyers live in Spain, whose numbers need no country code.
///
/// ```
/// use strongroom_domain::market::phone_number;
///
/// assert_eq!(phone_number("612 34 56 78")?.expose(), "+34612345678");
/// # Ok::<(), strongroom_domain::PiiError>(())
/// ```
pub fn phone_number(input: &str) -> Result<PhoneNumber, PiiError> {
    PhoneNumber::parse_in(Region::ES, input)
}

/// A buyer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Buyer {
    /// Its id.
    pub id: Id<Buyer>,
    /// The marketplace's id; unique among buyers that are not deleted.
    pub wallapop_user_id: WallapopId,
    /// What the person is called on the marketplace. Several may have the same.
    pub username: UserName,
    /// The name that the marketplace shows.
    pub display_name: Option<PersonName>,
    /// Where the person is called.
    pub phone: Option<PhoneNumber>,
    /// Where the person is written to.
    pub email: Option<Email>,
    /// Whether the marketplace has verified the person.
    pub is_verified: bool,
    /// Whether the bot does not talk to the person any more.
    pub is_blocked: bool,
    /// How far the person is trusted. Maintenance computes it.
    pub trust_score: Confidence,
    /// Conversations that were begun.
    pub total_conversations: Count,
    /// Conversations that ended in a sale.
    pub completed_purchases: Count,
    /// Conversations that were cancelled, except for reasons that count against nobody.
    pub cancelled_conversations: Count,
    /// What else the marketplace tells, an object of at most 64 KiB.
    pub profile_data: Option<PrivateJson>,
    /// When the bot last told of the person.
    pub last_active_at: Option<DateTime<Utc>>,
    /// When everything that identifies the person was overwritten.
    pub anonymised_at: Option<DateTime<Utc>>,
    /// Raised by every change; the ETag.
    pub row_version: i64,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

/// What is told of a buyer: `None` keeps, `Some(None)` clears. Score and counters are for nobody to set.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BuyerChanges {
    /// The user name; a new buyer needs one.
    pub username: Option<UserName>,
    /// The name that the marketplace shows, or none.
    pub display_name: Option<Option<PersonName>>,
    /// A phone number, or none.
    pub phone: Option<Option<PhoneNumber>>,
    /// An e-mail address, or none.
    pub email: Option<Option<Email>>,
    /// Whether the marketplace has verified the person.
    pub is_verified: Option<bool>,
    /// What else the marketplace tells, or nothing. At most 64 KiB ([`PrivateJson::parse_small`]).
    pub profile_data: Option<Option<PrivateJson>>,
}

/// A user name for those who need not know it: its first and its last character, of a name that has more than those.
///
/// ```
/// use strongroom_domain::UserName;
/// use strongroom_domain::market::buyers::masked;
///
/// assert_eq!(masked(&UserName::parse("juan_comprador")?), "j***r");
/// assert_eq!(masked(&UserName::parse("jr")?), "***");
/// # Ok::<(), strongroom_domain::PiiError>(())
/// ```
pub fn masked(name: &UserName) -> String {
    let mut characters = name.expose().chars();
    match (characters.next(), characters.next_back()) {
        (Some(first), Some(last)) if characters.next().is_some() => format!("{first}***{last}"),
        _ => "***".to_owned(),
    }
}

/// What a buyer is looked for by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BuyerLookup {
    /// Several may have a phone number.
    Phone(PhoneNumber),
    /// Several may have an e-mail address.
    Email(Email),
    /// Several may have a user name.
    Username(UserName),
    /// At most one has an id of the marketplace's.
    WallapopUserId(WallapopId),
}

impl BuyerChanges {
    /// Whether nothing is to change.
    pub fn is_empty(&self) -> bool {
        self == &Self::default()
    }
}
