//! `db-manage create-tables`

use repository::ops::migrations::Goal;

use crate::context::Context;
use crate::{Exit, migrate};

pub(crate) const EXAMPLES: &str = "\
Examples:
  db-manage create-tables              the same as `db-manage migrate up`
  db-manage create-tables --wait 120   wait up to two minutes for others who migrate

The roles have to be there: `db-manage init` makes them, and everything else besides.";

pub(crate) fn run(context: &Context) -> anyhow::Result<Exit> {
    migrate::reach(context, Goal::Up, false)
}
