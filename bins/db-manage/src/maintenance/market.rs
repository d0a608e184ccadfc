//! `db-manage maintenance --system market`

use service::market::maintenance::{self, Settings};

use crate::context::Context;
use crate::output::Answer;
use crate::{Exit, actor};

pub(super) fn run(context: &Context, dry_run: bool) -> anyhow::Result<Exit> {
    let place = context.place()?;
    let database = context.database(&place)?;
    let settings = Settings {
        retention: place.settings.retention.clone(),
        archive_after_days: place.settings.market.archive_after_days,
    };
    let steps = maintenance::run(&database, &actor::operator(), &settings, dry_run)?;
    context.answer(&Answer::list(&steps)?)?;
    if dry_run {
        context.note(format_args!("\nNothing was changed: this was a dry run."));
    }
    Ok(Exit::DONE)
}
