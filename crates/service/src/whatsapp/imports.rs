//! Imports of conversations.

use chrono::{DateTime, Utc};
use domain::Id;
use domain::whatsapp::User;
use domain::whatsapp::imports::{
    DateOrder, ExportOptions, ImportError, ImportFile, Rejected, read_export, read_ndjson,
};
use repository::Tx;
use repository::whatsapp::{imports, users};

use super::Rules;
use crate::{Error, Result};

/// How a file is written.
#[derive(Clone, Copy, Debug)]
pub enum Format<'a> {
    /// As WhatsApp exports it.
    Export(ExportOptions<'a>),
    /// A message for each line.
    Ndjson,
}

/// What an import brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imported {
    /// Chats that were made.
    pub chats: usize,
    /// Messages that were new.
    pub messages: usize,
    /// Messages of the file that stand for a picture, a video and the like.
    pub attachments: usize,
    /// Lines of WhatsApp's own, which were passed over.
    pub system_lines: usize,
    /// Messages of others, which were passed over.
    pub other_senders: usize,
    /// How the dates were read.
    pub date_order: Option<DateOrder>,
    /// The time of the file's first message.
    pub first_at: Option<DateTime<Utc>>,
    /// The time of its last one.
    pub last_at: Option<DateTime<Utc>>,
    /// What was not taken.
    pub rejected: Vec<Rejected>,
}

/// Reads a file. It is read before the transaction, which holds a lock.
///
/// # Errors
/// [`Error::Invalid`] at `/text` for a file that is refused as a whole.
pub fn read(text: &str, format: &Format<'_>) -> Result<ImportFile> {
    match format {
        Format::Ndjson => Ok(read_ndjson(text)),
        Format::Export(options) => {
            let refused = |error: ImportError| Error::invalid("/text", error.code(), error.to_string());
            read_export(text, options).map_err(refused)
        }
    }
}

/// Keeps the messages of a file that was read from `text` as closed chats of a user. The same file again brings nothing, and
/// a later one what is new in it.
pub fn import(
    tx: &mut Tx<'_>,
    rules: &Rules,
    user: Id<User>,
    text: &str,
    file: ImportFile,
) -> Result<Imported> {
    users::lock_by_id(tx, user)?;
    let there = imports::find(tx, user, text)?;
    let time_of = |message: Option<&domain::whatsapp::imports::ImportedMessage>| message.map(|m| m.timestamp);
    let (first_at, last_at) = (time_of(file.messages.first()), time_of(file.messages.last()));
    let new = if there.is_known { Vec::new() } else { there.messages.without(file.messages) };
    let chats = imports::insert(tx, user, text, rules.max_chat_messages, &new)?;
    Ok(Imported {
        chats,
        messages: new.len(),
        attachments: file.attachments,
        system_lines: file.system_lines,
        other_senders: file.other_senders,
        date_order: file.date_order,
        first_at,
        last_at,
        rejected: file.rejected,
    })
}
