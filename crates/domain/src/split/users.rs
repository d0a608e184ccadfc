//! Users: those whom the agent serves, who pay a bill and ask the others for their shares.

use chrono::{DateTime, Utc};

use crate::pii::Region;
use crate::{Id, PersonName, PhoneNumber, PiiError, UpiId};

/// Reads a phone number. Users and contacts live in India, whose numbers need no country code.
///
/// ```
/// use strongroom_domain::split::phone_number;
///
/// assert_eq!(phone_number("098765 43210")?.expose(), "+919876543210");
/// # Ok::<(), strongroom_domain::PiiError>(())
/// ```
pub fn phone_number(input: &str) -> Result<PhoneNumber, PiiError> {
    PhoneNumber::parse_in(Region::IN, input)
}

/// A user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Its id.
    pub id: Id<User>,
    /// Unique among users that are not deleted.
    pub phone_number: PhoneNumber,
    /// Stands as the payee's name in payment links.
    pub name: Option<PersonName>,
    /// Where this user is paid.
    pub upi_id: Option<UpiId>,
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
    /// Unique among users that are not deleted.
    pub phone_number: PhoneNumber,
    /// The user's name, where it is known.
    pub name: Option<PersonName>,
    /// Where this user is paid, where it is known.
    pub upi_id: Option<UpiId>,
}

/// What to change of a user: `None` keeps, `Some(None)` clears.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UserChanges {
    /// A new number.
    pub phone_number: Option<PhoneNumber>,
    /// A new name, or none.
    pub name: Option<Option<PersonName>>,
    /// A new UPI address, or none.
    pub upi_id: Option<Option<UpiId>>,
}

impl UserChanges {
    /// Whether nothing is to change.
    pub fn is_empty(&self) -> bool {
        self == &Self::default()
    }
}
