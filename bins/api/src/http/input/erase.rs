//! Erasing for good, as the routes that delete offer it.

use serde::Deserialize;
use utoipa::IntoParams;

/// Whether to delete so that nothing can be restored.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct EraseQuery {
    /// Removes it for good, with everything that names the person. Needs the system's scope `admin`.
    erase: Option<bool>,
}

impl EraseQuery {
    pub(crate) fn erase(&self) -> bool {
        self.erase.unwrap_or(false)
    }
}
