//! What exporters have done so far, and where they stand.

use domain::export::{NewExport, User, UserMetrics};
use domain::{Amount, Id, Invalid, Whole};
use repository::Tx;
use repository::export::user_metrics;

use crate::{Error, Result};

pub use repository::export::dashboard::for_user as dashboard;
pub use repository::export::user_metrics::get_for_user as get;

/// Marks an export as done. There is no row of it: each call is another export.
pub fn add_export(tx: &mut Tx<'_>, user: Id<User>, new: &NewExport) -> Result<UserMetrics> {
    if new.exported_at.is_some_and(|at| at > tx.now) {
        return Err(Error::invalid("/exported_at", "in_future", "the export must not be later than now"));
    }
    match user_metrics::add_export(tx, user, new)? {
        Some(metrics) => Ok(metrics),
        None => Err(too_large(&user_metrics::get_for_user(tx, user)?, new)),
    }
}

/// Which of the sums would be more than is stored.
fn too_large(metrics: &UserMetrics, new: &NewExport) -> Error {
    let mut invalid = Invalid::collect();
    if metrics.cost_savings.checked_add(new.cost_savings).is_err() {
        let detail = format!("all savings together must be at most {}", Amount::MAX);
        invalid.add("/cost_savings", "too_large", detail);
    }
    let days = i64::from(metrics.timeline_reduction_days) + i64::from(new.timeline_reduction_days.get());
    if let Err(error) = Whole::<0, { i32::MAX }>::new(days) {
        invalid.add("/timeline_reduction_days", "too_large", error.to_string());
    }
    Error::Invalid(invalid)
}
