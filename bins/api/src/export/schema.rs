//! Closed sets of this system, as the OpenAPI document names them.

use repository::domain::export;

use crate::http::OneOf;

/// What a company does.
pub(super) type BusinessType = OneOf<export::BusinessType>;
/// How large a company is.
pub(super) type CompanySize = OneOf<export::CompanySize>;
