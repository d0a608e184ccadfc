//! What a household can cook of what is available in its pantry.

use domain::Id;
use domain::pantry::{Suggestion, SuggestionRequest, User};
use repository::Conn;
use repository::pantry::suggestions;

use super::users;
use crate::Result;

/// Recipes of which a user has something available: those of which the user has most first, then those whose products
/// expire soonest.
pub fn for_user(conn: &mut Conn<'_>, user: Id<User>, request: &SuggestionRequest) -> Result<Vec<Suggestion>> {
    let found = suggestions::for_user(conn, user, request)?;
    if found.is_empty() {
        users::must_exist(conn, user)?;
    }
    Ok(found)
}
