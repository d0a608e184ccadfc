//! Users: households.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde::{Serialize, Serializer};
use serde_json::Value;

use super::Details;
use crate::pii::{Rule, UserNameKind};
use crate::{Day, Email, Id, Invalid, JsonObject, PiiError, UserName};

/// Reads a user name: at most 50 characters.
///
/// ```
/// use strongroom_domain::pantry::user_name;
///
/// assert!(user_name("kowalscy").is_ok());
/// assert_eq!(user_name(&"x".repeat(51)).unwrap_err().code(), "too_long");
/// ```
pub fn user_name(input: &str) -> Result<UserName, PiiError> {
    let name = UserName::parse(input)?;
    if name.expose().chars().nth(50).is_some() {
        let rule = Rule { code: "too_long", text: "must have at most 50 characters" };
        return Err(PiiError::of::<UserNameKind>(rule));
    }
    Ok(name)
}

/// Settings of the assistant, of which one means something here: `timezone`, the name of an IANA time zone.
///
/// ```
/// use strongroom_domain::json::Reader;
/// use strongroom_domain::pantry::Preferences;
///
/// let named = Reader::new(r#"{"timezone": "Asia/Tokyo", "diet": "vegan"}"#).read()?;
/// let preferences = Preferences::default().merged(named)?;
/// let evening = "2026-11-20T15:30:00Z".parse()?;
/// assert_eq!(preferences.local_date(evening).to_string(), "2026-11-21");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Preferences(Details);

const TIME_ZONE: &str = "timezone";

impl Preferences {
    /// Takes what came out of the store as it is.
    pub fn from_trusted(object: JsonObject) -> Self {
        Self(Details::from_trusted(object))
    }

    /// The same with the named keys set, and without those that are named with null.
    pub fn merged(&self, named: JsonObject) -> Result<Self, Invalid> {
        let mut fields = Invalid::collect();
        let mut all = self.0.fields().clone();
        for (key, value) in named.into_fields() {
            if key == TIME_ZONE && !value.is_null() && zone(&value).is_none() {
                fields.add(
                    "/timezone",
                    "unknown_time_zone",
                    "the time zone must be the name of an IANA time zone, like Europe/Warsaw",
                );
            }
            if value.is_null() {
                all.shift_remove(&key);
            } else {
                all.insert(key, value);
            }
        }
        let all = fields.take("", Details::new(JsonObject::from(all)));
        fields.build(|| all.map(Self))
    }

    /// The day at a moment where the user lives; in UTC where that is unknown.
    pub fn local_date(&self, at: DateTime<Utc>) -> Day {
        let zone = self.0.fields().get(TIME_ZONE).and_then(zone).unwrap_or(Tz::UTC);
        Day::from_trusted(at.with_timezone(&zone).date_naive())
    }
}

fn zone(value: &Value) -> Option<Tz> {
    value.as_str()?.parse().ok()
}

impl Serialize for Preferences {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

/// A user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Its id.
    pub id: Id<User>,
    /// Unique among users that are not deleted.
    pub username: UserName,
    /// Unique among users that are not deleted.
    pub email: Email,
    /// Settings of the assistant.
    pub preferences: Preferences,
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
    pub username: UserName,
    /// Unique among users that are not deleted.
    pub email: Email,
    /// Settings of the assistant.
    pub preferences: Preferences,
}

/// What to change of a user: `None` keeps.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UserChanges {
    /// A new name.
    pub username: Option<UserName>,
    /// A new address.
    pub email: Option<Email>,
    /// The new preferences as a whole.
    pub preferences: Option<Preferences>,
}

impl UserChanges {
    /// Whether nothing is to change.
    pub fn is_empty(&self) -> bool {
        self == &Self::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::from_trusted;

    fn merged(base: &str, named: &str) -> Result<Preferences, Invalid> {
        Preferences::from_trusted(from_trusted(base).unwrap()).merged(from_trusted(named).unwrap())
    }

    #[test]
    fn named_keys_are_set_null_removes_and_the_rest_stays() {
        let after =
            merged(r#"{"a":1,"b":0.10,"timezone":"Asia/Tokyo"}"#, r#"{"a":null,"c":[],"x":null}"#).unwrap();
        assert_eq!(serde_json::to_string(&after).unwrap(), r#"{"b":0.10,"timezone":"Asia/Tokyo","c":[]}"#);
        assert_eq!(
            merged(r#"{"timezone":"Asia/Tokyo"}"#, r#"{"timezone":null}"#),
            Ok(Preferences::default())
        );
    }

    #[test]
    fn a_time_zone_is_an_iana_name() {
        for wrong in [r#""Warsaw""#, r#""FOO+3""#, r#""europe/warsaw""#, r#""""#, "3", "{}", "true"] {
            let invalid = merged("{}", &format!(r#"{{"timezone":{wrong}}}"#)).unwrap_err();
            let [violation] = invalid.violations() else { panic!("{invalid}") };
            assert_eq!(
                (violation.pointer.as_str(), violation.code),
                ("/timezone", "unknown_time_zone"),
                "{wrong}"
            );
        }
        assert!(merged("{}", r#"{"timezone":"Europe/Warsaw"}"#).is_ok());
    }

    #[test]
    fn the_day_is_that_of_the_time_zone() {
        for (zone, at, day) in [
            (r#"{"timezone":"Asia/Tokyo"}"#, "2026-11-20T15:30:00Z", "2026-11-21"),
            (r#"{"timezone":"America/Los_Angeles"}"#, "2026-11-20T15:30:00Z", "2026-11-20"),
            ("{}", "2026-11-20T15:30:00Z", "2026-11-20"),
            (r#"{"timezone":"Europe/Warsaw"}"#, "2026-03-28T23:30:00Z", "2026-03-29"),
        ] {
            let preferences = Preferences::from_trusted(from_trusted(zone).unwrap());
            assert_eq!(preferences.local_date(at.parse().unwrap()).to_string(), day, "{zone}");
        }
    }

    #[test]
    fn preferences_have_a_limit() {
        let long = format!(r#"{{"a":"{}"}}"#, "x".repeat(40_000));
        assert!(merged("{}", &long).is_ok());
        assert_eq!(
            merged(&long, &long.replace("\"a\"", "\"b\"")).unwrap_err().violations()[0].code,
            "too_long"
        );
    }
}
