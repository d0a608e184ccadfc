//! Categories of products and recipes.

use domain::pantry::categories::forest;
use domain::pantry::{Category, CategoryChanges, CategoryTree, NewCategory};
use domain::{Id, NamePosition, Page, PageRequest};
use repository::pantry::categories;
use repository::{Conn, Error as RepositoryError, Tx};

use crate::{Error, Result};

pub use repository::pantry::categories::{delete, get, list, list_from};

/// Makes a category. Its name must not be that of another one within the same parent.
pub fn create(tx: &mut Tx<'_>, new: NewCategory) -> Result<Category> {
    must_be_known(tx, "/parent_id", new.parent_id)?;
    categories::insert(tx, new).map_err(refused)
}

/// All categories, each with those within it.
pub fn tree(conn: &mut Conn<'_>) -> Result<Vec<CategoryTree>> {
    Ok(forest(categories::all(conn)?))
}

/// A page of the categories at the top, each with all that are within it, by name.
pub fn list_trees(
    conn: &mut Conn<'_>,
    page: &PageRequest<NamePosition>,
) -> Result<Page<CategoryTree, NamePosition>> {
    let position = |tree: &CategoryTree| NamePosition {
        name: tree.category.name.as_str().to_owned(),
        id: tree.category.id.uuid(),
    };
    let mut trees = tree(conn)?;
    trees.retain(|tree| page.after.as_ref().is_none_or(|last| position(tree) > *last));
    Ok(Page::of(trees, page.limit, position))
}

/// Changes the given fields. No category may come to be within itself, or below the tenth level.
pub fn update(tx: &mut Tx<'_>, id: Id<Category>, changes: CategoryChanges) -> Result<Category> {
    must_be_known(tx, "/parent_id", changes.parent_id.flatten())?;
    categories::update(tx, id, changes).map_err(refused)
}

/// Refuses an input that names at `pointer` a category that is not there.
pub(super) fn must_be_known(
    conn: &mut Conn<'_>,
    pointer: &str,
    category: Option<Id<Category>>,
) -> Result<()> {
    match category.map(|category| categories::get(conn, category)) {
        None | Some(Ok(_)) => Ok(()),
        Some(Err(RepositoryError::NotFound(_))) => {
            Err(Error::invalid(pointer, "unknown_category", "there is no such category"))
        }
        Some(Err(error)) => Err(error.into()),
    }
}

fn refused(error: RepositoryError) -> Error {
    let constraint = match &error {
        RepositoryError::Refused { constraint } => constraint.as_str(),
        _ => "",
    };
    match constraint {
        "categories_no_cycle" => Error::invalid("/parent_id", "cycle", "a category cannot be within itself"),
        "categories_ten_levels" => {
            Error::invalid("/parent_id", "too_deep", "there can be at most ten levels of categories")
        }
        _ => error.into(),
    }
}
