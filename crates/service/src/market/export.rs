//! What leaves the database for a report or another program.

use chrono::{DateTime, Utc};
use repository::Tx;
use repository::market::export::{
    self, ExportedBuyer, ExportedConversation, ExportedMessage, ExportedProduct,
};

use crate::Result;

/// An export: no text of a message, no number and no address, and user names masked.
#[derive(Debug, serde::Serialize)]
pub struct Export {
    /// When it was made, by the database's clock.
    pub exported_at: DateTime<Utc>,
    /// All products.
    pub products: Vec<ExportedProduct>,
    /// All buyers.
    pub buyers: Vec<ExportedBuyer>,
    /// All conversations.
    pub conversations: Vec<ExportedConversation>,
    /// The newest thousand messages.
    pub messages: Vec<ExportedMessage>,
}

impl Export {
    /// The same as JSON.
    pub fn into_json(self) -> serde_json::Value {
        serde_json::json!(self)
    }
}

/// Reads what is neither deleted nor hidden.
pub fn all(tx: &mut Tx<'_>) -> Result<Export> {
    Ok(Export {
        exported_at: tx.now,
        products: export::products(tx)?,
        buyers: export::buyers(tx)?,
        conversations: export::conversations(tx)?,
        messages: export::messages(tx)?,
    })
}
