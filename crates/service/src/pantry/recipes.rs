//! Recipes, which every household reads and programs write.

use domain::pantry::recipes::MOST_INGREDIENTS;
use domain::pantry::{NewRecipe, NewRecipeIngredient, Recipe, RecipeChanges, WholeRecipe};
use domain::{Id, Invalid};
use repository::pantry::{products, recipes};
use repository::{Error as RepositoryError, Tx};

use crate::{Error, Result};

pub use repository::pantry::recipes::{get, list, list_from, restore, soft_delete as delete};

/// Makes a recipe with its ingredients.
pub fn create(tx: &mut Tx<'_>, new: NewRecipe) -> Result<WholeRecipe> {
    must_be_few(&new.ingredients)?;
    let ingredients = new.ingredients.clone();
    recipes::insert(tx, new).map_err(|error| why_refused(tx, error, &ingredients))
}

/// Changes the given fields and, where ingredients are given, replaces those there are, if the recipe still has the given
/// version.
pub fn update(
    tx: &mut Tx<'_>,
    id: Id<Recipe>,
    version: Option<i64>,
    changes: RecipeChanges,
) -> Result<WholeRecipe> {
    let ingredients = changes.ingredients.clone().unwrap_or_default();
    must_be_few(&ingredients)?;
    recipes::update(tx, id, version, changes).map_err(|error| why_refused(tx, error, &ingredients))
}

fn must_be_few(ingredients: &[NewRecipeIngredient]) -> Result<()> {
    if ingredients.len() <= MOST_INGREDIENTS {
        return Ok(());
    }
    let detail = format!("there must be at most {MOST_INGREDIENTS} ingredients");
    Err(Error::invalid("/ingredients", "too_many", detail))
}

/// Tells why the database did not take a recipe.
fn why_refused(tx: &mut Tx<'_>, error: RepositoryError, ingredients: &[NewRecipeIngredient]) -> Error {
    match error {
        RepositoryError::NotFound("category") => {
            Error::invalid("/category_id", "unknown_category", "there is no such category")
        }
        RepositoryError::NotFound("product") => match absent(tx, ingredients) {
            Ok(Some(invalid)) => invalid.into(),
            Ok(None) => RepositoryError::Contention.into(),
            Err(error) => error.into(),
        },
        error => error.into(),
    }
}

/// The ingredients whose products are not in the catalogue.
fn absent(tx: &mut Tx<'_>, ingredients: &[NewRecipeIngredient]) -> Result<Option<Invalid>, RepositoryError> {
    let named: Vec<_> = ingredients.iter().map(|ingredient| ingredient.product_id).collect();
    let usable = products::usable(tx, None, &named)?;
    let mut fields = Invalid::collect();
    for (n, product) in named.iter().enumerate().filter(|(_, product)| !usable.contains(product)) {
        let detail = format!("there is no product {product} in the catalogue");
        fields.add(format!("/ingredients/{n}/product_id"), "unknown_product", detail);
    }
    Ok(fields.finish().err())
}
