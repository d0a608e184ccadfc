//! What happened on a day.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::Day;

/// The figures of a day of UTC. This is also how a report stores them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Figures {
    /// Conversations that were begun.
    pub conversations_created: i64,
    /// Messages that were stored, of all types.
    pub messages_sent: i64,
    /// Different buyers of the conversations that were begun.
    pub active_buyers: i64,
    /// Conversations that ended in a sale.
    pub completed_sales: i64,
}

/// The figures of a day as they were when maintenance stored them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DailyReport {
    /// Which day of UTC.
    pub report_date: Day,
    /// What happened on it.
    pub figures: Figures,
    /// When it was stored.
    pub created_at: DateTime<Utc>,
}
