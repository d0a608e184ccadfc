//! `pantry`: figures over many households, and receipts in bulk.

mod figures;
mod receipts;

pub(crate) use figures::measure as measure_figures;
pub(crate) use receipts::measure as measure_receipts;

use anyhow::Context as _;
use diesel::connection::SimpleConnection as _;

use crate::running::Running;

/// Removes all households and what is theirs, and the catalogue.
fn empty(running: &mut Running) -> anyhow::Result<()> {
    running
        .superuser
        .batch_execute(
            "TRUNCATE pantry.users, pantry.categories, pantry.products, pantry.recipes, platform.audit_log CASCADE",
        )
        .context("the tables could not be emptied")?;
    running.vacuum()
}
