//! The platform's own routes, and what the service does by itself.

pub(crate) mod audit;
pub(crate) mod checkpoints;
pub(crate) mod health;
pub(crate) mod housekeeping;
pub(crate) mod metrics;
