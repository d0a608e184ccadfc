//! Imports of conversations: exports of WhatsApp's own, and rows of NDJSON.

mod dates;
mod export;
mod header;
mod ndjson;
mod zone;

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::Role;
use crate::MessageText;

pub use dates::DateOrder;
pub use export::{ExportOptions, read_export};
pub use ndjson::read_ndjson;
pub use zone::{Zone, ZoneError};

/// A message of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportedMessage {
    /// Who wrote it.
    pub role: Role,
    /// The text.
    pub content: MessageText,
    /// When; later than the message before it.
    pub timestamp: DateTime<Utc>,
}

/// A row or message that was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rejected {
    /// The line on which it begins, counted from 1.
    pub line: usize,
    /// Stable, machine readable.
    pub code: &'static str,
}

/// What a file holds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ImportFile {
    /// The messages, oldest first.
    pub messages: Vec<ImportedMessage>,
    /// How many of them stand for a picture, a video and the like.
    pub attachments: usize,
    /// Lines of WhatsApp's own, which are not kept.
    pub system_lines: usize,
    /// Messages of people who are neither, which are not kept.
    pub other_senders: usize,
    /// How its dates were read.
    pub date_order: Option<DateOrder>,
    /// What was not taken.
    pub rejected: Vec<Rejected>,
}

/// Why a file was refused. It tells lines and never names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ImportError {
    /// Its first line that is not blank begins no message.
    #[error("line {line} is no line of a WhatsApp export")]
    NotAnExport {
        /// Which line.
        line: usize,
    },
    /// Some dates have the day first and others the month.
    #[error("some dates begin with the day and others with the month: name the date order")]
    MixedDates,
    /// Every date could begin with the day or with the month.
    #[error("the dates could begin with the day or with the month: name the date order")]
    AmbiguousDates,
    /// There is a third person, and it was not said which two count.
    #[error("line {line} is of a third sender: name the user too, so that others are passed over")]
    ThirdSender {
        /// Which line.
        line: usize,
    },
}

impl ImportError {
    /// Stable, machine readable.
    pub fn code(self) -> &'static str {
        match self {
            Self::NotAnExport { .. } => "not_an_export",
            Self::MixedDates => "mixed_dates",
            Self::AmbiguousDates => "ambiguous_dates",
            Self::ThirdSender { .. } => "third_sender",
        }
    }
}

/// How often each text was written by whom within which minute: what two exports of a conversation are compared by. A line
/// of an export tells no more of its time.
#[derive(Default)]
pub struct Occurrences(HashMap<(i64, Role, MessageText), usize>);

impl Occurrences {
    /// Counts a message that is there already.
    pub fn add(&mut self, message: &ImportedMessage) {
        *self.0.entry(key(message)).or_default() += 1;
    }

    /// The messages beyond those that were counted, in their order. Each counted message accounts for one of the file.
    ///
    /// ```
    /// use strongroom_domain::MessageText;
    /// use strongroom_domain::whatsapp::Role;
    /// use strongroom_domain::whatsapp::imports::{ImportedMessage, Occurrences};
    ///
    /// let ok = |second| ImportedMessage {
    ///     role: Role::User,
    ///     content: MessageText::from_trusted("ok".to_owned()),
    ///     timestamp: chrono::DateTime::from_timestamp(second, 0).unwrap(),
    /// };
    /// let mut there = Occurrences::default();
    /// there.add(&ok(3));
    /// assert_eq!(there.without(vec![ok(0), ok(30), ok(60)]), [ok(30), ok(60)]);
    /// ```
    pub fn without(mut self, messages: Vec<ImportedMessage>) -> Vec<ImportedMessage> {
        let is_new = |message: &ImportedMessage| match self.0.get_mut(&key(message)) {
            Some(count) if *count > 0 => {
                *count -= 1;
                false
            }
            _ => true,
        };
        messages.into_iter().filter(is_new).collect()
    }
}

fn key(message: &ImportedMessage) -> (i64, Role, MessageText) {
    (message.timestamp.timestamp().div_euclid(60), message.role, message.content.clone())
}

/// A time at which a message can be kept after another: its own, or a microsecond after the other's.
fn after(last: Option<DateTime<Utc>>, own: DateTime<Utc>) -> DateTime<Utc> {
    last.and_then(|last| last.checked_add_signed(TimeDelta::microseconds(1)))
        .map_or(own, |next| own.max(next))
}
