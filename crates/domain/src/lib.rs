//! Types and pure rules of all systems: ids, personal data, text, money, paging, and what each system
//! decides about them. Nothing here does I/O, reads a clock, or draws random numbers (making an id by
//! [`Id::generate`] is the one exception): the same input always gives the same answer, which is why the
//! whole crate can be tested without a database. It must never print, log or echo personal data; values of
//! [`Pii`] show only what kind they are.
//!
//! | module | holds |
//! |---|---|
//! | [`id`] | typed ids, UUIDv7 |
//! | [`pii`] | phone numbers, e-mail addresses, names, UPI addresses and other values that are stored sealed |
//! | [`text`] | clear text with a length limit, folded text, words, tags, addresses of web pages |
//! | [`json`] | JSON that is read exactly and within limits |
//! | [`money`] | currencies, amounts, sums |
//! | [`decimal`], [`ratio`] | numbers that are no money: counted exactly, or measured |
//! | [`whole`], [`percentage`] | whole numbers within bounds, parts of a whole in percent |
//! | [`day`] | days of the calendar, and the limits of a list by days |
//! | [`page`] | keyset and offset paging |
//! | [`invalid`] | collects every wrong field of an input into one answer |
//! | [`closed_set`] | enums that are stored as text |
//! | [`identity`] | passwords, and what a token of an end user is good for |
//! | [`rate_limit`] | how many requests within how long, and the window that tells |
//! | [`split`] | the Bill Splitting Agent |
//! | [`export`] | ExportSathi |
//! | [`pantry`] | FoodSave AI |
//! | [`whatsapp`] | the Twilio WhatsApp bot |
//! | [`market`] | the Wallapop selling bot |
//!
//! A value that was parsed is right: [`PhoneNumber`] is E.164, [`Amount`] has at most two decimals, [`Text`]
//! fits its column. Layers above take these types and check nothing again.
//!
//! ```
//! use strongroom_domain::{Amount, Currency};
//!
//! let total = Amount::parse("100.00")?.positive()?.fits(Currency::INR)?;
//! assert_eq!(total.to_string(), "100.00");
//! # Ok::<(), strongroom_domain::money::AmountError>(())
//! ```

#[macro_use]
pub mod closed_set;
pub mod day;
pub mod decimal;
pub mod export;
pub mod id;
pub mod identity;
pub mod invalid;
pub mod json;
pub mod market;
pub mod money;
pub mod page;
pub mod pantry;
pub mod percentage;
pub mod pii;
pub mod rate_limit;
pub mod ratio;
pub mod split;
pub mod text;
pub mod whatsapp;
pub mod whole;

pub use closed_set::{ClosedSet, UnknownValue};
pub use day::{Day, DayLimit};
pub use decimal::{Decimal, DecimalError};
pub use id::Id;
pub use invalid::{Invalid, Violation};
pub use json::{Json, JsonObject};
pub use money::{Amount, Currency, SignedAmount};
pub use page::{DayPosition, Limit, NamePosition, Offset, Page, PageRequest, Position};
pub use percentage::Percentage;
pub use pii::{
    CompanyName, Email, MessageText, Note, PersonName, PhoneNumber, Pii, PiiError, PiiKind, Place,
    PrivateJson, UpiId, UpiLink, UserName, WhatsAppId,
};
pub use ratio::{Confidence, Ratio, Sentiment};
pub use text::{Folded, SearchWords, Tags, Text, TextError, WebUrl};
pub use whole::Whole;
