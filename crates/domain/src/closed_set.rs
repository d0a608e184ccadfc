//! Closed sets: enums that the database and JSON hold as text.
//!
//! Every such enum is declared with the crate's `closed_set!` macro, so that all of them behave alike: `ALL`
//! lists the values, `as_str` is the stored form, parsing takes any case, and the error of an unknown value
//! lists what is accepted.

use std::fmt;

/// What every closed set has, for code that is written once for all of them.
pub trait ClosedSet: Copy + 'static {
    /// Every value.
    const ALL: &'static [Self];
    /// The value as the database and JSON hold it.
    fn as_str(self) -> &'static str;
}

/// A text that is none of a closed set's values. It does not repeat the text.
///
/// ```
/// use strongroom_domain::split::BillStatus;
///
/// let error = "paid".parse::<BillStatus>().unwrap_err();
/// assert_eq!(error.to_string(), "the bill status must be one of: active, completed, cancelled");
/// assert_eq!("Active".parse(), Ok(BillStatus::Active));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownValue {
    what: &'static str,
    accepted: Vec<&'static str>,
}

impl UnknownValue {
    /// Stable, machine readable.
    pub const CODE: &'static str = "unknown_value";

    /// What was being read, for example "bill status".
    pub fn what(&self) -> &'static str {
        self.what
    }

    /// The values that would have been accepted.
    pub fn accepted(&self) -> &[&'static str] {
        &self.accepted
    }
}

impl fmt::Display for UnknownValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the {} must be one of: {}", self.what, self.accepted.join(", "))
    }
}

impl std::error::Error for UnknownValue {}

/// Finds the value whose stored form equals `input` in any case.
pub(crate) fn find<T: Copy>(
    what: &'static str,
    all: &[T],
    as_str: fn(T) -> &'static str,
    input: &str,
) -> Result<T, UnknownValue> {
    let found = all.iter().copied().find(|&value| as_str(value).eq_ignore_ascii_case(input));
    found.ok_or_else(|| UnknownValue { what, accepted: all.iter().copied().map(as_str).collect() })
}

/// Declares a closed set: the enum, `ALL`, `as_str`, `Display`, `FromStr` in any case, and serde as text.
macro_rules! closed_set {
    ($(#[$doc:meta])* $name:ident, $what:literal { $($(#[$value_doc:meta])* $value:ident = $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$value_doc])* $value,)+ }
        impl $name {
            /// Every value.
            pub const ALL: &'static [Self] = &[$(Self::$value,)+];
            /// The value as the database and JSON hold it.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$value => $text,)+ }
            }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.pad(self.as_str()) }
        }
        impl std::str::FromStr for $name {
            type Err = $crate::UnknownValue;
            fn from_str(input: &str) -> Result<Self, Self::Err> {
                $crate::closed_set::find($what, Self::ALL, Self::as_str, input)
            }
        }
        impl $crate::ClosedSet for $name {
            const ALL: &'static [Self] = Self::ALL;
            fn as_str(self) -> &'static str { Self::as_str(self) }
        }
        $crate::closed_set::serde_as_text!($name);
    };
}

/// Serde by way of `as_str` and `FromStr`.
macro_rules! serde_as_text {
    ($name:ident) => {
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

pub(crate) use serde_as_text;

#[cfg(test)]
mod tests {
    use crate::export::generated_documents::{DocumentType, FindingCode, Severity};
    use crate::export::{
        BusinessType, CertificationStatus, CertificationType, ChatRole, CompanySize, ReportStatus,
        TaskCategory,
    };
    use crate::identity::TokenScope;
    use crate::market::{ClosedReason, Condition, ConversationStatus, MessageType, ProductStatus};
    use crate::pantry::{MealType, MessageRole, SpendingBy};
    use crate::split::division::SplitMode;
    use crate::split::upi::PaymentApp;
    use crate::split::{BillStatus, Channel, CloseReason, Outcome, PaymentStatus, RequestStatus, Step};
    use crate::whatsapp::imports::DateOrder;
    use crate::whatsapp::{DeliveryStatus, InboundOutcome, Role};

    /// What every closed set must do, tried on one.
    macro_rules! check {
        ($set:ident) => {
            for &value in $set::ALL {
                let text = value.as_str();
                assert_eq!(text.parse(), Ok(value));
                assert_eq!(text.to_uppercase().parse(), Ok(value));
                assert_eq!(value.to_string(), text);
                let json = serde_json::to_string(&value).unwrap();
                assert_eq!(json, format!("\"{text}\""));
                assert_eq!(serde_json::from_str::<$set>(&json).unwrap(), value);
            }
            let error = "no such".parse::<$set>().unwrap_err();
            assert_eq!(error.accepted().len(), $set::ALL.len());
            assert!(!error.to_string().contains("no such"));
            assert!(serde_json::from_str::<$set>("1").is_err());
        };
    }

    #[test]
    fn every_set_reads_back_what_it_writes_in_any_case() {
        check!(BillStatus);
        check!(PaymentStatus);
        check!(RequestStatus);
        check!(CloseReason);
        check!(Channel);
        check!(Outcome);
        check!(SplitMode);
        check!(PaymentApp);
        check!(Step);
        check!(TokenScope);
        check!(BusinessType);
        check!(CompanySize);
        check!(ReportStatus);
        check!(CertificationType);
        check!(CertificationStatus);
        check!(TaskCategory);
        check!(DocumentType);
        check!(FindingCode);
        check!(Severity);
        check!(ChatRole);
        check!(MessageRole);
        check!(MealType);
        check!(SpendingBy);
        check!(Role);
        check!(InboundOutcome);
        check!(DeliveryStatus);
        check!(DateOrder);
        check!(ProductStatus);
        check!(Condition);
        check!(ConversationStatus);
        check!(ClosedReason);
        check!(MessageType);
    }
}
