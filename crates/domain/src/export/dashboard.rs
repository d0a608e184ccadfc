//! Where an exporter stands, over all reports that are not deleted.

use super::{CertificationSummary, Progress, UserMetrics};

/// The figures of one exporter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dashboard {
    /// What was done so far, deleted reports included.
    pub metrics: UserMetrics,
    /// The reports.
    pub reports: ReportCounts,
    /// Their certificates.
    pub certifications: CertificationSummary,
    /// The tasks of their plans.
    pub action_plan: Progress,
    /// Their documents.
    pub documents: DocumentCounts,
}

/// How many documents there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DocumentCounts {
    /// All of them.
    pub total: u32,
    /// Those in which the checks found no error.
    pub valid: u32,
}

/// How many reports are in which state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ReportCounts {
    /// Being written.
    pub processing: u32,
    /// Written.
    pub completed: u32,
    /// Failed.
    pub failed: u32,
}
