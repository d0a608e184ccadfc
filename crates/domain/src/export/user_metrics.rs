//! What an exporter has done so far, as counts that never fall.

use chrono::{DateTime, Utc};

use super::User;
use crate::whole::Whole;
use crate::{Amount, Id};

/// Days that one export saved.
pub type DaysSaved = Whole<0, 3_650>;

/// The counts of one exporter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserMetrics {
    /// Its id.
    pub id: Id<UserMetrics>,
    /// The exporter.
    pub user_id: Id<User>,
    /// Reports that were completed.
    pub reports_generated: i32,
    /// Certificates that were completed.
    pub certifications_completed: i32,
    /// Documents that were made.
    pub documents_generated: i32,
    /// Exports that were marked as done.
    pub exports_completed: i32,
    /// Days saved by all exports together.
    pub timeline_reduction_days: i32,
    /// Costs saved by all exports together.
    pub cost_savings: Amount,
    /// When the latest of the exports was.
    pub last_export_date: Option<DateTime<Utc>>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

/// An export that was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewExport {
    /// When; now where absent.
    pub exported_at: Option<DateTime<Utc>>,
    /// What it saved.
    pub cost_savings: Amount,
    /// How many days it saved.
    pub timeline_reduction_days: DaysSaved,
}
