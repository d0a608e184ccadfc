//! What exporters have done so far.

pub use repository::export::user_metrics::get_for_user as get;
